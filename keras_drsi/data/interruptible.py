"""Python functions that tf.data's threads leave before Python ends.

A thread of TensorFlow that enters or leaves Python while the interpreter
shuts down aborts the whole process ("terminate called without an active
exception"), and a dataset that fills its buffers ahead has such threads.
"""

import atexit
import contextlib
import threading
import time

QUIET_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 10.0


def interruptible(function, substitute):
    """A function for `tf.numpy_function` that gives way when Python ends.

    Args:
        function: what to call.
        substitute: what to return at the end instead, at once, so that
            buffers are soon full; nobody sees it.

    Returns:
        function of the same arguments.
    """

    def call(*arguments):
        with _calls.counted():
            return substitute if _calls.ending else function(*arguments)

    return call


class _Calls:
    """The calls that are running in this process."""

    def __init__(self):
        self.ending = False
        self._lock = threading.Lock()
        self._running = 0
        self._last_change = 0.0

    @contextlib.contextmanager
    def counted(self):
        self._count(+1)
        try:
            yield
        finally:
            self._count(-1)

    def end(self):
        """Waits until no call has been running for a tenth of a second."""
        self.ending = True
        begin = time.monotonic()
        while time.monotonic() - begin < LONGEST_WAIT_SECONDS:
            time.sleep(QUIET_SECONDS / 4)
            with self._lock:
                quiet_since = max(self._last_change, begin)
                is_quiet = time.monotonic() - quiet_since > QUIET_SECONDS
                if is_quiet and not self._running:
                    return

    def _count(self, change):
        with self._lock:
            self._running += change
            self._last_change = time.monotonic()


_calls = _Calls()
atexit.register(_calls.end)
