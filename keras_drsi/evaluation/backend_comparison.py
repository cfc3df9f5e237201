"""One weights file under every installed backend: how far do they differ?"""

import importlib.util
import pathlib
import tempfile

import numpy as np

from keras_drsi.distribution.backend_process import run_under
from keras_drsi.evaluation.backend_probe import INPUTS
from keras_drsi.evaluation.pose_distance import pose_distance
from keras_drsi.models.csdr_net import check_image_size
from keras_drsi.models.presets import find_preset

BACKENDS = ("tensorflow", "jax", "torch")

TINY = 1e-12  # keeps quotients finite


def installed_backends():
    return [
        backend for backend in BACKENDS if importlib.util.find_spec(backend)
    ]


def compare_backends(preset, input_size, batch_size=8):
    """Runs the same weights and data under each installed backend.

    Args:
        preset: name of the network.
        input_size: side of the input in pixels, a multiple of 64.
        batch_size: number of synthetic pictures.

    Returns:
        Dict of preset, input_size, reference (the backend the others are
        compared with) and backends: for each a dict of

        - `raw`: largest difference of the raw head maps over their standard
          deviation,
        - `loss`: largest relative difference of the loss and its parts,
        - `poses`: number of poses kept by the reference,
        - `same_poses`: whether as many poses are kept in each picture, all
          within 0.01 pixels,
        - `poses_pixels`: largest difference of their boxes and keypoints,
          infinite where another number is kept,
        - `steps_loss`: largest relative difference of the losses of five
          SGD steps,
        - `steps_fall`: by which part of itself the loss fell in these steps,
        - `steps_weights`: largest difference of any weight after them,
          relative to the largest weight of its array or, if more, to 1,
        - `seconds`: of building, the first step, a later step, prediction.
    """
    find_preset(preset)
    check_image_size(input_size, input_size)
    backends = installed_backends()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        _write_inputs(folder, input_size, batch_size)
        probes = {}
        for backend in backends:
            make_weights = backend == backends[0]
            _run_probe(backend, folder, preset, input_size, make_weights)
            with np.load(folder / f"{backend}.npz") as results:
                probes[backend] = dict(results)
    reference = probes[backends[0]]
    return {
        "preset": preset,
        "input_size": input_size,
        "reference": backends[0],
        "backends": {
            backend: compare_probes(reference, probe)
            for backend, probe in probes.items()
        },
    }


def compare_probes(reference, probe):
    """Differences of one backend's results to another's, see above."""
    poses_pixels = pose_distance(_poses(reference), _poses(probe))
    return {
        "raw": _maximum(
            _largest(reference, probe, name) / float(reference[name].std())
            for name in _named(reference, "raw/")
        ),
        "loss": _maximum(
            _relative(reference, probe, name)
            for name in _named(reference, "loss/")
        ),
        "poses": int(reference["poses/count"].sum()),
        "same_poses": poses_pixels < 0.01,
        "poses_pixels": poses_pixels,
        "steps_loss": _relative(reference, probe, "training/losses"),
        "steps_fall": _fall(probe["training/losses"]),
        "steps_weights": _maximum(
            _largest(reference, probe, name)
            / max(float(np.abs(reference[name]).max()), 1.0)
            for name in _named(reference, "weights/")
        ),
        "seconds": {
            name.removeprefix("seconds/"): round(float(probe[name]), 3)
            for name in _named(probe, "seconds/")
        },
    }


def _poses(results):
    return {
        name.removeprefix("poses/"): results[name]
        for name in _named(results, "poses/")
    }


def _named(results, prefix):
    return [name for name in results if name.startswith(prefix)]


def _maximum(values):
    """The largest, or NaN where there is one, which `max` may pass over."""
    return float(np.max(list(values)))


def _largest(reference, probe, name):
    return float(np.abs(reference[name] - probe[name]).max())


def _relative(reference, probe, name):
    expected = reference[name]
    # A loss part of weight 0 is 0 on every backend.
    scale = np.maximum(np.abs(expected), TINY)
    return float((np.abs(expected - probe[name]) / scale).max())


def _fall(losses):
    return float(1 - losses[-1] / losses[0])


def _write_inputs(folder, input_size, batch_size):
    from keras_drsi.data.coco import read_coco
    from keras_drsi.data.pipeline import evaluation_batches
    from keras_drsi.data.synthetic import write_synthetic_people

    data = folder / "data"
    write_synthetic_people(data, 1, batch_size, input_size, seed=0)
    batches = evaluation_batches(read_coco(data, "val"), input_size, batch_size)
    images, targets = next(iter(batches))
    arrays = {name: values.numpy() for name, values in targets.items()}
    np.savez(folder / INPUTS, images=images.numpy(), **arrays)


def _run_probe(backend, folder, preset, input_size, make_weights):
    run_under(
        backend,
        "keras_drsi.evaluation.backend_probe",
        *("--folder", folder),
        *("--preset", preset),
        *("--input-size", input_size),
        *(["--make-weights"] if make_weights else []),
    )


def format_report(report):
    """The comparison as lines of text."""
    lines = [
        f"{report['preset']} at {report['input_size']} pixels, "
        f"differences to {report['reference']}",
        f"{'':<12}{'raw':>9}{'loss':>9}{'poses':>9}{'px':>9}"
        f"{'5 steps':>10}{'fall':>9}{'weights':>9}   "
        f"{'build':>7}{'1st step':>9}{'step':>8}{'predict':>9} s",
    ]
    for backend, result in report["backends"].items():
        seconds = result["seconds"]
        lines.append(
            f"{backend:<12}{result['raw']:>9.1e}{result['loss']:>9.1e}"
            f"{'same' if result['same_poses'] else 'DIFFER':>9}"
            f"{result['poses_pixels']:>9.1e}{result['steps_loss']:>10.1e}"
            f"{result['steps_fall']:>9.1e}"
            f"{result['steps_weights']:>9.1e}   {seconds['build']:>7.2f}"
            f"{seconds['first_step']:>9.2f}{seconds['step']:>8.2f}"
            f"{seconds['predict']:>9.2f}"
        )
    return "\n".join(lines)
