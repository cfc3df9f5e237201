"""Parameters and GMACS of the paper's tables, the paper's beside ours.

drsi profile [--table N] [--json]
"""

import argparse
import json

from keras_drsi.models.paper_tables import (
    PAPER_ROWS,
    format_table,
    profile_row,
)
from training.command_line import run

TABLES = sorted({row.table for row in PAPER_ROWS})


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi profile",
        description="Parameters and GMACS of the paper's tables beside ours. "
        "GMACS as the paper counts: convolutions, four operations per element "
        "of a batch norm, up-sampling and pooling. Its digits are truncated.",
    )
    parser.add_argument("--table", type=int, choices=TABLES)
    parser.add_argument("--json", action="store_true", help="a list of dicts")
    args = parser.parse_args(argv)
    tables = [args.table] if args.table else TABLES
    rows = [profile_row(row) for row in PAPER_ROWS if row.table in tables]
    if args.json:
        print(json.dumps(rows, indent=2))
        return
    for table in tables:
        print(format_table(table, [r for r in rows if r["table"] == table]))


if __name__ == "__main__":
    run(main)
