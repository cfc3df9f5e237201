import threading
import time

import pytest

from keras_drsi.data import interruptible as module
from keras_drsi.data.interruptible import interruptible


@pytest.fixture
def calls(monkeypatch):
    """Calls of which the end can be tried without ending the process."""
    calls = module._Calls()
    monkeypatch.setattr(module, "_calls", calls)
    return calls


def test_calls_the_function_until_the_end(calls):
    half = interruptible(lambda value: value / 2, substitute=None)
    assert half(8) == 4
    calls.end()
    assert half(8) is None


def test_the_end_waits_for_running_calls(calls):
    started, finished = threading.Event(), threading.Event()

    def slow():
        started.set()
        time.sleep(0.3)
        finished.set()

    threading.Thread(target=interruptible(slow, None)).start()
    started.wait()
    calls.end()
    assert finished.is_set()


def test_a_failing_call_counts_as_ended(calls):
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 / 0, None)()
    begin = time.monotonic()
    calls.end()
    assert time.monotonic() - begin < module.LONGEST_WAIT_SECONDS / 2
