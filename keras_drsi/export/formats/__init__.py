"""The formats of exported networks: how each is written, run and read."""

from keras_drsi.export.formats.export_format import INPUT_NAME, ExportFormat
from keras_drsi.export.formats.registry import FORMATS, check_path, format_of
