"""Compares the installed backends on the same weights.

drsi compare-backends --preset drsi_net_n --input-size 256
"""

import argparse
import json

from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi compare-backends",
        description="Run the same weights on synthetic images under each "
        "installed backend, in a process each, and print how far raw output, "
        "loss, poses and five SGD steps differ from the first, and the times.",
    )
    parser.add_argument(
        "--preset", default="drsi_net_n", help="network (default %(default)s)"
    )
    parser.add_argument(
        "--input-size",
        type=int,
        default=256,
        metavar="S",
        help="side of the input in pixels, a multiple of 64 "
        "(default %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(argv)
    from keras_drsi.evaluation.backend_comparison import (
        compare_backends,
        format_report,
    )

    report = compare_backends(args.preset, args.input_size)
    print(json.dumps(report, indent=2) if args.json else format_report(report))


if __name__ == "__main__":
    run(main)
