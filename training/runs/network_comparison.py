"""Comparison of networks trained with the same settings."""

import dataclasses
import json
import math
import pathlib
import statistics

from keras_drsi.errors import InputError
from keras_drsi.evaluation.curves import read_log
from keras_drsi.files.new_file import new_file, remove_unfinished
from keras_drsi.models.presets import closest_name
from training.runs.run_folder import (
    read_run,
    write_settings,
)
from training.runs.training_data import TrainingData

# Arguments that replace those of the preset (DRSI blocks with CBAM-PAN).
NETWORKS = {
    "drsi": {},
    "r_hor": {"block_type": "r_hor"},
    "hor": {"block_type": "hor"},
    "yolo_pose": {
        "block_type": "bottleneck",
        "neck_type": "pan",
        "head_type": "yolo_pose",
        "keypoint_depth": 6,
    },
}
RESULT = "result.json"
COLUMNS = ("AP", "AP50", "AR", "pose_skill", "box_AP", "matched_OKS")


def compare_networks(data, out, settings, steps, networks, seeds):
    """Trains each network with each seed, and evaluates it at the end.

    Completed runs in the folder are kept and interrupted ones resumed, so
    several processes with different seeds can share a folder.

    Args:
        data: path of a COCO directory, or `TrainingData`.
        out: path of the output folder, with a run in `NETWORK/seed-N` for each
            network and seed.
        settings: `TrainingSettings` of all runs.
        steps: integer, number of training steps, rounded up to whole epochs.
        networks: list of strings, names of `NETWORKS`.
        seeds: list of integers.

    Returns:
        Dict of all results in the folder, see `read_results`.

    Raises:
        InputError: if a network is unknown, or the folder contains a run with
            other settings.
    """
    from keras_drsi.data.pipeline import steps_per_epoch
    from training.runs.run_start import read_both

    data = TrainingData.of(data)
    for name in networks:
        if name not in NETWORKS:
            raise InputError(
                f"networks: expected some of {', '.join(NETWORKS)}, got "
                f"{name!r}{closest_name(name, NETWORKS)}."
            )
    train_poses, val_poses = read_both(data)
    epochs = math.ceil(
        steps / steps_per_epoch(train_poses, settings.batch_size)
    )
    out = pathlib.Path(out)
    for seed in seeds:
        for name in networks:
            folder = out / name / f"seed-{seed}"
            of_this = dataclasses.replace(
                settings,
                network={**settings.network, **NETWORKS[name]},
                epochs=epochs,
                evaluate_every=epochs,
                seed=seed,
            )
            _train_once(train_poses, val_poses, of_this, data, folder)
    return read_results(out)


def _train_once(train_poses, val_poses, settings, data, folder):
    from training.runs.train import train

    if (folder / "settings.json").exists():
        _check_same(folder, read_run(folder), settings, data)
        remove_unfinished(folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_settings(settings, train_poses.schema, data, folder)
    if (folder / RESULT).exists():
        return
    print(f"{folder}: training", flush=True)
    model = train(train_poses, val_poses, settings, folder)
    result = {"parameters": model.count_params(), **_last_evaluation(folder)}
    with new_file(folder / RESULT) as unfinished:
        unfinished.write_text(json.dumps(result, indent=2) + "\n")


def _last_evaluation(folder):
    """The metrics in the last row of the log of a run."""
    return {
        name.removeprefix("val_"): values[-1]
        for name, values in read_log(folder / "log.csv").items()
        if name.startswith("val_")
    }


def _check_same(folder, former, settings, data):
    before = _as_json(former.settings, former.data)
    now = _as_json(settings, data)
    for name, value in now.items():
        if value != before[name]:
            raise InputError(
                f"{name}: expected {before[name]}, as in {folder}, got "
                f"{value}. Choose another output folder for other settings."
            )


def _as_json(settings, data):
    """The settings as read back from JSON, where tuples are lists."""
    record = {"data": dataclasses.asdict(data), **dataclasses.asdict(settings)}
    return json.loads(json.dumps(record))


def read_results(out):
    """Reads the results in the output folder of `compare_networks`.

    Args:
        out: path of the folder.

    Returns:
        Dict of network names to lists of dicts, one per seed: the metrics that
        `EvaluateAP` logs and the number of `parameters`.
    """
    results = {}
    for name in NETWORKS:
        files = sorted(pathlib.Path(out).glob(f"{name}/seed-*/{RESULT}"))
        if files:
            results[name] = [json.loads(file.read_text()) for file in files]
    return results


def comparison_table(results):
    """Formats the mean and standard deviation over the seeds as a table."""
    head = f"{'network':<12}{'parameters':>12}{'seeds':>7}"
    lines = [head + "".join(f"{name:>18}" for name in COLUMNS)]
    for name, runs in results.items():
        line = f"{name:<12}{runs[0]['parameters']:>12,}{len(runs):>7}"
        for column in COLUMNS:
            if not all(column in run for run in runs):
                # A run of an earlier version logged less.
                line += f"{'none':>18}"
                continue
            values = [run[column] for run in runs]
            deviation = statistics.stdev(values) if len(values) > 1 else 0.0
            mean = statistics.mean(values)
            line += f"{f'{mean:.4f} +- {deviation:.4f}':>18}"
        lines.append(line)
    return "\n".join(lines)
