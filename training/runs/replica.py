"""An additional process of PyTorch training, started by `devices`.

    python -m training.runs.replica RUN MEETING NUMBER COUNT

It trains on its share of every batch, and leaves everything else to the first
process.
"""

import argparse
import pathlib
import signal

from keras_drsi.data.share import Share
from training.command_line import run


def take_part(folder, store, share):
    """Trains together with the first process until the end of the run.

    Args:
        folder: `pathlib.Path` of the run, with its settings and network.
        store: `torch.distributed.Store` of the process group.
        share: `Share` of this process.
    """
    import keras

    from keras_drsi.callbacks import RunState, SameStart
    from training.runs.devices import join
    from training.runs.fit import compile_network, fit_network
    from training.runs.run_folder import read_run

    begun = read_run(folder)
    settings = begun.settings
    poses = begun.data.in_folder(folder).read_train(begun.schema)
    store.set(f"ready-{share.number}", "")
    join(store, share)
    config = (folder / "network.json").read_text()
    network = keras.models.model_from_json(config)
    model = compile_network(network, poses, settings)
    done = RunState(folder / "state", {}).epochs()
    fit_network(model, poses, settings, done, share, [SameStart()])


def main(argv=None):
    # Ctrl-C is handled by the first process, which terminates this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parser = argparse.ArgumentParser(
        prog="python -m training.runs.replica",
        description="A further process of a PyTorch training. "
        "drsi train --devices N starts it.",
    )
    parser.add_argument("run", type=pathlib.Path, help="folder of the run")
    parser.add_argument("meeting", help="file by which the processes meet")
    parser.add_argument("number", type=int, help="of the process, from 1")
    parser.add_argument("count", type=int, help="of all processes")
    args = parser.parse_args(argv)
    import torch

    store = torch.distributed.FileStore(args.meeting, args.count)
    take_part(args.run, store, Share(args.number, args.count))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    run(main)
