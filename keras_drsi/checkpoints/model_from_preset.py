"""Assembles a network from a preset and weights."""

import inspect
import os

from keras_drsi.checkpoints.preset_folder import (
    load_preset_folder,
    read_preset_config,
)
from keras_drsi.checkpoints.trained_model import load_trained_model
from keras_drsi.checkpoints.warm_start import head_config, warm_start
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.models.presets import PRESETS, closest_name, find_preset


def model_from_preset(
    cls, preset, input_size, keypoints, initial_weights, overrides
):
    """Implements `DRSINet.from_preset`, which documents the arguments.

    Args:
        cls: `DRSINet` or a subclass.
        overrides: Dict of further arguments of `cls`.
    """
    _check_arguments(cls, overrides)
    given = {"input_size": input_size, "keypoints": keypoints}
    given = {name: value for name, value in given.items() if value is not None}
    given |= overrides
    has_own_weights = initial_weights == "preset"
    if _is_folder(preset):
        config = read_preset_config(preset)
        source = load_preset_folder(cls, preset) if has_own_weights else None
        if source is not None and not given:
            return source
    else:
        config = _named_config(preset)
        weights = find_preset(preset).weights
        source = weights and weights.path() if has_own_weights else None
    if not has_own_weights:
        source = initial_weights
    if source is None:
        return cls(**{**config, **given})
    if not isinstance(source, cls):
        source = load_trained_model(source)
    if source.folded or given.get("folded"):
        raise InputError(
            "from_preset: expected initial weights and network with batch "
            "norms, got a folded one; fold() it afterwards."
        )
    model = cls(**{**config, **given, **head_config(source), **overrides})
    started = warm_start(model, source)
    if started.fresh or not has_own_weights:
        print(started)
    return model


def _is_folder(preset):
    """A preset's name is never taken for the folder of that name."""
    return (
        isinstance(preset, str | os.PathLike)
        and preset not in PRESETS
        and os.path.isdir(preset)
    )


def _named_config(name):
    preset = find_preset(name)
    return {
        "name": name,
        **preset.config,
        "input_size": preset.input_size,
        "keypoints": COCO_PERSON,
    }


def _check_arguments(cls, overrides):
    known = list(inspect.signature(cls).parameters)
    for argument in overrides:
        if argument not in known:
            raise InputError(
                f"from_preset: unknown argument {argument!r}"
                f"{closest_name(argument, known)}."
            )
