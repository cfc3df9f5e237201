"""Training a model, with everything about the run in a folder."""

import keras

from keras_drsi.checkpoints import load_trained_model
from keras_drsi.checkpoints.warm_start import head_config, warm_start
from keras_drsi.data.anchors import anchors_for
from keras_drsi.data.mean_pose import mean_pose
from keras_drsi.files.new_file import new_file
from keras_drsi.models.drsi_net import DRSINet
from training.runs.devices import OneDevice

# Of the validation data, on which the network's growth is watched.
WATCHED_IMAGES = 4


def train(
    train_poses,
    val_poses,
    settings,
    out,
    more_callbacks=None,
    devices=OneDevice(),
):
    """Trains a model and writes everything about the run to a folder.

    An interrupted run resumes after its last complete epoch if the function is
    called again with the same arguments.

    Args:
        train_poses: `CocoPoses` to learn from.
        val_poses: `CocoPoses` to evaluate on.
        settings: `TrainingSettings`.
        out: `pathlib.Path` of an existing folder. The run writes
            `network.json`, `log.csv`, `curves.png`, `best.keras` (highest AP),
            `last.keras` and `state`, from which it can be resumed.
        more_callbacks: function that takes the `WeightAverage` of the run, or
            None, and returns a list of additional callbacks. Defaults to none.
        devices: devices to train on, see `find_devices`. Defaults to the
            default device of the backend.

    Returns:
        The trained `DRSINet`, with averaged weights if the settings have an
        average.
    """
    from keras_drsi.callbacks import (
        EvaluateAP,
        LearningCurves,
        RunLog,
        RunState,
        SameStart,
        SaveBest,
        SkippedSteps,
        SoundnessLog,
        WeightAverage,
    )
    from keras_drsi.data.pipeline import evaluation_batches
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
    batches = evaluation_batches(
        val_poses, settings.input_size, WATCHED_IMAGES, network.data_format
    )
    images = next(iter(batches))[0].numpy()
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
        SoundnessLog(images, settings.evaluate_every, average),
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
    """Creates and saves the model of a new run, or loads that of the run."""
    path = out / "network.json"
    if not is_new:
        return keras.models.model_from_json(path.read_text())
    model = make_model(train_poses, settings)
    with new_file(path) as unfinished:
        unfinished.write_text(model.to_json(indent=2))
    return model


def make_model(train_poses, settings):
    """Creates the model at the start of a run.

    Args:
        train_poses: training data. New keypoint outputs are initialized
            with its mean pose.
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
