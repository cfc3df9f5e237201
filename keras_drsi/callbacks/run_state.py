"""All that a run needs to go on after an interruption."""

import hashlib
import json
import pathlib
import shutil
import tempfile

import keras

from keras_drsi.checkpoints.soundness import first_not_finite
from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json
from keras_drsi.files.new_file import UNFINISHED, flush, remove_unfinished


class RunState(keras.callbacks.Callback):
    """Writes the state of a run after every epoch, and brings it back.

    A state is a folder `epoch-0007` with the weights and the optimizer's
    variables, the averaged weights, and what callbacks have to remember. It
    is written under another name first, so that a folder of that name is
    complete, whenever the process was killed; what was unfinished then is
    removed when the run goes on. A state with a number that is not finite is
    never written. The newest two are kept, and a run goes on from the older
    one if a disk has damaged the other.

    Stands last in the list of callbacks: what the others do in an epoch then
    either belongs to a written state or is done again.

    Args:
        folder: where the states go; made if missing.
        callbacks: dict of names and callbacks with `get_state` and
            `set_state`.
        average: `WeightAverage`, or None.

    Example:

    >>> from keras_drsi.data import training_batches
    >>> state = RunState("state", {})
    >>> model.fit(
    ...     training_batches(poses, 64, 2, seed=0, first_epoch=state.epochs()),
    ...     steps_per_epoch=2,
    ...     initial_epoch=state.epochs(),  # 0 if there is no state yet
    ...     epochs=1,
    ...     callbacks=[state],
    ... )
    """

    KEPT = 2

    def __init__(self, folder, callbacks, average=None):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.average = average
        self.callbacks = dict(callbacks)
        if average is not None:
            self.callbacks["average"] = average

    def epochs(self):
        """Number of epochs in the newest state that is whole; 0 without any.

        Raises:
            InputError: if there are states, and all of them are damaged.
        """
        state = self._newest()
        return _number(state) if state else 0

    def faults(self):
        """What is wrong with newer states than that, a line for each."""
        faults = []
        for state in reversed(self._states()):
            fault = _fault(state)
            if not fault:
                break
            faults.append(fault)
        return faults

    def _newest(self):
        states, faults = self._states(), self.faults()
        if states and len(faults) == len(states):
            raise InputError(f"{faults[0]} There is no other state.")
        return states[-1 - len(faults)] if states else None

    def on_train_begin(self, logs=None):
        remove_unfinished(self.folder)
        state = self._newest()
        if state:
            self._restore(state)

    def on_epoch_end(self, epoch, logs=None):
        spoilt = first_not_finite(self._numbers())
        if spoilt:
            raise InputError(
                f"epoch {epoch + 1}: {spoilt} is not finite; the last good "
                f"state is {self.last_good()}."
            )
        name = f"epoch-{epoch + 1:04d}"
        try:
            self._keep(name, epoch + 1)
        except OSError as error:
            raise InputError(
                f"{self.folder / name}: cannot be written: "
                f"{error.strerror or error}; the last good state is "
                f"{self.last_good()}."
            ) from error

    def _keep(self, name, epochs):
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=UNFINISHED, dir=self.folder
        ) as unfinished:
            state = pathlib.Path(unfinished) / name
            state.mkdir()
            self._write(state, epochs)
            flush(state)
            complete = self.folder / name
            # Damaged, or left by a longer run that this one repeats.
            if complete.exists():
                shutil.rmtree(complete)
            state.rename(complete)
        for old in self._states()[: -self.KEPT]:
            shutil.rmtree(old)

    def _numbers(self):
        """Every variable that a state holds."""
        average = self.average and self.average.network
        return (
            *self.model.weights,
            *(self.model.optimizer.variables if self.model.optimizer else ()),
            *(average.weights if average else ()),
        )

    def last_good(self):
        """Path of the newest state's weights, or a word that there are none."""
        state = self._newest()
        return state / "training.weights.h5" if state else "none yet"

    def _states(self):
        return sorted(self.folder.glob("epoch-[0-9]*"), key=_number)

    def _write(self, folder, epochs):
        self.model.save_weights(folder / "training.weights.h5")
        if self.average is not None:
            self.average.network.save_weights(folder / "average.weights.h5")
        state = {
            "epochs": epochs,
            "sha256": {path.name: _digest(path) for path in folder.iterdir()},
            "iterations": _iterations(self.model.optimizer),
            "callbacks": {
                name: callback.get_state()
                for name, callback in self.callbacks.items()
            },
        }
        (folder / "state.json").write_text(json.dumps(state, indent=2))

    def _restore(self, folder):
        state = read_json(folder / "state.json")
        optimizer = self.model.optimizer
        # Nothing is loaded into variables that do not exist yet; a second
        # build would make others beside them.
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        self.model.load_weights(folder / "training.weights.h5")
        iterations = _iterations(optimizer)
        # Keras only warns where the optimizer is another one.
        if iterations != state["iterations"]:
            raise InputError(
                f"{folder}: expected an optimizer after "
                f"{state['iterations']} steps, got {iterations}."
            )
        if self.average is not None:
            self.average.network.load_weights(folder / "average.weights.h5")
        for name, callback in self.callbacks.items():
            callback.set_state(state["callbacks"][name])


def _fault(state):
    """What is wrong with a state's files, in a line; None for nothing."""
    try:
        for name, digest in read_json(state / "state.json")["sha256"].items():
            if _digest(state / name) != digest:
                return f"{state / name}: is not as it was written."
    except InputError as error:
        return str(error)
    except (AttributeError, KeyError, TypeError):
        return f"{state / 'state.json'}: expected the state of a run."
    except OSError as error:
        return f"{error.filename}: cannot be read: {error.strerror}."
    return None


def _digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _iterations(optimizer):
    # Of a variable on several devices, `int` makes nothing.
    return int(keras.ops.convert_to_numpy(optimizer.iterations))


def _number(folder):
    return int(folder.name.removeprefix("epoch-"))
