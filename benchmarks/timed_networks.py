"""The networks whose tasks are timed: ours, exported, and the reference."""

import tempfile
from pathlib import Path

import keras
import numpy as np

from benchmarks.benchmark_inputs import crowd, crowded_maps, random_images
from benchmarks.process_memory import forget_peak, peak_mib, resident_mib
from benchmarks.stopwatch import seconds, seconds_of_batches
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.models.presets import find_preset

LEARNING_RATE = 1e-5
BATCHES = 4  # per measurement, run in a row by `predict` and `fit`


class KerasNetwork:
    """A Keras network, run by `fit` and `predict`.

    Args:
        preset: string, name of the preset.
        precision: string, dtype policy. Defaults to `"float32"`.
    """

    config = {}

    def __init__(self, preset, precision="float32"):
        self.preset = preset
        self.precision = precision
        self.calls = {}

    def build(self):
        """Builds the network for an input size of 640."""
        return seconds(lambda: self._network(640))

    def forward(self, input_size, batch_size):
        """Forward pass, from images to raw head maps."""
        return self._timed("forward", input_size, batch_size)

    def fused(self, input_size, batch_size):
        """Forward pass with batch normalization folded into convolutions."""
        return self._timed("fused", input_size, batch_size)

    def decode(self, input_size, batch_size):
        """Decoding of the head maps of a crowd, including suppression."""
        return self._timed("decode", input_size, batch_size)

    def step(self, input_size, batch_size):
        """Training step, with loss and optimizer."""
        return self._timed("step", input_size, batch_size)

    def loss(self, input_size, batch_size):
        """Loss of a crowd and its gradient with respect to the head maps."""
        return self._timed("loss", input_size, batch_size)

    def peak(self, input_size, batch_size):
        """Peak memory of training steps in MiB, and their time in seconds."""
        before = resident_mib()
        self.step(input_size, batch_size)  # compiles
        forget_peak()
        elapsed = self.step(input_size, batch_size)
        return {"mib": peak_mib() - before, "seconds": elapsed / BATCHES}

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
        return lambda: seconds_of_batches(raw_only.predict, images, batch_size)

    def _fused(self, input_size, batch_size):
        return self._forward(input_size, batch_size, fused=True)

    def _decode(self, input_size, batch_size):
        network = self._network(input_size)
        decoder = DecodedMaps(network, crowded_maps(input_size, batch_size))
        nothing = np.zeros((BATCHES * batch_size, 1), "float32")
        return lambda: seconds_of_batches(decoder.predict, nothing, batch_size)

    def _loss(self, input_size, batch_size):
        network = self._network(input_size)
        maps = TrainableMaps(network, crowded_maps(input_size, batch_size))
        maps.compile(keras.optimizers.SGD(LEARNING_RATE))
        nothing = np.zeros((BATCHES * batch_size, 1), "float32")
        targets = crowd(input_size, BATCHES * batch_size)
        return lambda: seconds_of_batches(
            maps.fit, nothing, targets, batch_size
        )

    def _step(self, input_size, batch_size):
        network = self._network(input_size)
        network.compile(keras.optimizers.SGD(LEARNING_RATE, momentum=0.9))
        images = random_images(input_size, BATCHES * batch_size)
        targets = crowd(input_size, BATCHES * batch_size)
        return lambda: seconds_of_batches(
            network.fit, images, targets, batch_size
        )


class RematNetwork(KerasNetwork):
    """A Keras network with rematerialization."""

    config = {"remat": True}


class DeployedNetwork(KerasNetwork):
    """The exported network: an ONNX file, run by ONNX Runtime."""

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
        return lambda: seconds(lambda: run(images), BATCHES)


class TrainableMaps(keras.Model):
    """Head maps as trainable weights, to time the loss without the network."""

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


class DecodedMaps(TrainableMaps):
    """Constant head maps, to time decoding without the network."""

    def call(self, nothing):
        return self.decode_predictions(super().call(nothing))


class ReferenceNetwork(KerasNetwork):
    """The reference in plain PyTorch, `benchmarks.torch_drsi_net`."""

    def build(self):
        from benchmarks.torch_drsi_net import TorchDRSINet

        config = find_preset(self.preset).config
        size = (config[n] for n in ("width", "depth", "keypoint_depth"))
        return seconds(lambda: TorchDRSINet(*size))

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
        # A view of an NHWC array, i.e. in channels_last memory format.
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

        return lambda: seconds(call, BATCHES)

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

        return lambda: seconds(step, BATCHES)


KINDS = {
    "keras": KerasNetwork,
    "remat": RematNetwork,
    "reference": ReferenceNetwork,
    "deployed": DeployedNetwork,
}


def _device():
    """The device that Keras uses under PyTorch."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
