"""The settings of a training run."""

import dataclasses
import inspect
import math
import typing

import numpy as np

from keras_drsi.data.augment import Augmentation
from keras_drsi.errors import InputError
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.presets import closest_name, find_preset
from keras_drsi.renamed_arguments import rename_arguments

ANCHORS = ("preset", "data")
OPTIMIZERS = ("adamw", "sgd")
# Values of `jit_compile` in `keras.Model.compile`.
JIT_COMPILE = {"auto": "auto", "on": True, "off": False}
# Arguments of `DRSINet` that are set by `network`.
NETWORK = (
    *("width", "depth", "block_type", "order", "residual_divisor"),
    *("neck_type", "head_type", "keypoint_depth"),
)
# Arguments of the network and the loss that must be positive.
ABOVE_0 = (
    *("width", "depth", "order", "residual_divisor"),
    *("oks_tolerances", "anchor_ratio"),
)
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """The settings of a training run.

    Args:
        preset: string, name of the preset, see `keras_drsi.PRESETS`. Defaults
            to `"drsi_net_n"`.
        network: dict of arguments of `DRSINet` that override those of the
            preset, see `NETWORK`. Defaults to none.
        input_size: integer, side of the square input in pixels, a multiple of
            64. Defaults to 256.
        training_sizes: list of integers, sides of the training images in
            pixels, multiples of 64. Each batch uses one of them. Defaults to
            `input_size` only.
        anchors: `"preset"` for those of the preset, `"data"` to fit them to the
            persons in the training data, or a nested list of shape (levels,
            A, 2) of widths and heights in input pixels, as printed by
            `drsi anchors`. Defaults to `"preset"`.
        epochs: integer, number of epochs. Defaults to 30.
        batch_size: integer, number of images in a batch. Defaults to 16.
        seed: integer, seed of the initial weights, the order of the data and
            the augmentation. Defaults to 0.
        optimizer: string, `"adamw"`, for short runs, or `"sgd"`, as in the
            paper, see `WarmupSGD`. Defaults to `"adamw"`.
        learning_rate: float, maximum learning rate, reached after a linear
            warmup. Defaults to 1e-3.
        final_rate: float, final learning rate of the cosine schedule as a
            fraction of the maximum. Defaults to 0.01.
        momentum: float, momentum of `"sgd"`. Defaults to 0.937.
        weight_decay: float, weight decay of the kernels. Defaults to 0.02.
        warmup_epochs: float, duration of the warmup in epochs. Defaults to 1.
        warmup_momentum: float, initial momentum of `"sgd"`. Defaults to 0.8.
        warmup_bias_rate: float, initial learning rate of the biases with
            `"sgd"`. Defaults to 0.1.
        nominal_batch: integer, number of images whose gradients are
            accumulated for a step, rounded to a multiple of `batch_size`.
            `weight_decay` is defined for a step of this size. Defaults to None,
            which disables accumulation.
        average_decay: float, `decay` of `WeightAverage`. Defaults to None, for
            no average.
        average_ramp: float, `ramp` of `WeightAverage`. Defaults to 2000.
        close_mosaic: integer, number of final epochs without mosaic. Defaults
            to 0.
        evaluate_every: integer, number of epochs between evaluations. Defaults
            to 5.
        samples_every: integer, number of epochs between drawings of sample
            predictions. Defaults to None, for no drawings.
        tensorboard: boolean, whether to log to TensorBoard. Defaults to
            `False`.
        precision: string, dtype policy of the model, e.g. `"mixed_bfloat16"`.
            Defaults to `"float32"`.
        remat: boolean, whether to trade time for memory, see `DRSINet`.
            Defaults to `False`.
        jit_compile: string, whether to compile the training step: `"on"`,
            `"off"` or `"auto"`. The latter is the default of Keras: XLA under
            JAX, and under TensorFlow on GPUs. Defaults to `"auto"`.
        augmentation: `Augmentation` of the training images.
        loss: dict of arguments of `PoseLoss`. Defaults to none.
        heatmap_weight: float, weight of the auxiliary heatmap loss in training,
            see `HeatmapSupervision`. Defaults to 0, no such loss, as in the
            paper.
        initial_weights: string, path of the weights to start from, see
            `DRSINet.from_preset`. Defaults to the weights of the preset, if it
            has any.

    Raises:
        InputError: if a setting is out of range.
    """

    preset: str = "drsi_net_n"
    network: dict = dataclasses.field(default_factory=dict)
    input_size: int = 256
    training_sizes: list = dataclasses.field(default_factory=list)
    anchors: str | list = "preset"
    epochs: int = 30
    batch_size: int = 16
    seed: int = 0
    optimizer: str = "adamw"
    learning_rate: float = 1e-3
    final_rate: float = 0.01
    momentum: float = 0.937
    weight_decay: float = 0.02
    warmup_epochs: float = 1.0
    warmup_momentum: float = 0.8
    warmup_bias_rate: float = 0.1
    nominal_batch: int | None = None
    average_decay: float | None = None
    average_ramp: float = 2000.0
    close_mosaic: int = 0
    evaluate_every: int = 5
    samples_every: int | None = None
    tensorboard: bool = False
    precision: str = "float32"
    remat: bool = False
    jit_compile: str = "auto"
    augmentation: Augmentation = Augmentation()
    loss: dict = dataclasses.field(default_factory=dict)
    heatmap_weight: float = 0.0
    initial_weights: str | None = None

    def __post_init__(self):
        # The command's help needs the settings' names and no framework.
        from keras_drsi.losses.pose_loss import PoseLoss
        from keras_drsi.models.csdr_net import check_image_size
        from keras_drsi.models.drsi_net import DRSINet

        find_preset(self.preset)
        check_image_size(self.input_size, self.input_size)
        for size in self.training_sizes:
            self._check("training_sizes", type(size) is int, "integers")
            check_image_size(size, size)
        for name in ("epochs", "batch_size", "evaluate_every"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("learning_rate", "average_ramp"):
            self._check(name, getattr(self, name) > 0, "> 0")
        self._check("seed", self.seed < 2**32, "less than 2^32")
        for name in (
            *("seed", "weight_decay", "close_mosaic"),
            *("warmup_epochs", "warmup_bias_rate", "heatmap_weight"),
        ):
            self._check(name, getattr(self, name) >= 0, ">= 0")
        for name in (
            *("final_rate", "momentum", "warmup_momentum"),
            "average_decay",
        ):
            value = getattr(self, name)
            if not (name == "average_decay" and value is None):
                self._check(name, 0 <= value <= 1, "0..1")
        if self.samples_every is not None:
            self._check("samples_every", self.samples_every >= 1, "at least 1")
        if self.nominal_batch is not None:
            self._check("nominal_batch", self.nominal_batch >= 1, "at least 1")
        if isinstance(self.anchors, str):
            self._check(
                "anchors",
                self.anchors in ANCHORS,
                f"a list of them, or {' or '.join(ANCHORS)}",
            )
        else:
            self._check_anchors()
        for name, known in (
            ("optimizer", OPTIMIZERS),
            ("precision", PRECISIONS),
            ("jit_compile", JIT_COMPILE),
        ):
            self._check(
                name, getattr(self, name) in known, f"one of {', '.join(known)}"
            )
        if self.weights_to_start_from() is not None:
            self._check(
                "anchors",
                self.anchors == "preset",
                "preset with initial weights, which define the anchors",
            )
        _check_arguments("network", self.network, DRSINet, NETWORK)
        _check_arguments("loss", self.loss, PoseLoss)

    def _check(self, name, holds, expected):
        if not holds:
            raise InputError(
                f"{name}: expected {expected}, got {getattr(self, name)}."
            )

    def _check_anchors(self):
        try:
            anchors = np.asarray(self.anchors, "float64")
        except (TypeError, ValueError):
            anchors = np.zeros(0)
        levels = len(LEVEL_STRIDES)
        self._check(
            "anchors",
            anchors.ndim == 3
            and (anchors.shape[0], anchors.shape[2]) == (levels, 2)
            and (anchors > 0).all()
            and np.isfinite(anchors).all(),
            f"{levels} lists of pairs (width, height) > 0",
        )

    def weights_to_start_from(self):
        """Path of the initial weights, or None for random weights."""
        if self.initial_weights is not None:
            return self.initial_weights
        weights = find_preset(self.preset).weights
        return weights and weights.path()

    @property
    def accumulated_batches(self):
        """Number of batches whose gradients are accumulated for a step."""
        return max(round((self.nominal_batch or 0) / self.batch_size), 1)

    @classmethod
    def from_dict(cls, values, source="settings"):
        """Creates settings from a dict, the inverse of `dataclasses.asdict`.

        Args:
            values: dict of settings. Missing ones have their defaults.
            source: string, prefix of error messages, e.g. the path of a file.

        Returns:
            `TrainingSettings`.

        Raises:
            InputError: if a setting is unknown, naming the closest one, has
                another type, or is out of range.
        """
        _check_names(source, values, cls.__dataclass_fields__)
        values = dict(values)
        if isinstance(values.get("network"), dict):
            # Runs of version 0.1 can be resumed.
            values["network"] = rename_arguments(values["network"])
        if isinstance(values.get("augmentation"), dict):
            augmentation = values["augmentation"]
            _check_fields(f"{source}: augmentation", augmentation, Augmentation)
            values["augmentation"] = Augmentation(**augmentation)
        _check_fields(source, values, cls)
        return cls(**values)


KINDS = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "a list",
    tuple: "a list",  # in JSON
    dict: "an object",
    Augmentation: "an object",
}


