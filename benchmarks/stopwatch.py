"""Measures the time of functions, and of the batches of Keras loops."""

import time

import keras
import numpy as np


def seconds(call, times=1):
    """Time of calling a function, in seconds.

    Args:
        call: function without arguments.
        times: integer, number of calls. Defaults to 1.
    """
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start


def seconds_of_batches(loop, *data):
    """Time of the batches of `fit` or `predict`, in seconds.

    Args:
        loop: the bound method of a model.
        *data: its positional arguments.
    """
    stopwatch = Stopwatch()
    loop(*data, verbose=0, callbacks=[stopwatch])
    return stopwatch.seconds


class Stopwatch(keras.callbacks.Callback):
    """Measures the time from the first batch's start to the last one's end.

    The end of `fit` and `predict` is excluded: it comes once per call, and
    TensorFlow may wait seconds for a thread of its input pipeline.
    """

    def on_train_begin(self, logs=None):
        self._start = time.perf_counter()

    def on_predict_begin(self, logs=None):
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self._stop_after(logs)

    def on_predict_batch_end(self, batch, logs=None):
        self._stop_after(logs)

    def _stop_after(self, results):
        # JAX dispatches asynchronously; reading the results waits for them.
        keras.tree.map_structure(np.asarray, results)
        self.seconds = time.perf_counter() - self._start
