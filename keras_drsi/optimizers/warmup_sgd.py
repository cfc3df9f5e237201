"""Stochastic gradient descent as the YOLO family trains with it."""

import keras
from keras import ops

from keras_drsi.keras_internals import batch_count, variable_index


@keras.saving.register_keras_serializable(package="keras_drsi")
class WarmupSGD(keras.optimizers.Optimizer):
    """Nesterov's SGD with PyTorch's weight decay, and a warm-up.

    For a gradient g, weights w, buffer b, momentum m and learning rate r:

        g = g + weight_decay * w        (kernels only)
        b = m * b + g
        w = w - r * (g + m * b)

    Keras' own `SGD(weight_decay=)` takes `r * weight_decay * w` from the
    weights directly. Here the decay passes through the buffer, which at
    m = 0.937 makes the same number 16 times stronger.

    During the warm-up the momentum rises linearly to its value, and biases
    have an additional learning rate that falls linearly to nothing. The
    warm-up of the learning rate itself belongs into its schedule.

    Weights of more than one axis are kernels; those of one axis are biases,
    and scales and offsets of normalisations, which do not decay.

    Args:
        learning_rate: float or `keras.optimizers.schedules` schedule, read
            once per batch.
        momentum: m, in 0..1.
        weight_decay: of kernels.
        warmup_steps: number of batches of the warm-up.
        warmup_momentum: momentum of the first batch.
        warmup_bias_rate: additional learning rate of biases in the first
            batch.
        gradient_accumulation_steps: number of batches, 2 or more, whose
            gradients are added up to one step. Keras averages them; adding up
            is what fits a loss that is summed over the batch.
        **kwargs: of `keras.optimizers.Optimizer`.

    Example:

    >>> optimizer = WarmupSGD(3e-3, warmup_steps=1000)
    >>> model.compile(optimizer)

    Reference:
        Wu and Wang, DRSI-Net, Sec. 4.2 (momentum, decay); YOLO-Pose, whose
        training the paper follows (warm-up).
    """

    def __init__(
        self,
        learning_rate=3e-3,
        momentum=0.937,
        weight_decay=5e-4,
        warmup_steps=0,
        warmup_momentum=0.8,
        warmup_bias_rate=0.1,
        name="warmup_sgd",
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum
        # Not `weight_decay`: that one Keras applies by itself.
        self.coupled_weight_decay = weight_decay
        self.warmup_steps = warmup_steps
        self.warmup_momentum = warmup_momentum
        self.warmup_bias_rate = warmup_bias_rate

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.buffers = self.add_optimizer_variables(variables, "buffer")
        # TensorFlow hands its own variables to `update_step`, with long names.
        self._is_bias = [v.name in ("bias", "beta") for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        dtype = variable.dtype
        index = variable_index(self, variable)
        buffer = self.buffers[index]
        warmup = ops.cast(self._warmup_left(), dtype)
        momentum = self.momentum - warmup * (
            self.momentum - self.warmup_momentum
        )
        rate = ops.cast(learning_rate, dtype)
        gradient = ops.cast(gradient, dtype)
        if self.gradient_accumulation_steps:
            gradient = gradient * self.gradient_accumulation_steps
        if len(variable.shape) > 1:
            gradient = gradient + self.coupled_weight_decay * variable
        elif self._is_bias[index]:
            rate = rate + warmup * self.warmup_bias_rate
        self.assign(buffer, momentum * buffer + gradient)
        self.assign_sub(variable, rate * (gradient + momentum * buffer))

    def _warmup_left(self):
        """1 in the first batch, 0 after the warm-up."""
        if not self.warmup_steps:
            return 0.0
        # Counts batches, as the schedule does, not steps of several batches.
        batch = ops.cast(batch_count(self), "float32")
        return ops.maximum(1 - batch / self.warmup_steps, 0)

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "weight_decay": self.coupled_weight_decay,
            "warmup_steps": self.warmup_steps,
            "warmup_momentum": self.warmup_momentum,
            "warmup_bias_rate": self.warmup_bias_rate,
        }
