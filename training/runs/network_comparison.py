"""Networks trained alike, compared by their AP."""

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

# What differs from the recipe's preset, which has DRSI blocks with CBAM-PAN.
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
COLUMNS = ("AP", "AP50", "AR")


def compare_networks(data, out, settings, steps, networks, seeds):
    """Trains each network with each seed and evaluates it at the end.

    What was trained by an earlier call into the same folder stays, and what
    was interrupted goes on; so several processes can share the work, each
    with seeds of its own.

    Args:
        data: path of a directory in COCO's layout, or `TrainingData`.
        out: path of the folder, with a run in `NETWORK/seed-N` for each.
        settings: `TrainingSettings` of all.
        steps: number of training steps, rounded up to whole epochs.
        networks: names, of `NETWORKS`.
        seeds: integers.

    Returns:
        The results in the folder, see `read_results`.

    Raises:
        InputError: for an unknown name, or if the folder has runs of other
            settings.
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
    """The ten numbers in the last row of a run's log."""
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
                f"{name}: the run in {folder} has {before[name]}, got {value}; "
                "name another output folder."
            )


def _as_json(settings, data):
    """As it is read back from a file: tuples are lists."""
    record = {"data": dataclasses.asdict(data), **dataclasses.asdict(settings)}
    return json.loads(json.dumps(record))


def read_results(out):
    """The results in a folder of `compare_networks`.

    Returns:
        dict of names of networks, each a list of dicts: the ten numbers of
        COCO's keypoint evaluation and `parameters`, a seed each.
    """
    results = {}
    for name in NETWORKS:
        files = sorted(pathlib.Path(out).glob(f"{name}/seed-*/{RESULT}"))
        if files:
            results[name] = [json.loads(file.read_text()) for file in files]
    return results


def comparison_table(results):
    """Mean and standard deviation over the seeds, as a table of text."""
    head = f"{'network':<12}{'parameters':>12}{'seeds':>7}"
    lines = [head + "".join(f"{name:>18}" for name in COLUMNS)]
    for name, runs in results.items():
        line = f"{name:<12}{runs[0]['parameters']:>12,}{len(runs):>7}"
        for column in COLUMNS:
            values = [run[column] for run in runs]
            deviation = statistics.stdev(values) if len(values) > 1 else 0.0
            mean = statistics.mean(values)
            line += f"{f'{mean:.4f} +- {deviation:.4f}':>18}"
        lines.append(line)
    return "\n".join(lines)
