"""A trained model, prepared for export."""

import dataclasses

import numpy as np

from keras_drsi.formats import INPUT_NAME
from keras_drsi.version import __version__


@dataclasses.dataclass(frozen=True)
class ModelToExport:
    """A model in the form that the export formats require.

    Args:
        model: `DRSINet` in float32 and `channels_last`, or a `PoseDecoder` of
            it. The reference for the exported file.
        fused: the same model with batch normalization folded into the
            convolutions, already built.
        spec: `keras.InputSpec` of the images.
        output_names: sorted list of the names of the outputs.
        metadata: dict that describes the file to the programs that use it.
    """

    model: object
    fused: object
    spec: object
    output_names: list
    metadata: dict


def model_to_export(weights, options):
    """Loads a model and prepares it for export.

    Args:
        weights: path of a `.keras` file.
        options: `ExportOptions`.

    Returns:
        `ModelToExport`.
    """
    import keras

    from keras_drsi.checkpoints.trained_model import load_trained_model

    network = _standardized(load_trained_model(weights))
    fused = _with_outputs(network.fold(), options)
    image_shape = (*network.input_size, 3)
    outputs = fused(np.zeros((1, *image_shape), options.input_type))
    return ModelToExport(
        _with_outputs(network, options),
        fused,
        keras.InputSpec(
            shape=(options.batch_size, *image_shape),
            dtype=options.input_type,
            name=INPUT_NAME,
        ),
        sorted(outputs),
        _metadata(network, options),
    )


def _standardized(network):
    """The model in float32 and `channels_last`."""
    standardized = type(network).from_config(
        {
            **network.get_config(),
            "dtype": "float32",
            "data_format": "channels_last",
        }
    )
    standardized.set_weights(
        [
            # Per-channel scales have another shape in `channels_first`.
            values.reshape(weight.shape)
            for values, weight in zip(
                network.get_weights(), standardized.weights
            )
        ]
    )
    return standardized


def _with_outputs(network, options):
    from keras_drsi.models.pose_decoder import PoseDecoder

    return PoseDecoder(network) if options.poses else network


def _metadata(network, options):
    schema = network.keypoints
    raw = "x, y, w, h, objectness, class, then x, y, confidence of each"
    return {
        "keras_drsi": __version__,
        "input": {
            "name": INPUT_NAME,
            "height_width": list(network.input_size),
            "batch_size": options.batch_size,
            "type": options.input_type,
            "colors": "RGB, 0..255",
            "letterbox": "scaled to fit, at the top left, padded with 114",
        },
        "poses": options.poses,
        "output": "poses in input pixels" if options.poses else raw,
        "keypoints": list(schema.names),
        "swap_pairs": [list(pair) for pair in schema.swap_pairs],
        "skeleton": [list(limb) for limb in schema.skeleton],
        "sigmas": list(schema.sigmas),
        "anchors": np.asarray(network.anchors).tolist(),
        "score_threshold": network.score_threshold,
        "iou_threshold": network.iou_threshold,
    }
