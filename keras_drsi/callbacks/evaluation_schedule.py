"""After which epochs a training is evaluated."""


def is_evaluated(epoch, every, epochs):
    """Whether an evaluation follows an epoch.

    It follows the first epoch, because logs take their columns from there,
    every epoch whose number, counted from 1, is a multiple of `every`, and the
    last.

    Args:
        epoch: number of the epoch, counted from 0.
        every: number of epochs from one evaluation to the next.
        epochs: number of all epochs, or None where it is not known.
    """
    number = epoch + 1
    return number == 1 or number == epochs or number % every == 0
