"""Reductions over the replicas of data-parallel training.

Each replica of a TensorFlow strategy, or process of a PyTorch process group,
computes on its part of the global batch. Statistics of the global batch, such
as the moments of batch normalization and the counts in the loss, are reduced
over the replicas, with gradient. Under JAX, and on a single device, the program
sees the global batch and the reductions are the identity.
"""

import functools

import keras
from keras import ops

from keras_drsi.keras_internals import ignore_strategy


def replica_count():
    """Number of replicas among which the global batch is split."""
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
    """Differentiable all-reduce sum.

    Args:
        x: tensor, of the same shape on every replica.

    Returns:
        Tensor of the same shape, the sum over the replicas. Its gradient is
        the sum of the gradients on the replicas.
    """
    if replica_count() == 1:
        return x
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.custom_gradient(
            # The gradient of an all-reduce sum is one of the gradients.
            lambda x: (_all_reduced([x])[0], sum_over_replicas)
        )(x)
    return _sum_over_processes()(x)


def mean_over_replicas(x, weight):
    """Differentiable weighted mean over the replicas.

    Args:
        x: float tensor, of the same shape on every replica.
        weight: scalar, weight of this replica, e.g. its number of images.

    Returns:
        Tensor of the same shape; `x` itself on a single device.
    """
    if replica_count() == 1:
        return x
    weight = ops.reshape(ops.cast(weight, x.dtype), (1,))
    total = ops.concatenate([ops.reshape(x, (-1,)) * weight, weight])
    total = sum_over_replicas(total)
    return ops.reshape(total[:-1] / total[-1], x.shape)


def scale_loss_for_replicas(loss):
    """Scales a global loss for differentiation on each replica.

    Under TensorFlow, gradients are summed over the replicas and Keras logs the
    sum of the losses, so the loss is divided by the number of replicas.
    PyTorch processes average their gradients, which needs no scaling.

    Args:
        loss: scalar tensor, the loss of the global batch.

    Returns:
        Scalar tensor.
    """
    if keras.backend.backend() == "tensorflow":
        return loss / replica_count()
    return loss


def synchronize_gradients(optimizer):
    """Makes an optimizer reduce gradients over the replicas before a step.

    Gradients are reduced first, so clipping and the check for non-finite
    values see the gradient of the global batch, and every replica makes the
    same update.

    Args:
        optimizer: Keras optimizer, modified in place.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        return
    if backend == "tensorflow":
        import tensorflow as tf

        if not tf.distribute.has_strategy():
            return
        # Once the gradients are together, each replica steps by itself.
        ignore_strategy(getattr(optimizer, "inner_optimizer", optimizer))
    apply = functools.partial(type(optimizer).apply, optimizer)

    def apply_reduced(grads, trainable_variables=None):
        apply(_reduced(list(grads)), trainable_variables)

    optimizer.apply = apply_reduced


def _reduced(gradients):
    """Gradients of the global batch; None stays None."""
    if replica_count() == 1:
        return gradients
    present = [g for g in gradients if g is not None]
    if keras.backend.backend() == "tensorflow":
        reduced = _all_reduced(present)
    else:
        reduced = _mean_over_processes(present)
    reduced = iter(reduced)
    return [None if g is None else next(reduced) for g in gradients]


def _all_reduced(tensors):
    """Sums over the replicas of TensorFlow, without gradient.

    `all_reduce` searches the graph for variables, on each replica through the
    networks of all others; `stop_gradient` ends the search.
    """
    import tensorflow as tf

    tensors = [tf.stop_gradient(tensor) for tensor in tensors]
    return tf.distribute.get_replica_context().all_reduce("sum", tensors)


def _mean_over_processes(gradients):
    import torch

    # A single message for all gradients.
    flat = torch.cat([g.reshape(-1) for g in gradients])
    torch.distributed.all_reduce(flat)
    parts = (flat / replica_count()).split([g.numel() for g in gradients])
    return [p.view(g.shape).to(g.dtype) for p, g in zip(parts, gradients)]


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
