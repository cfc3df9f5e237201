"""What a format of exported networks has to provide.

Each runs here through the tool that people deploy it with, so that a file is
only reported as written once that tool gives Keras' numbers.
"""

import dataclasses
import typing

from keras_drsi.extras import check_installed

INPUT_NAME = "images"
METADATA = "keras_drsi"


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """One format.

    Args:
        suffix: of the file's name; empty for a folder.
        reader: the package that runs it.
        writers: packages that are needed to write it.
        write: function of a Keras model, the path, the `keras.InputSpec` of
            its images, the names of its outputs, the metadata and the ONNX
            opset.
        load: function of a path, giving a function from images, (B, H, W,
            3), to a dict of arrays by output name.
        metadata: function of a path, giving the metadata written into it.
    """

    suffix: str
    reader: str
    writers: tuple
    write: typing.Callable
    load: typing.Callable
    metadata: typing.Callable

    def check_can_read(self, name):
        """Raises `InputError` where the package that runs it is missing."""
        check_installed(name, (self.reader,))

    def check_can_write(self, name):
        """The same for those that write it; what is written is also run."""
        check_installed(name, (*self.writers, self.reader))
