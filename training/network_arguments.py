"""Arguments by which commands are told which network to run."""

from keras_drsi.errors import InputError


def add_network_arguments(parser):
    """Adds `--preset`, `--input-size` and `--flip-test`, see `read_network`.

    Args:
        parser: `argparse.ArgumentParser`, or a group of it.
    """
    parser.add_argument("--preset", help="what a .weights.h5 file belongs to")
    parser.add_argument(
        "--input-size",
        type=int,
        metavar="S",
        help="side of the input in pixels, a multiple of 64; by default the "
        "one in the .keras file, else 640. A network detects people of the "
        "size in pixels that it was trained on",
    )
    parser.add_argument(
        "--flip-test",
        action="store_true",
        help="predict from each image and its mirror image together",
    )


def read_network(args):
    """Reads the network that `--weights` names.

    Args:
        args: parsed arguments, with `weights`, `preset`, `input_size` and
            `flip_test`.

    Returns:
        `DRSINet`, or `ExportedModel`, which needs no Keras.

    Raises:
        InputError: if the file cannot be used, or an option does not apply to
            it.
    """
    from keras_drsi.formats import ExportedModel, is_exported

    if not is_exported(args.weights):
        from keras_drsi.checkpoints import load_trained_model

        return load_trained_model(args.weights, args.preset, args.input_size)
    if args.preset or args.input_size or args.flip_test:
        raise InputError(
            f"{args.weights}: an exported network has neither --flip-test nor "
            "--input-size nor --preset."
        )
    return ExportedModel(args.weights)
