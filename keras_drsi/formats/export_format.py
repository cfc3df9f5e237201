"""The interface of an export format.

Every format is run with the runtime it is deployed with, which allows an
export to be verified against Keras.
"""

import dataclasses
import typing

from keras_drsi.extras import check_installed

INPUT_NAME = "images"
METADATA = "keras_drsi"


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """An export format.

    Args:
        suffix: string, suffix of the file, or `""` for a folder.
        reader: string, the package that runs the format.
        writers: tuple of strings, the packages that write the format.
        write: function `(model, path, spec, output_names, metadata, opset)`
            that writes a Keras model. `spec` is the `keras.InputSpec` of the
            images.
        load: function of a path that returns a function from images (B, H, W,
            3) to a dict of arrays by output name.
        metadata: function of a path that returns the metadata dict.
    """

    suffix: str
    reader: str
    writers: tuple
    write: typing.Callable
    load: typing.Callable
    metadata: typing.Callable

    def check_can_read(self, name):
        """Raises `InputError` if the package that runs it is missing."""
        check_installed(name, (self.reader,))

    def check_can_write(self, name):
        """Raises `InputError` if a package to write or verify it is missing."""
        check_installed(name, (*self.writers, self.reader))
