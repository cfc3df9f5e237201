"""Export of a trained model, verified against Keras.

Weights files do not depend on the backend, and Keras exports to all of these
formats through TensorFlow only. Under another backend, the export therefore
runs in a subprocess under TensorFlow.
"""

import dataclasses
import json
import pathlib
import tempfile

from keras_drsi.distribution.backend_process import run_under
from keras_drsi.errors import InputError
from keras_drsi.export.export_options import ExportOptions
from keras_drsi.export.largest_difference import largest_difference
from keras_drsi.export.model_to_export import model_to_export
from keras_drsi.files.new_file import check_is_new, new_file
from keras_drsi.formats import FORMATS, check_path

BACKEND = "tensorflow"
# Largest difference from Keras, relative to the standard deviation of the
# output.
TOLERANCE = 1e-4


def export(network, out, options=ExportOptions()):
    """Exports a trained model and verifies the file against Keras.

    Works under every backend. The input of the file is `images`, (B, H, W, 3)
    RGB in [0, 255], letterboxed as by `Letterbox`. The outputs are those of
    `DRSINet`: the raw head maps `P3` to `P6`, or `boxes`, `scores`,
    `keypoints` and `count`.

    Args:
        network: `DRSINet`, or path of a `.keras` file.
        out: path of the new file or folder.
        options: `ExportOptions`. Defaults to ONNX with raw head maps.

    Returns:
        Float, the largest difference from Keras, see `largest_difference`.

    Raises:
        InputError: if `out` exists, or the exported outputs differ from those
            of Keras.

    Example:

    >>> export(model, "model.onnx", ExportOptions(poses=True))
    """
    import keras

    if isinstance(network, keras.Model):
        with tempfile.TemporaryDirectory() as folder:
            weights = pathlib.Path(folder) / "network.keras"
            network.save(weights)
            return export(weights, out, options)
    target = FORMATS[options.format]
    target.check_can_write(options.format)
    check_path(options.format, out)
    check_is_new(out)
    if keras.backend.backend() == BACKEND:
        return _export_under_tensorflow(network, out, options)
    printed = run_under(
        BACKEND,
        "keras_drsi.export.export_worker",
        *(network, out, json.dumps(dataclasses.asdict(options))),
    )
    return float(printed.split()[-1])


def _export_under_tensorflow(weights, out, options):
    target = FORMATS[options.format]
    exported = model_to_export(weights, options)
    with new_file(out) as unfinished:
        target.write(
            exported.fused,
            unfinished,
            exported.spec,
            exported.output_names,
            exported.metadata,
            options.opset,
        )
        difference = largest_difference(
            exported.model,
            target.load(unfinished),
            options,
            exported.spec.shape[1:],
        )
        if not difference <= TOLERANCE:
            raise InputError(
                f"{out}: differs from Keras by {difference:.1e} of the "
                "standard deviation of an output, expected at most "
                f"{TOLERANCE}."
            )
    return difference
