"""Which layers of a network are frozen."""

import keras

from keras_drsi.errors import InputError
from keras_drsi.keras_internals import child_layers


def frozen_layers(model):
    """Lists the outermost layers of a model that are not trainable.

    Args:
        model: `keras.Model`.

    Returns:
        List of paths, for example `["backbone", "neck/lateral_P3"]`.
    """
    return [path for path, layer in _outermost(model) if not layer.trainable]


def freeze_layers(model, paths):
    """Sets `trainable = False` on layers of a model.

    Args:
        model: `keras.Model`.
        paths: List of paths, as `frozen_layers` gives them.

    Raises:
        InputError: If the model has no layer of that path.
    """
    for path in paths:
        layer = model
        for name in path.split("/"):
            found = [each for each in child_layers(layer) if each.name == name]
            if not found:
                raise InputError(
                    f"frozen: expected the path of a layer of {model.name}, "
                    f"for example {child_layers(model)[-1].name!r}; got "
                    f"{path!r}."
                )
            layer = found[0]
        layer.trainable = False


def _outermost(layer, prefix=""):
    """Paths and layers; nothing below a layer that is not trainable."""
    for child in child_layers(layer):
        if isinstance(child, keras.layers.InputLayer):
            continue
        path = prefix + child.name
        yield path, child
        if child.trainable:
            yield from _outermost(child, f"{path}/")
