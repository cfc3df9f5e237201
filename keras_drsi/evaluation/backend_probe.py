"""What one backend computes from given weights, in a process of its own.

`compare_backends` runs this once for each backend:

    python -m keras_drsi.evaluation.backend_probe \\
        --folder DIR --preset P --input-size S

The first process makes the common weights, with `--make-weights`.
"""

import argparse
import pathlib
import time

import keras
import numpy as np

from keras_drsi.distribution.backend_process import run_worker
from keras_drsi.models.drsi_net import DRSINet

STEPS = 5
LEARNING_RATE = 1e-4
FRESH_WEIGHTS = "fresh.weights.h5"
SPREAD_WEIGHTS = "spread.weights.h5"
INPUTS = "inputs.npz"


def make_weights(model, images, folder):
    """Writes fresh weights, and the same with outputs that differ as trained.

    The batch norms of a fresh network expect a variance of 1, so that at
    inference its maps fade on the way and all poses look alike. Larger output
    kernels undo that; training steps start from the fresh weights.
    """
    model.save_weights(folder / FRESH_WEIGHTS)
    head = model.head
    raw = model(images, training=False)
    for index, vectors in enumerate(raw.values()):
        convs = head.box_convs[index], head.keypoint_branches[index][-1]
        for conv, outputs in zip(convs, head.split_channels(_numpy(vectors))):
            spread = outputs.std(axis=(0, 1, 2)).mean()
            conv.kernel.assign(conv.kernel / spread)
    model.save_weights(folder / SPREAD_WEIGHTS)


def probe(model, images, targets, folder):
    """Forward pass, loss, poses and `STEPS` training steps, with times.

    Args:
        model: `DRSINet`.
        images: (B, S, S, 3) uint8.
        targets: dict of targets.
        folder: path of the folder with the common weights.

    Returns:
        Flat dict of NumPy arrays.
    """
    model.load_weights(folder / SPREAD_WEIGHTS)
    forward = _probe_forward(model, images, targets)
    model.load_weights(folder / FRESH_WEIGHTS)
    return {**forward, **_probe_training(model, images, targets)}


def _probe_forward(model, images, targets):
    raw = model(images, training=False)
    results = {
        **_flat("raw", raw),
        **_flat("loss", model.pose_loss(targets, raw)),
        **_flat("poses", model.predict_on_batch(images)),
    }
    start = time.perf_counter()
    model.predict_on_batch(images)
    results["seconds/predict"] = _seconds_since(start)
    return results


def _probe_training(model, images, targets):
    results, losses = {}, []
    # The gradient of a fresh network is large, and its curvature a thousand
    # times larger: without the clipping, five steps turn rounding into 1e-3
    # even between two builds of one framework.
    model.compile(
        keras.optimizers.SGD(LEARNING_RATE, momentum=0.937, global_clipnorm=1)
    )
    start = time.perf_counter()
    for step in range(STEPS):
        logs = model.train_on_batch(images, targets, return_dict=True)
        losses.append(float(logs["loss"]))
        if step == 0:
            results["seconds/first_step"] = _seconds_since(start)
            start = time.perf_counter()
    results["seconds/step"] = _seconds_since(start) / (STEPS - 1)
    results["training/losses"] = np.array(losses)
    weights = {str(i): value for i, value in enumerate(model.get_weights())}
    return {**results, **_flat("weights", weights)}


def _flat(prefix, values):
    return {f"{prefix}/{name}": _numpy(v) for name, v in values.items()}


def _seconds_since(start):
    return np.array(time.perf_counter() - start)


def _numpy(values):
    return keras.ops.convert_to_numpy(values)


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m keras_drsi.evaluation.backend_probe"
    )
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--preset", required=True)
    parser.add_argument("--input-size", required=True, type=int)
    parser.add_argument("--make-weights", action="store_true")
    args = parser.parse_args(argv)
    keras.utils.set_random_seed(0)
    start = time.perf_counter()
    model = DRSINet.from_preset(args.preset, input_size=args.input_size)
    building = time.perf_counter() - start
    with np.load(args.folder / INPUTS) as inputs:
        images = inputs["images"]
        targets = {
            name: inputs[name] for name in inputs.files if name != "images"
        }
    if args.make_weights:
        make_weights(model, images, args.folder)
    results = probe(model, images, targets, args.folder)
    results["seconds/build"] = np.array(building)
    np.savez(args.folder / f"{keras.backend.backend()}.npz", **results)


if __name__ == "__main__":
    run_worker(main)
