"""Numerical comparison of an exported file with its Keras model."""

import numpy as np

from keras_drsi.errors import InputError


def largest_difference(model, exported, options, image_shape):
    """Compares an exported file with its Keras model on three images.

    Two are random, one shows synthetic people. A constant input would not do:
    it is what Keras traces with, and any output could have been folded into a
    constant.

    Args:
        model: the Keras model.
        exported: function from images to a dict of arrays, the loaded file.
        options: `ExportOptions` of the file.
        image_shape: tuple (height, width, 3).

    Returns:
        Float, the largest absolute difference of an output, divided by the
        standard deviation of that output.

    Raises:
        InputError: if an output is missing or has another shape.
    """
    import keras

    differences = []
    for images in _test_images(image_shape):
        images = np.repeat(images[None], options.batch_size or 1, axis=0)
        images = images.astype(options.input_type)
        actual = exported(images)
        for name, expected in model(images).items():
            expected = keras.ops.convert_to_numpy(expected)
            if name not in actual or actual[name].shape != expected.shape:
                raise InputError(
                    f"output {name!r}: expected shape {expected.shape}, got "
                    f"{actual[name].shape if name in actual else 'none'}."
                )
            largest = np.abs(actual[name] - expected).max()
            differences.append(largest / max(expected.std(), 1e-6))
    return float(max(differences))


def _test_images(image_shape):
    """Two random images and one of synthetic people, uint8."""
    from keras_drsi.data.synthetic.scene import compose_scene

    rng = np.random.default_rng(0)
    for _ in range(2):
        yield rng.integers(0, 256, image_shape, "uint8")
    height, width, _ = image_shape
    yield compose_scene(rng, width, height).image
