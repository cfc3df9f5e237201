"""The whole product in one run: data, training, AP, pictures, ONNX.

python -m training.demo --out runs/demo
"""

import argparse
import json
import time

import keras

from training.command_line import run
from training.output_folder import new_output_folder
from training.recipes import RECIPES
from training.run_folder import (
    SYNTHETIC,
    TRAIN_IMAGES,
    VAL_IMAGES,
    write_settings,
)


def announce(number, text):
    print(f"\n[{number}/5] {text}", flush=True)


def demo(
    out,
    settings=RECIPES["synthetic"],
    train_images=TRAIN_IMAGES,
    val_images=VAL_IMAGES,
):
    """Runs the five phases into a new folder.

    Args:
        out: path of the new folder.
        settings: `TrainingSettings`.
        train_images: number of synthetic pictures to learn from.
        val_images: number of synthetic pictures to evaluate on.

    Returns:
        The figures of the evaluation, see `PoseEvaluation.evaluate`.
    """
    from keras_drsi.evaluation.evaluation_table import evaluation_table
    from training.data.coco import read_coco
    from training.data.synthetic import CALM, write_synthetic_people
    from training.evaluate import ap_table, evaluate_model, write_json
    from training.export import export
    from training.pictures import draw_predictions
    from training.train import train

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
    write_settings(settings, train_poses.schema, SYNTHETIC, out)
    start = time.time()
    model = train(train_poses, val_poses, settings, out)
    minutes = (time.time() - start) / 60
    model.save_weights(out / "model.weights.h5")

    announce(3, f"Evaluating on {len(val_poses)} unseen pictures: {out}/ap.txt")
    metrics, results = evaluate_model(
        model, val_poses, settings.input_size, settings.batch_size
    )
    table = f"{ap_table(metrics)}\n\n{evaluation_table(metrics)}"
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


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m training.demo",
        description="Write synthetic people, train drsi_net_n on them, "
        "evaluate on unseen ones, draw the poses, export to ONNX: about ten "
        "minutes on two cores.",
    )
    parser.add_argument(
        "--out",
        default="runs/demo",
        help="new folder (default %(default)s)",
    )
    args = parser.parse_args(argv)
    demo(args.out)


if __name__ == "__main__":
    run(main)
