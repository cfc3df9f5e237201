"""What the library assumes of Keras' private parts, one test for each.

If one fails after an update of Keras, its message says what to look for; the
bound in setup.cfg stays below that version until the module is adapted.
"""

import configparser
import inspect
import pathlib

import keras
import numpy as np
import pytest

from keras_drsi.keras_internals import (
    STRATEGY_METHODS,
    LossScaleHook,
    batch_count,
    flatten_layers,
    variable_index,
)

REPOSITORY = pathlib.Path(__file__).parents[2]


def test_keras_is_a_version_that_was_tested():
    config = configparser.ConfigParser()
    config.read(REPOSITORY / "setup.cfg")
    required = config["options"]["install_requires"]
    low, high = "3.15", "3.16"
    assert f"keras>={low},<{high}" in required
    major, minor = map(int, keras.__version__.split(".")[:2])
    assert (3, 15) <= (major, minor) < (3, 16), (
        f"Keras {keras.__version__} is not known to work; check the other "
        "tests of this file before changing the bound in setup.cfg."
    )


class Nested(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = [keras.layers.Dense(1, name="inner")]


def test_layers_in_lists_of_layers_are_listed():
    model = keras.Sequential([keras.Input((1,)), Nested(name="outer")])
    names = [layer.name for layer in flatten_layers(model)]
    assert names[0] == model.name, "_flatten_layers: the model comes first"
    assert {"outer", "inner"} <= set(names), "_flatten_layers: all layers"


class Recorder(keras.optimizers.SGD):
    """Records what `update_step` is told of its variables."""

    def update_step(self, gradient, variable, learning_rate):
        self.indices.append(variable_index(self, variable))
        super().update_step(gradient, variable, learning_rate)


def apply_steps(optimizer, steps):
    variables = [keras.Variable([1.0]), keras.Variable([2.0, 3.0])]
    optimizer.build(variables)
    for _ in range(steps):
        optimizer.apply([keras.ops.ones((1,)), keras.ops.ones((2,))], variables)


def test_variables_have_an_index():
    optimizer = Recorder(0.1)
    optimizer.indices = []
    apply_steps(optimizer, 1)
    assert optimizer.indices == [0, 1], "_get_variable_index: order of build"


def test_batches_are_counted_while_gradients_accumulate():
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    apply_steps(optimizer, 5)
    assert int(optimizer.iterations) == 2
    assert int(batch_count(optimizer)) == 5, "_iterations: counts batches"


class Marking(LossScaleHook):
    def on_non_finite(self):
        self.dynamic_scale.assign(123.0)


def test_the_hook_replaces_what_keras_does_after_a_skipped_step():
    optimizer = Marking(keras.optimizers.SGD(0.1), initial_scale=4.0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    before = model.get_weights()
    nan = np.full((1, 1), np.nan, "float32")
    model.fit(np.ones((1, 1), "float32"), nan, verbose=0)
    assert float(optimizer.dynamic_scale) == 123, (
        "_stateful_ and _stateless_handle_non_finite_grads: called instead "
        "of a step"
    )
    for actual, expected in zip(model.get_weights(), before):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("name", STRATEGY_METHODS)
def test_methods_that_a_strategy_changes(name):
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    plain = getattr(BaseOptimizer, name, None)
    assert plain is not None, f"{name}: gone from BaseOptimizer"
    if keras.backend.backend() == "tensorflow":
        changed = getattr(keras.optimizers.Optimizer, name)
        assert changed is not plain, f"{name}: no longer changed"
        assert list(inspect.signature(changed).parameters) == list(
            inspect.signature(plain).parameters
        ), f"{name}: other arguments"
