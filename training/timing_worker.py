"""One network of one backend, timed when told to.

`training.benchmark model` runs one such process for each backend and one for
the hand-written reference, and lets them take turns:

    python -m training.timing_worker --preset P [--reference]

It reads a JSON list from each line of its input, a task and its arguments, and
answers with the seconds the task took.
"""

import argparse
import json
import sys
import time

import keras
import numpy as np

from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.models.presets import find_preset
from keras_drsi.pose_vector import CLASS, OBJECTNESS, vector_size
from training.command_line import run

PERSONS = 60
ANCHORS = 3  # per position, as in every preset
LEARNING_RATE = 1e-5
# Positions of the head maps with a score above the threshold, per person.
POSITIONS_PER_PERSON = 12


class KerasNetwork:
    """A network of this library, as `fit` and `predict` run it.

    Args:
        preset: name of the network.
    """

    def __init__(self, preset):
        self.preset = preset
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

    def _timed(self, task, *sizes):
        key = task, *sizes
        if key not in self.calls:
            # The first call compiles.
            self.calls[key] = getattr(self, f"_{task}")(*sizes)
        return _seconds(self.calls[key])

    def _network(self, input_size):
        keras.utils.set_random_seed(0)
        return DRSINet.from_preset(self.preset, input_size=input_size)

    def _forward(self, input_size, batch_size, fused=False):
        network = self._network(input_size)
        network = network.fuse() if fused else network
        raw_only = keras.Model(network.inputs, network.outputs)
        images = random_images(input_size, batch_size)
        return lambda: raw_only.predict_on_batch(images)

    def _fused(self, input_size, batch_size):
        return self._forward(input_size, batch_size, fused=True)

    def _decode(self, input_size, batch_size):
        decoder = _Decoder(self._network(input_size))
        raw = crowded_maps(input_size, batch_size)
        return lambda: decoder.predict_on_batch(raw)

    def _step(self, input_size, batch_size):
        network = self._network(input_size)
        network.compile(keras.optimizers.SGD(LEARNING_RATE, momentum=0.9))
        images = random_images(input_size, batch_size)
        targets = crowd(input_size, batch_size)
        return lambda: network.train_on_batch(images, targets)


class _Decoder(keras.Model):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def call(self, raw):
        return self.network.decode_predictions(raw)


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
        return network.to(memory_format=torch.channels_last)

    def _images(self, input_size, batch_size):
        import torch

        images = random_images(input_size, batch_size).transpose(0, 3, 1, 2)
        # A view of NHWC numbers: channels_last memory.
        return torch.from_numpy(images.astype("float32") / 255)

    def _forward(self, input_size, batch_size, fused=False):
        import torch

        network = self._reference(input_size).eval()
        network = network.folded() if fused else network
        images = self._images(input_size, batch_size)

        def call():
            with torch.no_grad():
                network(images)

        return call

    def _step(self, input_size, batch_size):
        import torch

        loss = self._network(input_size).pose_loss
        network = self._reference(input_size).train()
        optimizer = torch.optim.SGD(
            network.parameters(), LEARNING_RATE, momentum=0.9
        )
        images = self._images(input_size, batch_size)
        targets = {
            name: torch.from_numpy(values)
            for name, values in crowd(input_size, batch_size).items()
        }

        def call():
            optimizer.zero_grad()
            total = batch_size * sum(loss(targets, network(images)).values())
            total.backward()
            optimizer.step()
            float(total)

        return call


def random_images(input_size, batch_size):
    """(B, S, S, 3) uint8."""
    shape = (batch_size, input_size, input_size, 3)
    return np.random.default_rng(0).integers(0, 256, shape, "uint8")


def crowd(input_size, batch_size):
    """Targets of `PERSONS` persons in each image."""
    rng = np.random.default_rng(0)
    shape = (batch_size, PERSONS, len(COCO_PERSON))
    centre = rng.uniform(0, input_size, (*shape[:2], 2))
    half = np.exp(rng.uniform(2.3, 5, (*shape[:2], 2))) / 2
    place = rng.uniform(-1, 1, (*shape, 2))
    points = centre[:, :, None] + half[:, :, None] * place
    visible = np.full((*shape, 1), 2.0)
    boxes = np.concatenate([centre - half, centre + half], -1)
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


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m training.timing_worker")
    parser.add_argument("--preset", required=True)
    parser.add_argument("--reference", action="store_true")
    args = parser.parse_args(argv)
    kind = ReferenceNetwork if args.reference else KerasNetwork
    network = kind(args.preset)
    for line in sys.stdin:
        task, *sizes = json.loads(line)
        print(json.dumps(getattr(network, task)(*sizes)), flush=True)


if __name__ == "__main__":
    run(main)
