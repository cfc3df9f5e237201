"""SavedModels of TensorFlow."""

import json
import pathlib

from keras_drsi.formats.export_format import METADATA


def write_saved_model(model, path, spec, output_names, metadata, opset):
    model.export(
        str(path),
        format="tf_saved_model",
        verbose=False,
        input_signature=[spec],
    )
    # TensorFlow's place for files that are no part of the graph.
    extra = pathlib.Path(path) / "assets.extra"
    extra.mkdir()
    (extra / f"{METADATA}.json").write_text(json.dumps(metadata))


def load_saved_model(path):
    import tensorflow as tf

    saved = tf.saved_model.load(str(path))

    def call(images):
        outputs = saved.serve(tf.convert_to_tensor(images))
        return {name: value.numpy() for name, value in outputs.items()}

    return call


def saved_model_metadata(path):
    file = pathlib.Path(path) / "assets.extra" / f"{METADATA}.json"
    return json.loads(file.read_text())
