"""Which part of every batch is for this process."""

import typing


class Share(typing.NamedTuple):
    """One of equal, contiguous parts of every batch.

    Args:
        number: of the part, from 0.
        count: of all parts.
    """

    number: int
    count: int

    def place(self, index, batch_size):
        """Place in the stream of whole batches of a picture of this part.

        Args:
            index: place of the picture in the stream of this part.
            batch_size: pictures in a whole batch.
        """
        size = batch_size // self.count
        batch, place = divmod(index, size)
        return batch * batch_size + self.number * size + place


WHOLE = Share(0, 1)
