"""The optimizer of a training run."""

import keras

from keras_drsi.optimizers import SkipNonFinite, WarmupSGD

FLOAT16_SCALE = 2.0**15
FLOAT16_GROWTH_STEPS = 2000


def make_optimizer(settings, steps_per_epoch):
    """An optimizer that skips steps whose gradients are not finite.

    Args:
        settings: `TrainingSettings`.
        steps_per_epoch: number of batches in an epoch.

    Returns:
        `SkipNonFinite` around AdamW or `WarmupSGD`. It scales the loss only
        in float16; elsewhere it is there for the skipping.
    """
    warmup = max(round(settings.warmup_epochs * steps_per_epoch), 1)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=settings.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(settings.epochs * steps_per_epoch - warmup, 1),
        alpha=settings.final_rate,
    )
    make = {"adamw": _adamw, "sgd": _sgd}[settings.optimizer]
    optimizer = make(settings, schedule, warmup)
    if settings.precision != "mixed_float16":
        return SkipNonFinite(optimizer)
    return SkipNonFinite(optimizer, FLOAT16_SCALE, FLOAT16_GROWTH_STEPS)


def _adamw(settings, schedule, warmup):
    """AdamW, decaying kernels only.

    Its steps have a size of their own, whatever the norm of a layer, and the
    decay bounds that norm. An optimizer whose steps are a share of the norm,
    such as LAMB, lets a layer grow without bound that the loss keeps pushing
    one way: after some thousand steps this network overflowed.
    """
    optimizer = keras.optimizers.AdamW(
        schedule,
        # A memory of 100 steps: short trainings have some thousand.
        beta_2=0.99,
        weight_decay=settings.weight_decay,
        gradient_accumulation_steps=_accumulation(settings),
    )
    optimizer.exclude_from_weight_decay(
        var_names=["bias", "beta", "gamma", "scale"]
    )
    return optimizer


def _sgd(settings, schedule, warmup):
    # The decay belongs to a step of `nominal_batch` pictures.
    pictures = settings.batch_size * settings.accumulated_batches
    share = pictures / (settings.nominal_batch or pictures)
    return WarmupSGD(
        schedule,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay * share,
        warmup_steps=warmup,
        warmup_momentum=settings.warmup_momentum,
        warmup_bias_rate=settings.warmup_bias_rate,
        gradient_accumulation_steps=_accumulation(settings),
    )


def _accumulation(settings):
    batches = settings.accumulated_batches
    return batches if batches > 1 else None
