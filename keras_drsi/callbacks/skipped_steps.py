"""Steps that were not made because a gradient was not finite."""

import keras

from keras_drsi.errors import InputError


class SkippedSteps(keras.callbacks.Callback):
    """Counts skipped steps, and stops a run that goes on skipping.

    The optimizer has to be a `keras.optimizers.LossScaleOptimizer`, best a
    `SkipNonFinite`, which makes no step where a gradient is NaN or infinite.
    `skipped_steps` appears in the logs of every epoch.

    In float16, the optimizer tries now and then how far it can scale the
    loss. Skipped steps tell of a fault only once there is no scale, 1.

    Args:
        last_good: function that gives what to name as the last good file when
            the run stops.
        patience: number of epochs in a row with skipped steps, and without a
            scale at their end, after which it does.

    Raises:
        InputError: from `fit`, for another optimizer, and after that many
            epochs.
    """

    def __init__(self, last_good, patience=3):
        super().__init__()
        self.last_good = last_good
        self.patience = patience
        self.epochs_in_a_row = 0

    def on_train_begin(self, logs=None):
        optimizer = self.model.optimizer
        if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            raise InputError(
                "SkippedSteps: expected a LossScaleOptimizer, got "
                f"{type(optimizer).__name__}."
            )

    def on_epoch_begin(self, epoch, logs=None):
        self._batches = 0
        self._applied = self._applied_batches()

    def on_train_batch_end(self, batch, logs=None):
        self._batches += 1

    def on_epoch_end(self, epoch, logs=None):
        applied = self._applied_batches() - self._applied
        skipped = self._batches - applied
        if logs is not None:
            logs["skipped_steps"] = skipped
        faulty = skipped and self._scale() <= 1
        self.epochs_in_a_row = self.epochs_in_a_row + 1 if faulty else 0
        if self.epochs_in_a_row >= self.patience:
            raise InputError(
                f"epoch {epoch + 1}: {skipped} of {self._batches} steps had "
                "gradients that are not finite, in each of "
                f"{self.epochs_in_a_row} epochs some; the last good file is "
                f"{self.last_good()}. A new run with a lower learning rate may "
                "help; it can start from a good file."
            )

    def _scale(self):
        return float(
            keras.ops.convert_to_numpy(self.model.optimizer.dynamic_scale)
        )

    def _applied_batches(self):
        # The first variable counts batches, `iterations` steps of several.
        batches = self.model.optimizer.inner_optimizer.variables[0]
        return int(keras.ops.convert_to_numpy(batches))

    def get_state(self):
        return {"epochs_in_a_row": self.epochs_in_a_row}

    def set_state(self, state):
        self.epochs_in_a_row = state["epochs_in_a_row"]
