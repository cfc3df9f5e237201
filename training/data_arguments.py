"""Arguments by which commands are told which data to train on."""

from training.runs.training_data import SYNTHETIC


def add_data_arguments(parser):
    """Adds `--data`, `--val-data` and `--hold-out`, see `TrainingData`.

    Args:
        parser: `argparse.ArgumentParser`.
    """
    parser.add_argument(
        "--data",
        action="append",
        metavar="DIR[:SHARE]",
        help="a directory in COCO's layout, several times for a mixture, with "
        "the share of each batch that is from it (--data people --data "
        "background:0.1; the rest is for those without a number). An epoch is "
        "a pass through the first one, whose keypoints are matched by name. "
        f"Or '{SYNTHETIC}', to write synthetic people into the output folder "
        "first",
    )
    parser.add_argument(
        "--val-data",
        metavar="DIR",
        help="evaluate on the val split of this directory instead of the "
        "first --data that has one",
    )
    parser.add_argument(
        "--hold-out",
        type=int,
        metavar="N",
        help="of data without a val split, hold out every N-th image by id "
        "as one",
    )
