import pytest

from keras_drsi.callbacks.evaluation_schedule import is_evaluated


@pytest.mark.parametrize(
    "every, epochs, expected",
    [
        (1, 3, [1, 2, 3]),
        (2, 5, [1, 2, 4, 5]),
        (4, None, [1, 4, 8]),
        (100, 3, [1, 3]),
    ],
)
def test_first_every_few_and_last(every, epochs, expected):
    evaluated = [n for n in range(1, 9) if is_evaluated(n - 1, every, epochs)]
    assert [n for n in evaluated if epochs is None or n <= epochs] == expected
