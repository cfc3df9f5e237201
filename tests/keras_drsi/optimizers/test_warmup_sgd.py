import keras
import numpy as np
import pytest

from keras_drsi.optimizers import WarmupSGD
from tests.backend import to_numpy

STEPS = 6
SHAPES = {"kernel": (3, 2), "bias": (2,), "gamma": (2,)}
DECAYED, WARMED = ("kernel",), ("bias",)


def numbers(seed):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in SHAPES.items()}


def run(optimizer, steps=STEPS, batches=1):
    """The weights after steps whose gradients are known."""
    variables = [
        keras.Variable(value.astype("float32"), name=name)
        for name, value in numbers(0).items()
    ]
    optimizer.build(variables)
    for step in range(1, steps * batches + 1):
        gradients = [
            keras.ops.convert_to_tensor(g.astype("float32"))
            for g in numbers(step).values()
        ]
        optimizer.apply(gradients, variables)
    return dict(zip(SHAPES, map(to_numpy, variables)))


def by_torch(rate, steps=STEPS, batches=1, warmup=0):
    """The same by PyTorch's own optimizer, with warm-up by hand."""
    torch = pytest.importorskip("torch")
    values = {
        name: torch.nn.Parameter(torch.tensor(value))
        for name, value in numbers(0).items()
    }
    optimizer = torch.optim.SGD(
        [
            {
                "params": [value],
                "weight_decay": 5e-4 if name in DECAYED else 0.0,
                "name": name,
            }
            for name, value in values.items()
        ],
        lr=rate,
        momentum=0.937,
        nesterov=True,
    )
    for step in range(steps):
        # The last batch of a step decides on its rate.
        batch = (step + 1) * batches - 1
        for group in optimizer.param_groups:
            left = max(1 - batch / warmup, 0) if warmup else 0
            group["momentum"] = 0.937 + left * (0.8 - 0.937)
            group["lr"] = rate + (0.1 * left if group["name"] in WARMED else 0)
        for name, value in values.items():
            value.grad = sum(
                torch.tensor(numbers(step * batches + each)[name])
                for each in range(1, batches + 1)
            )
        optimizer.step()
    return {name: value.detach().numpy() for name, value in values.items()}


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="PyTorch is the reference"
)
@pytest.mark.parametrize("batches", [1, 3])
@pytest.mark.parametrize("warmup", [0, 4])
def test_equals_pytorch(batches, warmup):
    optimizer = WarmupSGD(
        0.01,
        warmup_steps=warmup,
        gradient_accumulation_steps=batches if batches > 1 else None,
    )
    actual = run(optimizer, batches=batches)
    expected = by_torch(0.01, batches=batches, warmup=warmup)
    for name in SHAPES:
        np.testing.assert_allclose(actual[name], expected[name], atol=1e-6)


def test_equations():
    actual = run(WarmupSGD(0.01, weight_decay=0.1), steps=2)
    weights = numbers(0)["kernel"]
    buffer = 0.0
    for step in (1, 2):
        gradient = numbers(step)["kernel"] + 0.1 * weights
        buffer = 0.937 * buffer + gradient
        weights = weights - 0.01 * (gradient + 0.937 * buffer)
    np.testing.assert_allclose(actual["kernel"], weights, atol=1e-6)


def test_warm_up_moves_biases_farther():
    plain = run(WarmupSGD(0.01), steps=1)
    warmed = run(WarmupSGD(0.01, warmup_steps=10), steps=1)
    # One step of a fresh buffer: rate * (1 + momentum) * gradient.
    gradient = numbers(1)
    for name, rate in (("bias", 0.11), ("gamma", 0.01)):
        expected = numbers(0)[name] - rate * 1.8 * gradient[name]
        np.testing.assert_allclose(warmed[name], expected, atol=1e-6)
    expected = numbers(0)["bias"] - 0.01 * 1.937 * gradient["bias"]
    np.testing.assert_allclose(plain["bias"], expected, atol=1e-6)


def test_saves_and_loads():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    optimizer = WarmupSGD(
        schedule, weight_decay=1e-3, warmup_steps=5, global_clipnorm=3.0
    )
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    first, second = run(optimizer), run(again)
    for name in SHAPES:
        np.testing.assert_array_equal(second[name], first[name])
