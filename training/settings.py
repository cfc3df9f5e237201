"""Everything that decides how a network is trained."""

import dataclasses

from keras_drsi.errors import InputError
from keras_drsi.models.csdr_net import check_image_size
from keras_drsi.models.presets import find_preset
from training.data.augment import Augmentation


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """The settings of one training run.

    Args:
        preset: name of the network, see `keras_drsi.PRESETS`.
        input_size: side of the square input in pixels, a multiple of 64.
        epochs: number of passes over the data.
        batch_size: pictures in a batch.
        seed: of initial weights, data order and augmentation.
        learning_rate: highest rate; LAMB, with a linear warm-up and a
            cosine down to a hundredth.
        weight_decay: LAMB's, on kernels only.
        warmup_epochs: epochs until the highest rate is reached.
        evaluate_every: epochs from one evaluation to the next.
        augmentation: `Augmentation` of the training pictures.
        loss: arguments of `PoseLoss`.
        initial_weights: file to start from, see `DRSINet.from_preset`.

    Raises:
        InputError: if a value is outside its range.
    """

    preset: str = "drsi_net_n"
    input_size: int = 256
    epochs: int = 30
    batch_size: int = 16
    seed: int = 0
    learning_rate: float = 1e-2
    weight_decay: float = 2e-3
    warmup_epochs: float = 1.0
    evaluate_every: int = 5
    augmentation: Augmentation = Augmentation()
    loss: dict = dataclasses.field(default_factory=dict)
    initial_weights: str | None = None

    def __post_init__(self):
        find_preset(self.preset)
        check_image_size(self.input_size, self.input_size)
        for name in ("epochs", "batch_size", "evaluate_every"):
            if getattr(self, name) < 1:
                raise InputError(
                    f"{name}: expected at least 1, got {getattr(self, name)}."
                )
        if self.learning_rate <= 0:
            raise InputError(
                f"learning_rate: expected > 0, got {self.learning_rate}."
            )
        if self.seed < 0:
            raise InputError(f"seed: expected >= 0, got {self.seed}.")
