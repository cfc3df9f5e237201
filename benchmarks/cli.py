"""Times parts of the product.

python -m benchmarks data --data DIR
python -m benchmarks model --preset drsi_net_s
python -m benchmarks video --weights my.keras
"""

import argparse
import contextlib
import datetime
import importlib.metadata
import json
import os
import pathlib
import sys
import tempfile

from benchmarks.data import repeated, time_pipeline
from keras_drsi.data.coco import SPLITS, read_coco
from keras_drsi.errors import InputError
from keras_drsi.models.csdr_net import check_image_size

TIMED_PACKAGES = "keras", "tensorflow", "jax", "torch", "onnxruntime"


def main(argv=None):
    args = _arguments(argv)
    {
        "data": _benchmark_data,
        "model": _benchmark_model,
        "memory": _benchmark_memory,
        "video": _benchmark_video,
    }[args.part](args)


def _benchmark_model(args):
    from benchmarks.model import time_model, timed_tasks, timing_table

    check_image_size(args.input_size, args.input_size)
    timings = time_model(
        args.preset,
        args.rounds,
        timed_tasks(args.input_size, args.batch_size),
        precision=args.precision,
    )
    if args.json:
        print(json.dumps(timings, indent=1))
        return
    print(
        f"{args.preset} in {args.precision}, medians of {args.rounds}, "
        f"{os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}, {datetime.date.today()}\n"
        f"{installed_versions()}"
    )
    print(timing_table(timings))


def installed_versions():
    """Formats the installed versions of the packages that are timed."""
    versions = []
    for package in TIMED_PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{package} {importlib.metadata.version(package)}")
    return ", ".join(versions)


def _benchmark_memory(args):
    from benchmarks.memory import measure_memory, memory_table

    measured = measure_memory(args.preset, args.input_size, args.batch_size)
    if args.json:
        print(json.dumps(measured, indent=1))
        return
    print(
        f"{args.preset}, a training step of {args.batch_size} images at "
        f"{args.input_size}"
    )
    print(memory_table(measured))


def _benchmark_video(args):
    from benchmarks.video import time_video, video_table, write_clip
    from keras_drsi.checkpoints import load_trained_model
    from keras_drsi.inference import PosePredictor

    predictor = PosePredictor(
        load_trained_model(args.weights, args.preset, args.input_size),
        batch_size=args.batch_size,
    )
    with tempfile.TemporaryDirectory() as folder:
        clip = args.source
        if clip is None:
            clip = pathlib.Path(folder) / "people.mp4"
            write_clip(clip, args.frames)
        timings = time_video(predictor, clip, args.frames)
    if args.json:
        print(json.dumps(timings, indent=1))
        return
    print(
        f"{timings['frames']} frames, {timings['persons']:.1f} persons in "
        f"each, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(video_table(timings))


def _benchmark_data(args):
    poses = read_coco(args.data, args.split)
    print(poses.report, file=sys.stderr)
    if args.images:
        poses = repeated(poses, args.images)
    seconds = None if args.images else args.seconds
    rows = [
        time_pipeline(poses, size, args.batch_size, seconds)
        for size in args.input_size
    ]
    if args.json:
        print(json.dumps(rows, indent=1))
        return
    print(
        f"{len(poses)} images of {args.data}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}"
    )
    print(f"{'input':>6}{'images/s':>10}{'images':>9}  MiB after each quarter")
    for row in rows:
        print(
            f"{row['input_size']:>6}{row['images_per_second']:>10.1f}"
            f"{row['images']:>9}  "
            + "".join(f"{mib:>6.0f}" for mib in row["mib"])
        )


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time parts of the product.",
    )
    parts = parser.add_subparsers(dest="part", required=True)
    data = parts.add_parser(
        "data",
        help="images/s of the training pipeline, and its memory",
        description="Time the training pipeline with full augmentation, and "
        "watch its memory.",
    )
    data.add_argument(
        "--data",
        required=True,
        metavar="DIR",
        help="a directory in COCO's layout",
    )
    data.add_argument("--split", default="train", choices=SPLITS)
    data.add_argument(
        "--input-size",
        type=int,
        nargs="+",
        default=[320, 640],
        metavar="S",
        help="input sizes in pixels (default 320 640)",
    )
    data.add_argument(
        "--batch-size",
        type=int,
        default=16,
        metavar="B",
        help="default %(default)s",
    )
    length = data.add_mutually_exclusive_group()
    length.add_argument(
        "--seconds",
        type=float,
        default=20,
        metavar="T",
        help="how long to measure each size (default 20)",
    )
    length.add_argument(
        "--images",
        type=int,
        metavar="N",
        help="measure one epoch of N images instead, repeating those of the "
        "directory; COCO has 118287",
    )
    data.add_argument("--json", action="store_true", help="print JSON")
    model = parts.add_parser(
        "model",
        help="a network under every backend beside hand-written PyTorch",
        description="Time building, forward pass, decoding and training step "
        "under every installed backend, in turns with the same network in "
        "plain PyTorch (benchmarks/torch_drsi_net.py).",
    )
    model.add_argument(
        "--preset",
        default="drsi_net_s",
        metavar="P",
        help="default %(default)s",
    )
    model.add_argument(
        "--rounds",
        type=int,
        default=7,
        metavar="N",
        help="how often each takes its turn (default %(default)s)",
    )
    model.add_argument(
        "--precision",
        default="float32",
        choices=("float32", "mixed_bfloat16"),
        help="of all networks (default %(default)s)",
    )
    model.add_argument(
        "--input-size",
        type=int,
        default=320,
        metavar="S",
        help="of the training step (default %(default)s)",
    )
    model.add_argument(
        "--batch-size",
        type=int,
        default=4,
        metavar="B",
        help="of the training step (default %(default)s)",
    )
    model.add_argument("--json", action="store_true", help="print JSON")
    memory = parts.add_parser(
        "memory",
        help="a training step's memory beside hand-written PyTorch's",
        description="Measure the peak memory of a training step under every "
        "installed backend, with and without remat, and in plain PyTorch.",
    )
    memory.add_argument(
        "--preset",
        default="drsi_net_s",
        metavar="P",
        help="default %(default)s",
    )
    memory.add_argument(
        "--input-size",
        type=int,
        default=640,
        metavar="S",
        help="default %(default)s",
    )
    memory.add_argument(
        "--batch-size",
        type=int,
        default=4,
        metavar="B",
        help="default %(default)s",
    )
    memory.add_argument("--json", action="store_true", help="print JSON")
    video = parts.add_parser(
        "video",
        help="frames/s of a video: decode, network, draw, encode",
        description="Time each part of what drsi predict does with a "
        "video, and all of it together.",
    )
    video.add_argument(
        "--weights",
        required=True,
        help=".keras, .weights.h5 or YOLO-Pose file",
    )
    video.add_argument("--preset", help="what a .weights.h5 file belongs to")
    video.add_argument("--input-size", type=int, metavar="S")
    video.add_argument(
        "--source", help="video; by default one of synthetic people is made"
    )
    video.add_argument(
        "--frames",
        type=int,
        default=100,
        metavar="N",
        help="length of the video (default %(default)s)",
    )
    video.add_argument(
        "--batch-size",
        type=int,
        default=1,
        metavar="B",
        help="default %(default)s",
    )
    video.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(argv)
    for name in ("seconds", "images", "rounds", "frames", "batch_size"):
        value = getattr(args, name, None)
        if value is not None and value <= 0:
            option = name.replace("_", "-")
            raise InputError(f"--{option}: expected > 0, got {value}.")
    return args
