"""Everything that decides how a network is trained."""

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
# What `compile` of Keras knows them as.
JIT_COMPILE = {"auto": "auto", "on": True, "off": False}
# What of the network is no setting of its own.
NETWORK = (
    *("width", "depth", "block_type", "order", "residual_divisor"),
    *("neck_type", "head_type", "keypoint_depth"),
)
# Arguments of network and loss that nothing can be made of at 0.
ABOVE_0 = (
    *("width", "depth", "order", "residual_divisor"),
    *("oks_tolerances", "anchor_ratio"),
)
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """The settings of one training run.

    Args:
        preset: name of the network, see `keras_drsi.PRESETS`.
        network: arguments of `DRSINet` instead of the preset's: `NETWORK`.
        input_size: side of the square input in pixels, a multiple of 64.
        training_sizes: sides of the training pictures, multiples of 64; each
            batch has one of them. Empty for the input size alone.
        anchors: `"preset"` for the preset's, `"data"` for new ones that
            suit the persons of the training data, or the anchors themselves,
            (levels, A, 2) widths and heights in input pixels, as
            `drsi anchors` prints them.
        epochs: number of passes over the data.
        batch_size: pictures in a batch.
        seed: of initial weights, data order and augmentation.
        optimizer: `"adamw"`, which learns much in few steps, or `"sgd"`, the
            paper's, see `WarmupSGD`.
        learning_rate: highest rate, after a linear warm-up.
        final_rate: share of the highest rate that the cosine falls to.
        momentum: of `"sgd"`.
        weight_decay: on kernels only.
        warmup_epochs: epochs until the highest rate is reached.
        warmup_momentum: of `"sgd"`, what it begins with.
        warmup_bias_rate: of `"sgd"`, the rate of biases at the beginning.
        nominal_batch: pictures whose gradients make up a step, in as many
            whole batches as come nearest to it, at least one; `weight_decay`
            is for steps of so many. None for one batch.
        average_decay: `decay` of `WeightAverage`; None for no average.
        average_ramp: `ramp` of `WeightAverage`.
        close_mosaic: number of last epochs without mosaic.
        evaluate_every: epochs from one evaluation to the next.
        samples_every: epochs from one picture of predictions to the next;
            None for no pictures.
        tensorboard: whether there is a log for TensorBoard.
        precision: dtype policy of the network, for example
            `"mixed_bfloat16"`.
        remat: less memory for more time, see `DRSINet`.
        jit_compile: whether a compiler makes one program of a training step:
            `"on"`, `"off"`, or `"auto"` for what Keras chooses, which is XLA
            under JAX, and under TensorFlow on a GPU.
        augmentation: `Augmentation` of the training pictures.
        loss: arguments of `PoseLoss`.
        heatmap_weight: `weight` of `HeatmapSupervision`, an auxiliary target
            in training only; 0 for none, as in the paper.
        initial_weights: file to start from, see `DRSINet.from_preset`; by
            default the preset's weights, if it has any.

    Raises:
        InputError: if a value is outside its range.
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
            self._check("training_sizes", type(size) is int, "whole numbers")
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
                "preset with initial weights, which have theirs",
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
            f"{levels} lists of pairs of sizes above 0",
        )

    def weights_to_start_from(self):
        """Path of a trained network, or None for fresh weights."""
        if self.initial_weights is not None:
            return self.initial_weights
        weights = find_preset(self.preset).weights
        return weights and weights.path()

    @property
    def accumulated_batches(self):
        """Batches whose gradients make up a step."""
        return max(round((self.nominal_batch or 0) / self.batch_size), 1)

    @classmethod
    def from_dict(cls, values, source="settings"):
        """Settings from names and values, as `dataclasses.asdict` gives them.

        Args:
            values: dict; what is missing has its default.
            source: what messages call it, for example a file.

        Raises:
            InputError: for an unknown name, naming the closest one, a value
                of the wrong kind, or one outside its range.
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
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    tuple: "a list",  # as JSON has it
    dict: "names and values",
    Augmentation: "names and values",
}


def _check_fields(source, values, cls):
    """Refuses names that are no fields of a dataclass, and wrong kinds."""
    fields = cls.__dataclass_fields__
    _check_names(source, values, fields)
    for name, value in values.items():
        _check_kind(f"{source}: {name}", value, fields[name].type)


def _check_kind(source, value, kind):
    """Refuses a value that is not of a field's annotated type."""
    kinds = typing.get_args(kind) or (kind,)
    # JSON writes 3 for 3.0, and has true where Python takes it for 1.
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
    """Refuses what is no argument with a default, or of another kind."""
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
            f"{source}: expected names and values, got {values!r}."
        )
    for name in values:
        if name not in known:
            raise InputError(
                f"{source}: unknown setting {name!r}"
                f"{closest_name(name, list(known))}."
            )
