"""Data-parallel training on several devices of this machine.

Under JAX and TensorFlow, a single process trains on all devices, and Keras
splits the batches. Under PyTorch, each device has a process. This process is
the first one, which alone writes, logs and evaluates. It starts the others,
which run `training.runs.replica`.
"""

import contextlib
import datetime
import os
import pathlib
import subprocess
import sys
import tempfile

import keras

from keras_drsi.data.share import WHOLE, Share
from keras_drsi.errors import InputError


def find_devices(count):
    """Selects the devices to train on.

    Args:
        count: integer, number of devices. GPUs if there are any, otherwise
            CPU devices: the number set by `XLA_FLAGS` under JAX, any number
            under the other backends.

    Returns:
        `OneDevice`, or an object with the same interface.

    Raises:
        InputError: if fewer devices are available.
    """
    if count < 1:
        raise InputError(f"devices: expected at least 1, got {count}.")
    if count == 1:
        return OneDevice()
    several = {
        "jax": JaxDevices,
        "tensorflow": TensorFlowDevices,
        "torch": TorchProcesses,
    }
    return several[keras.backend.backend()](count)


class OneDevice:
    """The default device of the backend."""

    count = 1

    def scope(self):
        """Context manager in which the model is built and compiled."""
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def together(self, run):
        """Context manager in which the model is trained, after `scope`.

        Args:
            run: path of the run folder, with its settings and network.

        Yields:
            `Share`, the part of each batch that this process trains on.
        """
        yield WHOLE

    def check_batch(self, batch_size):
        """Checks that a batch can be split evenly among the devices.

        Args:
            batch_size: integer, the global batch size.

        Raises:
            InputError: if it is not a multiple of the number of devices.
        """
        if batch_size % self.count:
            raise InputError(
                f"batch_size: expected a multiple of the {self.count} "
                f"devices, got {batch_size}."
            )


class JaxDevices(OneDevice):
    """Keras' `DataParallel` over the first `count` devices."""

    def __init__(self, count):
        devices = keras.distribution.list_devices()
        _check_number(
            count,
            devices,
            " (CPUs: start with "
            f"XLA_FLAGS=--xla_force_host_platform_device_count={count})",
        )
        self.count = count
        self._distribution = keras.distribution.DataParallel(
            devices=devices[:count]
        )

    def scope(self):
        return self._distribution.scope()

    @contextlib.contextmanager
    def together(self, run):
        with self.scope():
            yield WHOLE


class TensorFlowDevices(OneDevice):
    """A `MirroredStrategy` over GPUs, or over logical CPU devices."""

    def __init__(self, count):
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            devices = tf.config.list_logical_devices("GPU")
            reduction = None
        else:
            devices = _tensorflow_cpus(count)
            reduction = tf.distribute.ReductionToOneDevice()
        _check_number(count, devices)
        self.count = count
        self._strategy = tf.distribute.MirroredStrategy(
            [device.name for device in devices[:count]], reduction
        )

    def scope(self):
        return self._strategy.scope()


def _tensorflow_cpus(count):
    """Splits the CPU into logical devices, unless TensorFlow is initialized."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    with contextlib.suppress(RuntimeError):
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * count
        )
    return tf.config.list_logical_devices("CPU")


class TorchProcesses(OneDevice):
    """One process per device, with averaged gradients."""

    def __init__(self, count):
        import torch

        if torch.cuda.is_available():
            _check_number(count, range(torch.cuda.device_count()))
        self.count = count

    @contextlib.contextmanager
    def together(self, run):
        import torch

        with tempfile.TemporaryDirectory() as folder:
            meeting = pathlib.Path(folder) / "meeting"
            others = [
                _start_replica(run, meeting, Share(number, self.count))
                for number in range(1, self.count)
            ]
            share = Share(0, self.count)
            try:
                store = torch.distributed.FileStore(str(meeting), self.count)
                _wait_for(others, store)
                join(store, share)
                yield share
            except RuntimeError:  # raised by a lost connection, among others
                _check_running(others, patience=1)
                raise
            finally:
                if torch.distributed.is_initialized():
                    torch.distributed.destroy_process_group()
                for other in others:
                    other.terminate()
                    other.wait()


def join(store, share):
    """Joins this process to the PyTorch process group.

    Args:
        store: `torch.distributed.Store` of the group.
        share: `Share` of this process.
    """
    import torch

    backend = "gloo"
    if torch.cuda.is_available():
        backend = "nccl"
        torch.cuda.set_device(share.number)
    # The processes share the CPU cores.
    torch.set_num_threads(max(torch.get_num_threads() // share.count, 1))
    torch.distributed.init_process_group(
        backend,
        store=store,
        rank=share.number,
        world_size=share.count,
        # The other processes wait while the first one evaluates.
        timeout=datetime.timedelta(days=1),
    )


def _start_replica(run, meeting, share):
    return subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "training.runs.replica",
                str(run),
                str(meeting),
            ),
            *(str(share.number), str(share.count)),
        ],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        stdout=subprocess.DEVNULL,
    )


def _wait_for(others, store):
    """Waits until all processes are ready to join, which blocks otherwise."""
    for number in range(1, len(others) + 1):
        while not store.check([f"ready-{number}"]):
            _check_running(others, patience=0.1)


def _check_running(processes, patience):
    """Raises `InputError` if a process fails within `patience` seconds."""
    for number, process in enumerate(processes, 2):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        if process.returncode:
            raise InputError(
                f"process {number} of {len(processes) + 1} ended with code "
                f"{process.returncode}. See its error message above."
            )


def _check_number(count, devices, hint=""):
    if count > len(devices):
        raise InputError(
            f"devices: expected at most {len(devices)}, the number available "
            f"to {keras.backend.backend()}{hint}, got {count}."
        )
