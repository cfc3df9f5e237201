"""Parameters and GMACS of the paper's tables, beside the paper's own.

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
        description="Parameters and GMACS of the paper's tables, beside the "
        "paper's own. GMACS are counted as in the paper: convolutions, four "
        "operations per element of a batch norm, upsampling and pooling. The "
        "paper truncates its digits.",
    )
    parser.add_argument(
        "--table", type=int, choices=TABLES, help="default: all of them"
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON, a list of rows"
    )
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
