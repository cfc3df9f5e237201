"""What every process of a training does, be it one or several."""

import sys

from keras_drsi.data.pipeline import steps_per_epoch, training_batches
from keras_drsi.models.heatmap_supervision import HeatmapSupervision
from training.runs.optimizer import make_optimizer
from training.runs.settings import JIT_COMPILE


def compile_network(network, poses, settings):
    """Compiles a network for a run.

    Args:
        network: `DRSINet`.
        poses: `CocoPoses` or `Mixture` to learn from.
        settings: `TrainingSettings`.

    Returns:
        The model to fit: the network itself, or around it the
        `HeatmapSupervision` that the settings ask for.
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
    """Trains a network.

    Args:
        model: what `compile_network` gives.
        poses: `CocoPoses` or `Mixture` to learn from.
        settings: `TrainingSettings`.
        first_epoch: number of epochs that are done.
        share: `Share` of this process in every batch.
        callbacks: for `fit`.
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
        verbose=1 if sys.stdout.isatty() else 2,  # no bar in a file
        shuffle=False,  # the pipeline does; Keras would warn that it cannot
        callbacks=callbacks,
    )
