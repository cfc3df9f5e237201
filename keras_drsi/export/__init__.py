"""Trained networks as files for deployment."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.export.export_model import export
    from keras_drsi.export.export_options import ExportOptions
    from keras_drsi.export.quantize import quantize

make_lazy(
    __name__,
    {
        "export_model": ["export"],
        "export_options": ["ExportOptions"],
        "quantize": ["quantize"],
    },
)
