import pytest

from keras_drsi import InputError
from training.settings import TrainingSettings


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("preset", "drsi_net_x", "unknown preset"),
        ("input_size", 100, "multiple of 64"),
        ("epochs", 0, "epochs: expected at least 1, got 0"),
        ("batch_size", -1, "batch_size: expected at least 1"),
        ("evaluate_every", 0, "evaluate_every"),
        ("learning_rate", 0.0, "learning_rate: expected > 0"),
        ("seed", -1, "seed: expected >= 0"),
    ],
)
def test_value_out_of_range(field, value, message):
    with pytest.raises(InputError, match=message):
        TrainingSettings(**{field: value})
