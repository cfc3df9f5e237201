"""The boundary between a network and its decoding in an exported graph."""


def output_convolutions(steps):
    """Finds the convolutions that no other convolution follows.

    Args:
        steps: list of the operations in topological order, each a tuple
            (whether it is a convolution, names of its inputs, names of its
            outputs).

    Returns:
        Tuple of two ascending lists of indices: the output convolutions, and
        the operations of the network, i.e. all convolutions and whatever
        precedes one.
    """
    outputs, network, needed = [], [], set()
    for index, (is_convolution, step_inputs, step_outputs) in reversed(
        list(enumerate(steps))
    ):
        precedes_another = not needed.isdisjoint(step_outputs)
        if is_convolution and not precedes_another:
            outputs.append(index)
        if is_convolution or precedes_another:
            network.append(index)
            needed.update(step_inputs)
    return outputs[::-1], network[::-1]
