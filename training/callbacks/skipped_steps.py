"""Steps that were not made because a gradient was not finite."""

import keras

from keras_drsi.errors import InputError


class SkippedSteps(keras.callbacks.Callback):
    """Counts skipped steps, and stops a run that goes on skipping.

    The optimizer has to be a `keras.optimizers.LossScaleOptimizer`, which
    makes no step where a gradient is NaN or infinite. `skipped_steps` appears
    in the logs of every epoch.

    Args:
        last_good: what to name as the last good file when the run stops.
        patience: number of epochs in a row with skipped steps after which it
            does.

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
        self.epochs_in_a_row = self.epochs_in_a_row + 1 if skipped else 0
        if self.epochs_in_a_row >= self.patience:
            raise InputError(
                f"epoch {epoch + 1}: {skipped} of {self._batches} steps had "
                "gradients that are not finite, in each of "
                f"{self.epochs_in_a_row} epochs some; the last good file is "
                f"{self.last_good}. A lower learning rate may help."
            )

    def _applied_batches(self):
        # The first variable counts batches, `iterations` steps of several.
        batches = self.model.optimizer.inner_optimizer.variables[0]
        return int(keras.ops.convert_to_numpy(batches))

    def get_state(self):
        return {"epochs_in_a_row": self.epochs_in_a_row}

    def set_state(self, state):
        self.epochs_in_a_row = state["epochs_in_a_row"]
