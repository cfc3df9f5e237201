"""Draws the learning curves of a run from its CSV log."""

import argparse
import pathlib

from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi curves",
        description="Draw the learning curves of a run.",
    )
    parser.add_argument("log", help="a run's folder, or its log.csv")
    parser.add_argument(
        "--out", default="curves.png", help="PNG to write (default %(default)s)"
    )
    args = parser.parse_args(argv)
    from keras_drsi.evaluation.curves import draw_curves

    log = pathlib.Path(args.log)
    draw_curves(log / "log.csv" if log.is_dir() else log, args.out)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    run(main)
