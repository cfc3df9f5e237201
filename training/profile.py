"""Parameters and GMACS of the paper's tables, the paper's beside ours.

python -m training.profile [--table N] [--json]
"""

import argparse
import functools
import json

from keras_drsi.models.complexity import measure_complexity
from keras_drsi.models.drsi_net import DRSINet
from training.command_line import run
from training.paper_tables import PAPER_ROWS

TABLES = sorted({row.table for row in PAPER_ROWS})


@functools.cache
def preset_complexity(preset, input_size):
    """`Complexity` of a preset at a square input size."""
    model = DRSINet.from_preset(preset, input_size=input_size)
    return measure_complexity(model)


def profile_row(row):
    """One `PaperRow` measured.

    Returns:
        Dict of table, row, input_size, params, gmacs (the paper's counting),
        gmacs_conv (convolutions alone), params_paper (parameters) and
        gmacs_paper; None where the paper gives no figure.
    """
    cost = preset_complexity(row.preset, row.input_size)
    return {
        "table": row.table,
        "row": row.row,
        "input_size": row.input_size,
        "params": cost.params,
        "gmacs": cost.paper_macs / 1e9,
        "gmacs_conv": cost.conv_macs / 1e9,
        "params_paper": row.params and round(row.params * 1e6),
        "gmacs_paper": row.gmacs,
    }


def format_table(table, rows):
    """Rows of one table as lines of text."""
    lines = [
        f"Table {table}",
        f"  {'row':<26}{'input':>6}{'params':>13}{'paper':>9}"
        f"{'GMACS':>10}{'paper':>8}{'conv only':>11}",
    ]
    for row in rows:
        params_paper = row["params_paper"]
        gmacs_paper = row["gmacs_paper"]
        lines.append(
            f"  {row['row']:<26}{row['input_size']:>6}{row['params']:>13,}"
            f"{f'{params_paper / 1e6:.1f}M' if params_paper else '-':>9}"
            f"{row['gmacs']:>10.3f}"
            f"{f'{gmacs_paper:.1f}' if gmacs_paper else '-':>8}"
            f"{row['gmacs_conv']:>11.3f}"
        )
    return "\n".join(lines)


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m training.profile",
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
