"""Subprocess that times the tasks of one network under one backend.

`python -m benchmarks model` starts one process for each backend and one for
the reference in plain PyTorch, and lets them take turns:

    python -m benchmarks.timing_worker --preset P [--kind K] [--precision D]

The process prints `"ready"`. Then it reads a JSON list from each line of
stdin, a task and its arguments, and prints the seconds that the task took for
`BATCHES` batches, or null if this kind of network does not support it.
"""

import argparse
import json
import sys

import keras

from benchmarks.timed_networks import KINDS
from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timing_worker")
    parser.add_argument("--preset", required=True)
    parser.add_argument("--kind", choices=KINDS, default="keras")
    parser.add_argument("--precision", default="float32")
    args = parser.parse_args(argv)
    # Seeding imports TensorFlow, which must not be timed.
    keras.utils.set_random_seed(0)
    network = KINDS[args.kind](args.preset, args.precision)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        task, *sizes = json.loads(line)
        print(json.dumps(getattr(network, task)(*sizes)), flush=True)


if __name__ == "__main__":
    run(main)
