"""Training on several devices of this machine, by each framework's means.

Under JAX and TensorFlow one process trains on all devices; Keras divides the
batches. PyTorch has a process for each device: this one is the first, which
alone writes, reports and evaluates, and it starts the others, which run
`training.runs.replica`.
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
    """The devices to train on.

    Args:
        count: how many. GPUs if there are any, else CPU devices: as many as
            XLA_FLAGS says under JAX, any number elsewhere.

    Returns:
        `OneDevice`, or an object of the same methods.

    Raises:
        InputError: if there are fewer.
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
    """The device that the framework takes by itself."""

    count = 1

    def scope(self):
        """Context in which the network is made and compiled."""
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def together(self, run):
        """Context in which the network is trained, after `scope`.

        Args:
            run: folder of the run, with its settings and its network.

        Yields:
            `Share` of this process in every batch.
        """
        yield WHOLE

    def check_batch(self, batch_size):
        """Refuses a batch that cannot be divided.

        Raises:
            InputError: naming the number of devices.
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
    """A `MirroredStrategy` over GPUs, or over parts of the CPU."""

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
    """The CPU in so many parts; fewer if TensorFlow is at work already."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    with contextlib.suppress(RuntimeError):
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * count
        )
    return tf.config.list_logical_devices("CPU")


class TorchProcesses(OneDevice):
    """A process for each device, which share their gradients."""

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
            except RuntimeError:  # which is all that a lost connection is
                _check_running(others, patience=1)
                raise
            finally:
                if torch.distributed.is_initialized():
                    torch.distributed.destroy_process_group()
                for other in others:
                    other.terminate()
                    other.wait()


def join(store, share):
    """Makes this process one of those that train together under PyTorch.

    Args:
        store: `torch.distributed.Store` by which they meet.
        share: `Share` of this process.
    """
    import torch

    backend = "gloo"
    if torch.cuda.is_available():
        backend = "nccl"
        torch.cuda.set_device(share.number)
    # The processors are for all of them.
    torch.set_num_threads(max(torch.get_num_threads() // share.count, 1))
    torch.distributed.init_process_group(
        backend,
        store=store,
        rank=share.number,
        world_size=share.count,
        # The others wait while the first one evaluates.
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
    """Waits until all are ready to join: joining has no end without them."""
    for number in range(1, len(others) + 1):
        while not store.check([f"ready-{number}"]):
            _check_running(others, patience=0.1)


def _check_running(processes, patience):
    """Raises if one has failed, or does so within some seconds."""
    for number, process in enumerate(processes, 2):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        if process.returncode:
            raise InputError(
                f"process {number} of {len(processes) + 1} ended with code "
                f"{process.returncode}; its message, if any, is above."
            )


def _check_number(count, devices, hint=""):
    if count > len(devices):
        raise InputError(
            f"devices: expected at most {len(devices)}, which is what "
            f"{keras.backend.backend()} finds{hint}, got {count}."
        )
