"""Compiling and fitting a model, in every process of a run."""

import sys

from keras_drsi.data.pipeline import steps_per_epoch, training_batches
from keras_drsi.models.heatmap_supervision import HeatmapSupervision
from training.runs.optimizer import make_optimizer
from training.runs.settings import JIT_COMPILE


def compile_network(network, poses, settings):
    """Compiles the model of a run.

    Args:
        network: `DRSINet`.
        poses: `CocoPoses` or `Mixture` to learn from.
        settings: `TrainingSettings`.

    Returns:
        The model to fit: the network itself, or a `HeatmapSupervision` of it
        if the settings have a `heatmap_weight`.
    """
    model = network
    if settings.heatmap_weight:
        model = HeatmapSupervision(network, settings.heatmap_weight)
    steps = steps_per_epoch(poses, settings.batch_size)
    model.compile(
        make_optimizer(settings, steps),
        jit_compile=JIT_COMPILE[settings.jit_compile],
    )
    return model


def fit_network(model, poses, settings, first_epoch, share, callbacks):
    """Fits the model of a run.

    Args:
        model: compiled model, see `compile_network`.
        poses: `CocoPoses` or `Mixture` to learn from.
        settings: `TrainingSettings`.
        first_epoch: integer, number of completed epochs.
        share: `Share`, the part of each batch that this process trains on.
        callbacks: list of Keras callbacks.
    """
    model.fit(
        training_batches(
            poses,
            settings.input_size,
            settings.batch_size,
            settings.seed,
            first_epoch=first_epoch,
            augmentation=settings.augmentation,
            mosaic_epochs=settings.epochs - settings.close_mosaic,
            training_sizes=settings.training_sizes,
            share=share,
            data_format=model.data_format,
        ),
        epochs=settings.epochs,
        initial_epoch=first_epoch,
        steps_per_epoch=steps_per_epoch(poses, settings.batch_size),
        verbose=1 if sys.stdout.isatty() else 2,  # no progress bar in log files
        shuffle=False,  # done by the pipeline; Keras would warn
        callbacks=callbacks,
    )
