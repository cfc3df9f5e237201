"""All that a run needs to go on after an interruption."""

import json
import pathlib
import shutil
import tempfile

import keras

from keras_drsi.errors import InputError
from keras_drsi.json_file import read_json
from training.callbacks.finite_weights import first_not_finite
from training.new_file import UNFINISHED, remove_unfinished


class RunState(keras.callbacks.Callback):
    """Writes the state of a run after every epoch, and brings it back.

    A state is a folder `epoch-0007` with the weights and the optimizer's
    variables, the averaged weights, and what callbacks have to remember. It
    is written under another name first, so that a folder of that name is
    complete, whenever the process was killed; what was unfinished then is
    removed when the run goes on. A state with a number that is
    not finite is never written. The newest two are kept.

    Stands last in the list of callbacks: what the others do in an epoch then
    either belongs to a written state or is done again.

    Args:
        folder: where the states go; made if missing.
        callbacks: dict of names and callbacks with `get_state` and
            `set_state`.
        average: `WeightAverage`, or None.

    Example:

    >>> best = SaveBest("best.keras")
    >>> state = RunState("state", {"best": best})
    >>> model.fit(
    ...     training_batches(poses, 640, 8, seed, first_epoch=state.epochs()),
    ...     initial_epoch=state.epochs(),  # 0 if there is no state yet
    ...     epochs=300,
    ...     callbacks=[EvaluateAP(...), best, state],
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
        """Number of epochs in the newest state; 0 without any."""
        states = self._states()
        return _number(states[-1]) if states else 0

    def on_train_begin(self, logs=None):
        remove_unfinished(self.folder)
        states = self._states()
        if states:
            self._restore(states[-1])

    def on_epoch_end(self, epoch, logs=None):
        spoilt = first_not_finite(self._numbers())
        if spoilt:
            raise InputError(
                f"epoch {epoch + 1}: {spoilt} is not finite; the last good "
                f"state is {self.last_good()}."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=UNFINISHED, dir=self.folder
        ) as unfinished:
            state = pathlib.Path(unfinished) / f"epoch-{epoch + 1:04d}"
            state.mkdir()
            self._write(state, epoch + 1)
            complete = self.folder / state.name
            # Left by a longer run that this one repeats.
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
        states = self._states()
        return states[-1] / "training.weights.h5" if states else "none yet"

    def _states(self):
        return sorted(self.folder.glob("epoch-[0-9]*"), key=_number)

    def _write(self, folder, epochs):
        self.model.save_weights(folder / "training.weights.h5")
        if self.average is not None:
            self.average.network.save_weights(folder / "average.weights.h5")
        state = {
            "epochs": epochs,
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


def _iterations(optimizer):
    # Of a variable on several devices, `int` makes nothing.
    return int(keras.ops.convert_to_numpy(optimizer.iterations))


def _number(folder):
    return int(folder.name.removeprefix("epoch-"))
