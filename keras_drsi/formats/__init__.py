"""The formats of exported networks: how each is written, run and read."""

from keras_drsi.formats.export_format import INPUT_NAME, ExportFormat
from keras_drsi.formats.exported_model import ExportedModel
from keras_drsi.formats.registry import (
    FORMATS,
    check_path,
    format_of,
    is_exported,
)
