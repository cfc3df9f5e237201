"""Sums over the replicas of a data-parallel training.

A replica has its part of every batch: the replicas of a TensorFlow strategy,
or the processes of a PyTorch group. What a batch decides as a whole, means of
batch norms and counts in the loss, is summed over them, with gradient. Under
JAX one program computes with the whole batch, and there is nothing to add;
nor is there on one device.
"""

import contextlib
import functools

import keras
from keras import ops

_is_alone = False


@contextlib.contextmanager
def alone():
    """Context in which this process computes without the others.

    For what only one of them does: it would wait for the sums of the others.
    """
    global _is_alone
    before, _is_alone = _is_alone, True
    try:
        yield
    finally:
        _is_alone = before


def replica_count():
    """Number of replicas that each have a part of the batch."""
    if _is_alone:
        return 1
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        context = tf.distribute.get_replica_context()
        return context.num_replicas_in_sync if context else 1
    if backend == "torch":
        from torch import distributed

        if distributed.is_available() and distributed.is_initialized():
            return distributed.get_world_size()
    return 1


def sum_over_replicas(x):
    """The sum of the replicas' tensors of one shape, on each of them.

    Its gradient is that of the sum of what the replicas differentiate.
    """
    if replica_count() == 1:
        return x
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.custom_gradient(
            # The gradient of a sum is the sum of the gradients.
            lambda x: (_all_reduced([x])[0], sum_over_replicas)
        )(x)
    return _sum_over_processes()(x)


def mean_over_replicas(x, weight):
    """The mean of the replicas' tensors of one shape.

    Args:
        x: float tensor, on one device the result as it is.
        weight: the replica's share in the mean, for example its pictures.
    """
    if replica_count() == 1:
        return x
    weight = ops.reshape(ops.cast(weight, x.dtype), (1,))
    total = ops.concatenate([ops.reshape(x, (-1,)) * weight, weight])
    total = sum_over_replicas(total)
    return ops.reshape(total[:-1] / total[-1], x.shape)


def share_of_loss(loss):
    """What a replica differentiates of a loss that is that of all of them.

    TensorFlow's optimizers add up the replicas' gradients, and Keras' log
    expects a loss divided by their number. Processes average theirs.
    """
    if keras.backend.backend() == "tensorflow":
        return loss / replica_count()
    return loss


def apply_gradients_of_all(optimizer):
    """Makes an optimizer take the replicas' gradients together.

    They are put together before anything is done with them, so that clipping
    and the look for numbers that are not finite see the gradient of the whole
    batch, and every replica makes the same step.

    Args:
        optimizer: Keras optimizer, changed in place.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        return
    if backend == "tensorflow":
        import tensorflow as tf

        if not tf.distribute.has_strategy():
            return
        _update_replicas_alike(optimizer)
    apply = functools.partial(type(optimizer).apply, optimizer)

    def apply_together(grads, trainable_variables=None):
        apply(_of_all(list(grads)), trainable_variables)

    optimizer.apply = apply_together


def _of_all(gradients):
    if replica_count() == 1:
        return gradients
    known = [g for g in gradients if g is not None]
    if keras.backend.backend() == "tensorflow":
        together = _all_reduced(known)
    else:
        together = _mean_over_processes(known)
    together = iter(together)
    return [None if g is None else next(together) for g in gradients]


def _all_reduced(tensors):
    """Their sums over TensorFlow's replicas, without gradient.

    `all_reduce` walks back from its results for variables, in each replica
    through the other's whole network so far; `stop_gradient` ends the walk.
    """
    import tensorflow as tf

    tensors = [tf.stop_gradient(tensor) for tensor in tensors]
    return tf.distribute.get_replica_context().all_reduce("sum", tensors)


def _mean_over_processes(gradients):
    import torch

    # One message for all of them.
    flat = torch.cat([g.reshape(-1) for g in gradients])
    torch.distributed.all_reduce(flat)
    parts = (flat / replica_count()).split([g.numel() for g in gradients])
    return [p.view(g.shape).to(g.dtype) for p, g in zip(parts, gradients)]


def _update_replicas_alike(optimizer):
    """Turns off what Keras does for strategies in TensorFlow's optimizers.

    Keras adds up the gradients where the step is made: after the clipping,
    and in a branch where TensorFlow forbids it if gradients are accumulated.
    Once they are together, each replica makes the step as a device alone.
    """
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    for name in (
        "_apply_weight_decay",
        "_backend_increment_gradient_accumulators",
        "_backend_update_step",
        "_overwrite_model_variables_with_average_value",
    ):
        method = functools.partial(getattr(BaseOptimizer, name), optimizer)
        setattr(optimizer, name, method)


@functools.cache
def _sum_over_processes():
    import torch

    class SumOverProcesses(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            x = x.clone(memory_format=torch.contiguous_format)
            torch.distributed.all_reduce(x)
            return x

        @staticmethod
        def backward(context, gradient):
            return SumOverProcesses.forward(context, gradient)

    return SumOverProcesses.apply
