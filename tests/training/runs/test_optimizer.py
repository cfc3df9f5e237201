import dataclasses

import keras
import numpy as np
import pytest

from keras_drsi.optimizers import WarmupSGD
from training.runs.optimizer import make_optimizer
from training.runs.recipes import find_recipe
from training.runs.settings import TrainingSettings

STEPS = 10


def rate(optimizer, batch):
    schedule = optimizer.inner_optimizer._learning_rate
    return float(keras.ops.convert_to_numpy(schedule(batch)))


def test_the_papers():
    optimizer = make_optimizer(find_recipe("paper_m"), STEPS)
    inner = optimizer.inner_optimizer
    assert isinstance(inner, WarmupSGD)
    config = inner.get_config()
    assert config["momentum"] == 0.937
    assert config["weight_decay"] == 5e-4  # 4 batches of 16 are 64
    assert config["warmup_steps"] == 3 * STEPS
    assert config["warmup_momentum"] == 0.8
    assert config["warmup_bias_rate"] == 0.1
    assert config["gradient_accumulation_steps"] == 4
    assert rate(optimizer, 0) == 0
    assert rate(optimizer, 3 * STEPS) == pytest.approx(3e-3)
    assert rate(optimizer, 300 * STEPS) == pytest.approx(0.2 * 3e-3)


def test_decay_belongs_to_the_nominal_batch():
    inner = make_optimizer(find_recipe("paper_s"), STEPS).inner_optimizer
    # Two batches of 36 make a step of 72 pictures.
    assert inner.get_config()["weight_decay"] == pytest.approx(5e-4 * 72 / 64)
    alone = dataclasses.replace(find_recipe("paper_s"), nominal_batch=None)
    inner = make_optimizer(alone, STEPS).inner_optimizer
    assert inner.get_config()["weight_decay"] == 5e-4
    assert inner.get_config()["gradient_accumulation_steps"] is None


@pytest.mark.parametrize(
    "precision, scale",
    [("float32", 1.0), ("mixed_bfloat16", 1.0), ("mixed_float16", 2.0**15)],
)
def test_only_float16_scales_the_loss(precision, scale):
    optimizer = make_optimizer(TrainingSettings(precision=precision), STEPS)
    assert optimizer.initial_scale == scale


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_only_kernels_decay(kind):
    settings = TrainingSettings(
        optimizer=kind, weight_decay=0.5, warmup_epochs=0, learning_rate=0.1
    )
    optimizer = make_optimizer(settings, STEPS)
    names = ("kernel", "bias", "gamma", "beta")
    variables = [
        keras.Variable(
            np.ones((2, 2) if name == "kernel" else (2,), "float32"), name=name
        )
        for name in names
    ]
    optimizer.build(variables)
    nothing = [keras.ops.zeros(variable.shape) for variable in variables]
    for _ in range(3):
        optimizer.apply(nothing, variables)
    smaller = [
        bool((keras.ops.convert_to_numpy(v) < 1).all()) for v in variables
    ]
    assert smaller == [True, False, False, False]
