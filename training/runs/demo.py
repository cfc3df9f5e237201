"""The whole product in one run: data, training, AP, pictures, ONNX."""

import json
import time

from keras_drsi.files.output_folder import new_output_folder
from training.runs.recipes import find_recipe
from training.runs.run_folder import (
    TRAIN_IMAGES,
    VAL_IMAGES,
    write_settings,
)
from training.runs.training_data import SYNTHETIC, TrainingData


def announce(number, text):
    print(f"\n[{number}/5] {text}", flush=True)


def demo(
    out,
    settings=None,
    train_images=TRAIN_IMAGES,
    val_images=VAL_IMAGES,
):
    """Runs the five phases into a new folder.

    Args:
        out: path of the new folder.
        settings: `TrainingSettings`; by default the recipe "synthetic".
        train_images: number of synthetic pictures to learn from.
        val_images: number of synthetic pictures to evaluate on.

    Returns:
        The ten numbers of the evaluation.
    """
    import keras

    from keras_drsi.data.coco import read_coco
    from keras_drsi.data.synthetic import CALM, write_synthetic_people
    from keras_drsi.evaluation.evaluate_model import ap_table, evaluate_model
    from keras_drsi.evaluation.sample_images import draw_predictions
    from keras_drsi.export import export
    from keras_drsi.files.json_file import write_json
    from training.runs.train import train

    settings = settings or find_recipe("synthetic")
    out = new_output_folder(out)
    data = out / "data"
    announce(1, f"Synthetic people: writing pictures and labels to {data}")
    write_synthetic_people(
        data, train_images, val_images, settings.input_size, settings.seed, CALM
    )
    train_poses, val_poses = read_coco(data, "train"), read_coco(data, "val")

    announce(
        2,
        f"Training {settings.preset} with {keras.backend.backend()}: writing "
        f"last.keras, best.keras, log.csv and curves.png to {out}",
    )
    synthetic = TrainingData.of(SYNTHETIC)
    write_settings(settings, train_poses.schema, synthetic, out)
    start = time.time()
    model = train(train_poses, val_poses, settings, out)
    minutes = (time.time() - start) / 60
    model.save_weights(out / "model.weights.h5")

    announce(3, f"Evaluating on {len(val_poses)} unseen pictures: {out}/ap.txt")
    metrics, results = evaluate_model(
        model, val_poses, settings.input_size, settings.batch_size
    )
    table = ap_table(metrics)
    (out / "ap.txt").write_text(
        f"{table}\n\n{settings.preset} at {settings.input_size} pixels, "
        f"{keras.backend.backend()}, seed {settings.seed}, "
        f"{minutes:.1f} minutes of training\n"
    )
    (out / "ap.json").write_text(json.dumps(metrics, indent=2) + "\n")
    write_json(results, out / "results.json")
    print(table)

    announce(4, f"Drawing predictions beside the truth: {out}/predictions.png")
    draw_predictions(model, val_poses, out / "predictions.png")

    announce(5, f"Exporting, and comparing with onnxruntime: {out}/model.onnx")
    difference = export(out / "last.keras", out / "model.onnx")
    print(f"largest relative difference to Keras: {difference:.1e}")
    print(f"\nDone after {minutes:.1f} minutes of training; see {out}")
    return metrics
