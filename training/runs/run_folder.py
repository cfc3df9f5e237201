"""What a run's folder says about how the run is made."""

import dataclasses
import json
import typing

from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json
from keras_drsi.files.new_file import new_file
from keras_drsi.keypoints import KeypointSchema
from keras_drsi.version import __version__
from training.runs.settings import TrainingSettings
from training.runs.training_data import TrainingData

# Photos of the synthetic data set.
TRAIN_IMAGES, VAL_IMAGES = 2000, 200


class Run(typing.NamedTuple):
    """A run's settings and data.

    Args:
        settings: `TrainingSettings`.
        schema: `KeypointSchema` of the data.
        data: `TrainingData`.
        backend: Keras' backend at the time.
    """

    settings: TrainingSettings
    schema: KeypointSchema
    data: TrainingData
    backend: str


def write_settings(settings, schema, data, out):
    """Writes all that is needed to repeat a run, or to go on with it.

    Args:
        settings: `TrainingSettings`.
        schema: `KeypointSchema` of the data.
        data: `TrainingData`.
        out: folder that gets `settings.json` and `schema.json`.
    """
    import keras

    record = {
        "settings": dataclasses.asdict(settings),
        "data": dataclasses.asdict(data),
        "backend": keras.backend.backend(),
        "versions": {"keras": keras.__version__, "keras_drsi": __version__},
    }
    with new_file(out / "settings.json") as unfinished:
        unfinished.write_text(json.dumps(record, indent=2) + "\n")
    with new_file(out / "schema.json") as unfinished:
        unfinished.write_text(json.dumps(schema.get_config(), indent=2) + "\n")


def read_run(folder):
    """Reads what `write_settings` has written.

    Args:
        folder: `pathlib.Path` of the run.

    Returns:
        `Run`.

    Raises:
        InputError: if the folder has no run, or one that cannot be used.
    """
    path = folder / "settings.json"
    record = read_json(path)
    if not isinstance(record, dict):
        raise InputError(f"{path}: expected the settings of a run.")
    settings = TrainingSettings.from_dict(record.get("settings"), str(path))
    data = TrainingData.from_record(record.get("data"), str(path))
    schema = _read_schema(folder / "schema.json")
    return Run(settings, schema, data, record.get("backend"))


def _read_schema(path):
    fields = read_json(path)
    try:
        return KeypointSchema(**fields)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path}: expected the keypoints of a run: {error}"
        ) from error
