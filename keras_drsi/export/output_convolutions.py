"""Where a network ends and its decoding begins."""


def output_convolutions(steps):
    """Finds the convolutions after which only decoding comes.

    Args:
        steps: list of (is a convolution, names of what it takes, names of what
            it gives), each step after those whose results it takes.

    Returns:
        two lists of indices, ascending: of those convolutions, and of the
        network's steps, which are all convolutions and what leads to them.
    """
    outputs, network, before_some = [], [], set()
    for index, (is_convolution, taken, given) in reversed(
        list(enumerate(steps))
    ):
        leads_to_another = not before_some.isdisjoint(given)
        if is_convolution and not leads_to_another:
            outputs.append(index)
        if is_convolution or leads_to_another:
            network.append(index)
            before_some.update(taken)
    return outputs[::-1], network[::-1]
