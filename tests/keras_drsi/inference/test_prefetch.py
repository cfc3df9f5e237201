import threading

import pytest

from keras_drsi.inference.prefetch import prefetch


def test_order_is_kept():
    assert list(prefetch(iter(range(50)))) == list(range(50))
    assert list(prefetch(iter(()))) == []


def test_items_are_made_while_others_are_used():
    made = threading.Semaphore(0)

    def items():
        for number in range(3):
            yield number
            made.release()

    stream = prefetch(items(), count=2)
    assert next(stream) == 0
    # The second and the third are made without being asked for.
    for _ in range(2):
        assert made.acquire(timeout=30)
    assert list(stream) == [1, 2]


def test_no_more_than_count_items_wait():
    made = []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    stream = prefetch(items(), count=2)
    for number in range(20):
        assert next(stream) == number
        # One used, two waiting, one that finds no place.
        assert len(made) <= number + 4


def test_an_error_comes_in_its_place():
    def items():
        yield 1
        raise ValueError("the second")

    stream = prefetch(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="the second"):
        next(stream)


def test_stopping_closes_the_source():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield threading.current_thread()
        finally:
            closed.set()

    stream = prefetch(items())
    thread = next(stream)
    assert thread is not threading.current_thread()
    stream.close()
    assert closed.is_set() and not thread.is_alive()