def _check_fields(source, values, cls):
    """Raises if a name is not a field of a dataclass, or has another type."""
    fields = cls.__dataclass_fields__
    _check_names(source, values, fields)
    for name, value in values.items():
        _check_kind(f"{source}: {name}", value, fields[name].type)


def _check_kind(source, value, kind):
    """Raises if a value is not of the annotated type of a field."""
    kinds = typing.get_args(kind) or (kind,)
    # JSON may write 3 for 3.0. In Python, bool is a subclass of int.
    accepted = {
        *kinds,
        *((int,) if float in kinds else ()),
        *((list,) if tuple in kinds else ()),
    }
    if isinstance(value, bool) != (kind is bool) or not isinstance(
        value, tuple(accepted)
    ):
        raise InputError(
            f"{source}: expected {KINDS[kinds[0]]}, got {value!r}."
        )
    if tuple in kinds:
        for each in value:
            _check_kind(source, each, float)
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{source}: expected a finite number, got {value}.")


def _check_arguments(source, values, cls, names=None):
    """Raises if a name is not an argument, or its value is invalid."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.default is not parameter.empty
    }
    _check_names(source, values, names or defaults)
    for name, value in values.items():
        where = f"{source}: {name}"
        _check_kind(where, value, type(defaults[name]))
        if not isinstance(value, str):
            _check_size(where, np.atleast_1d(value), name in ABOVE_0)


def _check_size(where, numbers, above_0):
    if not numbers.size or (numbers <= 0 if above_0 else numbers < 0).any():
        raise InputError(
            f"{where}: expected {'> 0' if above_0 else '>= 0'}, got "
            f"{', '.join(map(str, numbers)) or 'nothing'}."
        )


def _check_names(source, values, known):
    if not isinstance(values, dict):
        raise InputError(
            f"{source}: expected an object of settings, got {values!r}."
        )
    for name in values:
        if name not in known:
            raise InputError(
                f"{source}: unknown setting {name!r}"
                f"{closest_name(name, list(known))}."
            )
