"""A training run, from its settings to its last weights."""

import keras

from keras_drsi.checkpoints import load_trained_model
from keras_drsi.checkpoints.warm_start import head_config, warm_start
from keras_drsi.data.anchors import anchors_for
from keras_drsi.data.mean_pose import mean_pose
from keras_drsi.files.new_file import new_file
from keras_drsi.models.drsi_net import DRSINet
from training.runs.devices import OneDevice


def train(
    train_poses,
    val_poses,
    settings,
    out,
    more_callbacks=None,
    devices=OneDevice(),
):
    """Trains a network and leaves everything about the run in a folder.

    A run that was interrupted goes on after its last complete epoch if the
    function is called again with the same arguments.

    Args:
        train_poses: `CocoPoses` to learn from.
        val_poses: `CocoPoses` to evaluate on.
        settings: `TrainingSettings`.
        out: existing folder. Gets `network.json`, `log.csv`, `curves.png`,
            `best.keras` (highest AP), `last.keras`, and `state`, from which
            a run goes on.
        more_callbacks: function of the run's `WeightAverage`, or None, that
            gives further callbacks for `fit`.
        devices: what to train on, see `find_devices`.

    Returns:
        The trained `DRSINet`; the averaged one if there is an average.
    """
    from keras_drsi.callbacks import (
        EvaluateAP,
        LearningCurves,
        RunLog,
        RunState,
        SameStart,
        SaveBest,
        SkippedSteps,
        WeightAverage,
    )
    from training.runs.fit import compile_network, fit_network

    average = None
    if settings.average_decay is not None:
        average = WeightAverage(
            settings.average_decay,
            settings.average_ramp,
            every=settings.accumulated_batches,
        )
    best = SaveBest(out / "best.keras", average)
    skipped = SkippedSteps(
        lambda: f"{state.last_good()}, the best {out / 'best.keras'}"
    )
    state = RunState(out / "state", {"best": best, "skipped": skipped}, average)
    done = state.epochs()
    keras.utils.set_random_seed(settings.seed)
    with devices.scope():
        network = _network(train_poses, settings, out, not done)
        model = compile_network(network, train_poses, settings)
    callbacks = [
        *([average] if average else []),
        skipped,
        EvaluateAP(
            val_poses,
            settings.input_size,
            settings.batch_size,
            settings.evaluate_every,
            average,
        ),
        best,
        *(more_callbacks(average) if more_callbacks else []),
        RunLog(out / "log.csv"),
        LearningCurves(out / "log.csv", out / "curves.png"),
        state,
        SameStart(),
    ]
    if keras.backend.backend() != "torch" or settings.jit_compile == "on":
        print("The first step compiles the network: minutes on a CPU.")
    with devices.together(out) as share:
        fit_network(model, train_poses, settings, done, share, callbacks)
    trained = average.network if average else network
    with new_file(out / "last.keras") as unfinished:
        trained.save(unfinished)
    return trained


def _network(train_poses, settings, out, is_new):
    """The network at the start of a run, written down, or the one in there."""
    path = out / "network.json"
    if not is_new:
        return keras.models.model_from_json(path.read_text())
    model = make_model(train_poses, settings)
    with new_file(path) as unfinished:
        unfinished.write_text(model.to_json(indent=2))
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
        **settings.network,
        "input_size": settings.input_size,
        "keypoints": train_poses.schema,
        "loss_config": settings.loss,
        "dtype": settings.precision,
        "remat": settings.remat,
    }
    if settings.anchors == "data":
        config["anchors"] = anchors_for(train_poses, settings.input_size)
    elif settings.anchors != "preset":
        config["anchors"] = settings.anchors
    source = None
    if (weights := settings.weights_to_start_from()) is not None:
        source = load_trained_model(weights)
        config |= head_config(source)
    model = DRSINet.from_preset(settings.preset, initial_weights=None, **config)
    model.initialize_pose_prior(mean_pose(train_poses))
    if source is not None:
        print(warm_start(model, source))
    return model
