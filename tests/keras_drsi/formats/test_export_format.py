import dataclasses

import pytest

from keras_drsi.errors import InputError
from keras_drsi.formats import FORMATS


def test_what_is_not_installed_is_named():
    onnx = FORMATS["onnx"]
    onnx.check_can_read("onnx")
    onnx.check_can_write("onnx")
    no_reader = dataclasses.replace(onnx, reader="no_such_runtime")
    no_writer = dataclasses.replace(onnx, writers=("no_such_converter",))
    no_writer.check_can_read("onnx")
    with pytest.raises(InputError, match="onnx: expected the package no_such_"):
        no_writer.check_can_write("onnx")
    for check in (no_reader.check_can_read, no_reader.check_can_write):
        with pytest.raises(InputError, match="no_such_runtime"):
            check("onnx")
