"""Trained networks as files for deployment."""

from keras_drsi.export.export_model import ExportOptions, export
