"""Trained networks as files for deployment."""

from keras_drsi.export.export_model import export
from keras_drsi.export.export_options import ExportOptions
