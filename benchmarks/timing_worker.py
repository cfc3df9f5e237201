"""One network of one backend, timed when told to.

`python -m benchmarks model` runs one such process for each backend and one for
the hand-written reference, and lets them take turns:

    python -m benchmarks.timing_worker --preset P [--kind K] [--precision D]

It says `"ready"`, then reads a JSON list from each line of its input, a task
and its arguments, and answers with the seconds the task took for `BATCHES`
batches, or null if this kind of network cannot do it.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from benchmarks.process_memory import forget_peak, peak_mib, resident_mib
from keras_drsi.head_layout import CLASS, OBJECTNESS, vector_size
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.models.presets import find_preset
from training.command_line import run

PERSONS = 60
ANCHORS = 3  # per position, as in every preset
LEARNING_RATE = 1e-5
# Batches in a row, as `predict` and `fit` run them.
BATCHES = 4
# Positions of the head maps with a score above the threshold, per person.
POSITIONS_PER_PERSON = 12


class KerasNetwork:
    """A network of this library, as `fit` and `predict` run it.

    Args:
        preset: name of the network.
        precision: its dtype policy.
    """

    config = {}

    def __init__(self, preset, precision="float32"):
        self.preset = preset
        self.precision = precision
        self.calls = {}

    def build(self):
        """Makes the network for 640 pixels."""
        return _seconds(lambda: self._network(640))

    def forward(self, input_size, batch_size):
        """Images to raw head maps."""
        return self._timed("forward", input_size, batch_size)

    def fused(self, input_size, batch_size):
        """The same without batch norms."""
        return self._timed("fused", input_size, batch_size)

    def decode(self, input_size, batch_size):
        """Raw head maps of a crowd to poses, suppression included."""
        return self._timed("decode", input_size, batch_size)

    def step(self, input_size, batch_size):
        """A training step, loss and optimizer included."""
        return self._timed("step", input_size, batch_size)

    def loss(self, input_size, batch_size):
        """The loss of a crowd alone, with its gradient."""
        return self._timed("loss", input_size, batch_size)

    def peak(self, input_size, batch_size):
        """Most memory during training steps, in MiB, and their seconds."""
        before = resident_mib()
        self.step(input_size, batch_size)  # compiles
        forget_peak()
        seconds = self.step(input_size, batch_size)
        return {"mib": peak_mib() - before, "seconds": seconds / BATCHES}

    def _timed(self, task, *sizes):
        key = task, *sizes
        if key not in self.calls:
            # The first call compiles.
            self.calls[key] = getattr(self, f"_{task}")(*sizes)
        return self.calls[key]()

    def _network(self, input_size):
        return DRSINet.from_preset(
            self.preset,
            input_size=input_size,
            dtype=self.precision,
            **self.config,
        )

    def _forward(self, input_size, batch_size, fused=False):
        network = self._network(input_size)
        network = network.fold() if fused else network
        raw_only = keras.Model(network.inputs, network.outputs)
        images = random_images(input_size, BATCHES * batch_size)
        return lambda: _seconds_of_batches(raw_only.predict, images, batch_size)

    def _fused(self, input_size, batch_size):
        return self._forward(input_size, batch_size, fused=True)

    def _decode(self, input_size, batch_size):
        network = self._network(input_size)
        decoder = DecodedMaps(network, crowded_maps(input_size, batch_size))
        nothing = np.zeros((BATCHES * batch_size, 1), "float32")
        return lambda: _seconds_of_batches(decoder.predict, nothing, batch_size)

    def _loss(self, input_size, batch_size):
        network = self._network(input_size)
        maps = MapsAlone(network, crowded_maps(input_size, batch_size))
        maps.compile(keras.optimizers.SGD(LEARNING_RATE))
        nothing = np.zeros((BATCHES * batch_size, 1), "float32")
        targets = crowd(input_size, BATCHES * batch_size)
        return lambda: _seconds_of_batches(
            maps.fit, nothing, targets, batch_size
        )

    def _step(self, input_size, batch_size):
        network = self._network(input_size)
        network.compile(keras.optimizers.SGD(LEARNING_RATE, momentum=0.9))
        images = random_images(input_size, BATCHES * batch_size)
        targets = crowd(input_size, BATCHES * batch_size)
        return lambda: _seconds_of_batches(
            network.fit, images, targets, batch_size
        )


class RematNetwork(KerasNetwork):
    """The same with less memory for more time."""

    config = {"remat": True}


class DeployedNetwork(KerasNetwork):
    """What is exported of it: an ONNX file, run by ONNX Runtime."""

    def build(self):
        return None

    def forward(self, input_size, batch_size):
        return None

    def decode(self, input_size, batch_size):
        return None

    def loss(self, input_size, batch_size):
        return None

    def step(self, input_size, batch_size):
        return None

    def _fused(self, input_size, batch_size):
        from keras_drsi.export import ExportOptions, export
        from keras_drsi.formats.onnx import load_onnx

        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / "network.keras"
            self._network(input_size).save(weights)
            exported = Path(folder) / "network.onnx"
            export(weights, exported, ExportOptions(batch_size=batch_size))
            run = load_onnx(exported)
        images = random_images(input_size, batch_size).astype("float32")
        return lambda: _seconds(lambda: run(images), BATCHES)


class MapsAlone(keras.Model):
    """Head maps without their network: what a step costs is the loss."""

    def __init__(self, network, raw):
        super().__init__()
        self.pose_loss = network.pose_loss
        self.decode_predictions = network.decode_predictions
        self.maps = {
            level: self.add_weight(shape=values.shape, name=level)
            for level, values in raw.items()
        }
        for level, weight in self.maps.items():
            weight.assign(raw[level])

    def call(self, nothing):
        return {
            level: keras.ops.convert_to_tensor(weight)
            for level, weight in self.maps.items()
        }

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        return sum(self.pose_loss(y, y_pred).values())


class DecodedMaps(MapsAlone):
    """What a prediction costs is decoding and suppression."""

    def call(self, nothing):
        return self.decode_predictions(super().call(nothing))


class ReferenceNetwork(KerasNetwork):
    """The same in plain PyTorch: `benchmarks/torch_drsi_net.py`."""

    def build(self):
        from benchmarks.torch_drsi_net import TorchDRSINet

        config = find_preset(self.preset).config
        size = (config[n] for n in ("width", "depth", "keypoint_depth"))
        return _seconds(lambda: TorchDRSINet(*size))

    def _reference(self, input_size):
        import torch

        from benchmarks.torch_drsi_net import TorchDRSINet

        model = self._network(input_size)
        network = TorchDRSINet(model.width, model.depth, model.keypoint_depth)
        network.load_keras(model)
        return network.to(_device(), memory_format=torch.channels_last)

    def _images(self, input_size, batch_size):
        import torch

        images = random_images(input_size, batch_size).transpose(0, 3, 1, 2)
        # A view of NHWC numbers: channels_last memory.
        return torch.from_numpy(images.astype("float32") / 255).to(_device())

    def _autocast(self):
        import torch

        mixed = self.precision == "mixed_bfloat16"
        return torch.autocast(_device(), torch.bfloat16, enabled=mixed)

    def _forward(self, input_size, batch_size, fused=False):
        import torch

        network = self._reference(input_size).eval()
        network = network.folded() if fused else network
        images = self._images(input_size, batch_size)

        def call():
            with torch.no_grad(), self._autocast():
                maps = network(images)
            return [values.cpu() for values in maps.values()]

        return lambda: _seconds(call, BATCHES)

    def _step(self, input_size, batch_size):
        import torch

        loss = self._network(input_size).pose_loss
        network = self._reference(input_size).train()
        optimizer = torch.optim.SGD(
            network.parameters(), LEARNING_RATE, momentum=0.9
        )
        images = self._images(input_size, batch_size)
        targets = {
            name: torch.from_numpy(values).to(_device())
            for name, values in crowd(input_size, batch_size).items()
        }

        def step():
            optimizer.zero_grad()
            with self._autocast():
                maps = network(images)
            total = batch_size * sum(loss(targets, maps).values())
            total.backward()
            optimizer.step()
            return float(total.detach())

        return lambda: _seconds(step, BATCHES)


KINDS = {
    "keras": KerasNetwork,
    "remat": RematNetwork,
    "reference": ReferenceNetwork,
    "deployed": DeployedNetwork,
}


def _device():
    """Where Keras computes under PyTorch, too."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def random_images(input_size, batch_size):
    """(B, S, S, 3) uint8."""
    shape = (batch_size, input_size, input_size, 3)
    return np.random.default_rng(0).integers(0, 256, shape, "uint8")


