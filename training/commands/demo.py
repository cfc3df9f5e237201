"""The whole product in one run: data, training, AP, drawings, ONNX.

drsi demo --out runs/demo
"""

import argparse

from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi demo",
        description="Write synthetic people, train drsi_net_n on them, "
        "evaluate on unseen ones, draw the poses, export to ONNX: about ten "
        "minutes on two cores.",
    )
    parser.add_argument(
        "--out",
        default="runs/demo",
        help="new folder (default %(default)s)",
    )
    args = parser.parse_args(argv)
    from training.runs.demo import demo

    demo(args.out)


if __name__ == "__main__":
    run(main)
