"""Trains a network on a COCO directory: `python -m training.train --help`."""

import argparse
import dataclasses
import json
import logging

import keras

from keras_drsi.checkpoints import load_trained_model
from keras_drsi.checkpoints.warm_start import head_config, warm_start
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.version import __version__
from training.command_line import run
from training.data.coco import read_coco
from training.mean_pose import mean_pose
from training.output_folder import new_output_folder
from training.settings import TrainingSettings

SYNTHETIC = "synthetic"


def train(train_poses, val_poses, settings, out):
    """Trains a network and leaves everything about the run in a folder.

    Args:
        train_poses: `CocoPoses` to learn from.
        val_poses: `CocoPoses` to evaluate on.
        settings: `TrainingSettings`.
        out: existing folder. Gets `settings.json`, `log.csv`, `curves.png`,
            `best.keras` (highest AP) and `last.keras`.

    Returns:
        The trained `DRSINet`.
    """
    from training.callbacks import EvaluateAP, SaveBest
    from training.curves import draw_curves
    from training.data.pipeline import steps_per_epoch, training_batches

    keras.utils.set_random_seed(settings.seed)
    model = make_model(train_poses, settings)
    steps = steps_per_epoch(train_poses, settings.batch_size)
    model.compile(make_optimizer(settings, steps))
    write_settings(settings, out)
    model.fit(
        training_batches(
            train_poses,
            settings.input_size,
            settings.batch_size,
            settings.seed,
            augmentation=settings.augmentation,
        ),
        epochs=settings.epochs,
        steps_per_epoch=steps,
        callbacks=[
            EvaluateAP(
                val_poses,
                settings.input_size,
                settings.batch_size,
                every=settings.evaluate_every,
            ),
            SaveBest(out / "best.keras"),
            keras.callbacks.CSVLogger(str(out / "log.csv")),
        ],
    )
    model.save(out / "last.keras")
    draw_curves(out / "log.csv", out / "curves.png")
    return model


def make_model(train_poses, settings):
    """The network at the start of a training.

    Args:
        train_poses: `CocoPoses` to learn from; fresh keypoint outputs start
            from their mean pose.
        settings: `TrainingSettings`.

    Returns:
        `DRSINet`, not compiled.
    """
    config = {
        "input_size": settings.input_size,
        "keypoints": train_poses.schema,
        "loss_config": settings.loss,
    }
    source = None
    if settings.initial_weights is not None:
        source = load_trained_model(settings.initial_weights)
        config |= head_config(source)
    model = DRSINet.from_preset(settings.preset, **config)
    model.start_from_pose(mean_pose(train_poses))
    if source is not None:
        print(warm_start(model, source))
    return model


def make_optimizer(settings, steps_per_epoch):
    """LAMB with warm-up and cosine, decaying kernels only.

    Most weights stand before a batch norm, so that only their direction
    counts. LAMB changes every layer by the same share of its weights in a
    step, where Adam changes some too far and others hardly.

    Args:
        settings: `TrainingSettings`.
        steps_per_epoch: number of batches in an epoch.
    """
    warmup_steps = max(round(settings.warmup_epochs * steps_per_epoch), 1)
    total_steps = settings.epochs * steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate / 100,
        warmup_target=settings.learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=max(total_steps - warmup_steps, 1),
        alpha=0.01,
    )
    optimizer = keras.optimizers.Lamb(
        schedule, beta_2=0.98, weight_decay=settings.weight_decay
    )
    optimizer.exclude_from_weight_decay(
        var_names=["bias", "beta", "gamma", "scale"]
    )
    return optimizer


def write_settings(settings, out):
    """Writes `settings.json`: all that is needed to repeat the run."""
    record = {
        "settings": dataclasses.asdict(settings),
        "backend": keras.backend.backend(),
        "versions": {"keras": keras.__version__, "keras_drsi": __version__},
    }
    (out / "settings.json").write_text(json.dumps(record, indent=2) + "\n")


def main(argv=None):
    args = _arguments(argv)
    settings = TrainingSettings(
        preset=args.preset,
        input_size=args.input_size,
        epochs=args.epochs,
        batch_size=args.batch_size,
        seed=args.seed,
        learning_rate=args.learning_rate,
        evaluate_every=args.evaluate_every,
        initial_weights=args.initial_weights,
    )
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if args.data == SYNTHETIC:
        out = new_output_folder(args.out)
        data = _write_synthetic_people(out / "data", settings)
        train_poses, val_poses = _read(data)
    else:
        # Data at fault must not leave an empty folder behind.
        train_poses, val_poses = _read(args.data)
        out = new_output_folder(args.out)
    train(train_poses, val_poses, settings, out)
    print(f"{out}: best.keras, last.keras, log.csv, curves.png, settings.json")


def _write_synthetic_people(folder, settings):
    from training.data.synthetic import write_synthetic_people

    print(f"Writing synthetic people to {folder}")
    write_synthetic_people(
        folder,
        train_images=2000,
        val_images=200,
        image_size=settings.input_size,
        seed=settings.seed,
    )
    return folder


def _read(data):
    both = read_coco(data, "train"), read_coco(data, "val")
    for poses in both:
        print(poses.report)
    return both


def _arguments(argv):
    default = TrainingSettings()
    parser = argparse.ArgumentParser(
        prog="python -m training.train",
        description="Train a network on a directory in COCO's layout "
        "(annotations/person_keypoints_{train,val}2017.json beside "
        "{train,val}2017/), evaluating its AP as it goes.",
    )
    parser.add_argument(
        "--data",
        required=True,
        metavar="DIR",
        help=f"a directory in COCO's layout, or '{SYNTHETIC}' to write "
        "synthetic people into the output folder first",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="new folder"
    )
    parser.add_argument("--preset", default=default.preset, metavar="P")
    parser.add_argument(
        "--input-size",
        type=int,
        default=default.input_size,
        metavar="S",
        help="side of the input in pixels, a multiple of 64",
    )
    parser.add_argument("--epochs", type=int, default=default.epochs)
    parser.add_argument("--batch-size", type=int, default=default.batch_size)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument(
        "--learning-rate", type=float, default=default.learning_rate
    )
    parser.add_argument(
        "--evaluate-every",
        type=int,
        default=default.evaluate_every,
        metavar="N",
        help="epochs from one evaluation to the next",
    )
    parser.add_argument(
        "--initial-weights",
        metavar="FILE",
        help="trained network or YOLO-Pose checkpoint to start from; what "
        "was carried over is printed",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
