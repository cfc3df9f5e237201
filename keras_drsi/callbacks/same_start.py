"""The same weights in every process of a training."""

import keras

from keras_drsi.distribution.replicas import replica_count


class SameStart(keras.callbacks.Callback):
    """Gives every process of a PyTorch group what the first one has.

    Weights and the optimizer's variables are sent when training begins, so
    that only the first process has to load them. The gradients, and so the
    weights, are alike from there on. Without a group it does nothing.

    Stands last in the list of callbacks, after all that load something.

    Example:

    >>> # In each process that torchrun starts.
    >>> torch.distributed.init_process_group("gloo")  # doctest: +SKIP
    >>> model.fit(batches, callbacks=[SameStart()])
    """

    def on_train_begin(self, logs=None):
        if replica_count() == 1:
            return
        import torch

        optimizer = self.model.optimizer
        for variable in (*self.model.variables, *optimizer.variables):
            torch.distributed.broadcast(variable.value.data, src=0)