def crowd(input_size, batch_size):
    """Targets of `PERSONS` persons in each image."""
    rng = np.random.default_rng(0)
    shape = (batch_size, PERSONS, len(COCO_PERSON))
    center = rng.uniform(0, input_size, (*shape[:2], 2))
    half = np.exp(rng.uniform(2.3, 5, (*shape[:2], 2))) / 2
    place = rng.uniform(-1, 1, (*shape, 2))
    points = center[:, :, None] + half[:, :, None] * place
    visible = np.full((*shape, 1), 2.0)
    boxes = np.concatenate([center - half, center + half], -1)
    return {
        "boxes": boxes.astype("float32"),
        "keypoints": np.concatenate([points, visible], -1).astype("float32"),
        "count": np.full(batch_size, PERSONS, "int32"),
    }


def crowded_maps(input_size, batch_size):
    """Raw head maps in which `PERSONS` persons are seen many times over."""
    rng = np.random.default_rng(0)
    size = vector_size(len(COCO_PERSON))
    maps = {}
    for level, stride in LEVEL_STRIDES.items():
        side = input_size // stride
        raw = rng.normal(size=(batch_size, side, side, ANCHORS, size))
        raw[..., OBJECTNESS] = -9
        vectors = raw.reshape(batch_size, -1, size)  # a view
        count = PERSONS * POSITIONS_PER_PERSON // len(LEVEL_STRIDES)
        count = min(count, vectors.shape[1])
        for image in vectors:
            seen = rng.choice(len(image), count, replace=False)
            image[seen, OBJECTNESS] = rng.uniform(0, 5, count)
            image[seen, CLASS] = rng.uniform(0, 5, count)
        maps[level] = raw.astype("float32")
    return maps


def _seconds(call, times=1):
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start


def _seconds_of_batches(run, *data):
    stopwatch = Stopwatch()
    run(*data, verbose=0, callbacks=[stopwatch])
    return stopwatch.seconds


class Stopwatch(keras.callbacks.Callback):
    """The seconds from the first batch's start to the last one's end.

    Without the end of `fit` and `predict`: it is once per call, and
    TensorFlow's may wait for a thread of its pipeline, for seconds.
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
        # JAX gives results before it has them.
        keras.tree.map_structure(np.asarray, results)
        self.seconds = time.perf_counter() - self._start


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timing_worker")
    parser.add_argument("--preset", required=True)
    parser.add_argument("--kind", choices=KINDS, default="keras")
    parser.add_argument("--precision", default="float32")
    args = parser.parse_args(argv)
    # Before anything is timed: seeding imports TensorFlow.
    keras.utils.set_random_seed(0)
    network = KINDS[args.kind](args.preset, args.precision)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        task, *sizes = json.loads(line)
        print(json.dumps(getattr(network, task)(*sizes)), flush=True)


if __name__ == "__main__":
    run(main)
