"""`train --resume`, on a run of two epochs that was stopped in the second."""

import json
import shutil

import keras
import numpy as np
import pytest

from keras_drsi.callbacks import RunState
from keras_drsi.errors import InputError
from training.commands import train as command

SETTINGS = {
    "input_size": 64,
    "epochs": 2,
    "batch_size": 2,
    "seed": 3,
    "optimizer": "sgd",  # traced sooner than adamw
    "nominal_batch": 6,  # three batches of the two in each epoch
    "average_decay": 0.9,
    "average_ramp": 1.0,
}


class Interrupt(keras.callbacks.Callback):
    """Stops the run before a step of the second epoch."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_begin(self, batch, logs=None):
        if self.epoch == 1 and batch == self.step:
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


def weights(run):
    return keras.saving.load_model(run / "last.keras").get_weights()


@pytest.fixture(scope="module")
def begin(train_and_val, tiny_network, tmp_path_factory):
    """Function that begins a run; gives its folder and the exit code."""
    recipe = tmp_path_factory.mktemp("recipe") / "recipe.json"
    recipe.write_text(json.dumps({**SETTINGS, "network": tiny_network}))

    def begin_run(name, *options):
        out = tmp_path_factory.mktemp(name) / "run"
        where = ["--data", str(train_and_val), "--out", str(out)]
        return out, command.main([*where, "--recipe", str(recipe), *options])

    return begin_run


@pytest.fixture(scope="module")
def whole(begin):
    out, code = begin("whole", "--tensorboard", "--samples-every", "2")
    assert code == 0
    return out


@pytest.fixture(scope="module")
def stopped(begin):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "_watching", lambda *args: [Interrupt(step=1)])
        out, code = begin("stopped")
    assert code == 130
    return out


def test_ctrl_c_says_how_to_go_on(begin, monkeypatch, capsys):
    def train(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("training.runs.train.train", train)
    out, code = begin("interrupted")
    assert code == 130
    assert capsys.readouterr().err.endswith(f"drsi train --resume {out}\n")


def test_ends_like_the_uninterrupted_run(whole, stopped, tmp_path, capsys):
    run = shutil.copytree(stopped, tmp_path / "run")
    assert RunState(run / "state", {}).epochs() == 1
    command.main(["--resume", str(run)])
    assert "going on after epoch 1 of 2" in capsys.readouterr().out
    for actual, expected in zip(weights(run), weights(whole)):
        np.testing.assert_allclose(actual, expected, atol=1e-6)
    for name in ("log.csv", "settings.json", "network.json"):
        assert len((run / name).read_text().splitlines()) == len(
            (whole / name).read_text().splitlines()
        )


def test_what_looks_on_leaves_its_files(whole):
    assert list((whole / "tensorboard" / "train").glob("events.*"))
    assert [x.name for x in (whole / "samples").iterdir()] == ["epoch-0002.png"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--batch-size", "1"], "batch_size: the run in .* has 2, got 1"),
        (["--preset", "drsi_net_s"], "preset: the run in .*drsi_net_n"),
        (["--epochs", "1"], "epochs: the run in .* has 2, got 1"),
    ],
)
def test_a_changed_setting_is_refused(arguments, message, stopped):
    before = (stopped / "settings.json").read_text()
    with pytest.raises(InputError, match=message):
        command.main(["--resume", str(stopped), *arguments])
    assert (stopped / "settings.json").read_text() == before


def test_a_finished_run_needs_more_epochs(whole, tmp_path):
    with pytest.raises(InputError, match="all 2 epochs are done; --epochs"):
        command.main(["--resume", str(whole)])
    run = shutil.copytree(whole, tmp_path / "run")
    command.main(["--resume", str(run), "--epochs", "3"])
    record = json.loads((run / "settings.json").read_text())
    assert record["settings"]["epochs"] == 3
    # What looked on before goes on, too.
    assert len(list((run / "tensorboard" / "train").glob("events.*"))) == 2
    for former, now in zip(
        keras.saving.load_model(run / "last-0002.keras").get_weights(),
        weights(whole),
    ):
        np.testing.assert_array_equal(former, now)
    assert (run / "last.keras").exists()
    assert len((run / "log.csv").read_text().splitlines()) == 1 + 3


def test_killed_before_the_last_file(whole, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run")
    (run / "last.keras").unlink()
    command.main(["--resume", str(run)])
    for actual, expected in zip(weights(run), weights(whole)):
        np.testing.assert_array_equal(actual, expected)


def test_another_backend_is_said(stopped, tmp_path, monkeypatch, capsys):
    def train(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("training.runs.train.train", train)
    run = shutil.copytree(stopped, tmp_path / "run")
    command.main(["--resume", str(run)])
    assert "begun on" not in capsys.readouterr().out
    record = json.loads((run / "settings.json").read_text())
    record["backend"] = "theano"
    (run / "settings.json").write_text(json.dumps(record))
    command.main(["--resume", str(run)])
    assert "begun on theano, going on on tensorflow" in capsys.readouterr().out


def test_weights_it_started_from_may_be_gone(stopped, tmp_path, monkeypatch):
    def train(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("training.runs.train.train", train)
    run = shutil.copytree(stopped, tmp_path / "run")
    record = json.loads((run / "settings.json").read_text())
    record["settings"]["initial_weights"] = "gone.keras"
    (run / "settings.json").write_text(json.dumps(record))
    assert command.main(["--resume", str(run)]) == 130


def test_a_damaged_state_is_said(stopped, tmp_path, monkeypatch, capsys):
    run = shutil.copytree(stopped, tmp_path / "run")
    shutil.copytree(run / "state" / "epoch-0001", run / "state" / "epoch-0002")
    (run / "state" / "epoch-0002" / "training.weights.h5").write_bytes(b"")

    def train(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("training.runs.train.train", train)
    command.main(["--resume", str(run)])
    printed = capsys.readouterr().out
    assert "epoch-0002/training.weights.h5: is not as it was" in printed
    assert "going on after epoch 1 of 2" in printed


def test_interrupted_while_pictures_are_written(tmp_path, monkeypatch):
    def people(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "keras_drsi.data.synthetic.write_synthetic_people", people
    )
    out = str(tmp_path / "run")
    for arguments in (["--data", "synthetic", "--out", out], ["--resume", out]):
        with pytest.raises(KeyboardInterrupt):
            command.main(arguments)


def test_a_start_at_fault_leaves_nothing(train_and_val, tmp_path):
    for options, message in (
        (
            ["--initial-weights", "gone.keras"],
            "gone.keras: expected a weights file, found none",
        ),
        (["--seed", "5000000000"], "seed: expected less than 2"),
    ):
        out = tmp_path / "run"
        with pytest.raises(InputError, match=message):
            command.main(
                ["--data", str(train_and_val), "--out", str(out), *options]
            )
        assert not out.exists()


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("schema.json", "5", "schema.json: expected the keypoints of a run"),
        ("schema.json", "{}", "schema.json: expected the keypoints of a run"),
        ("settings.json", '{"settings": {}}', "data: expected the path"),
    ],
)
def test_files_of_a_run_at_fault(name, content, message, stopped, tmp_path):
    run = shutil.copytree(stopped, tmp_path / "run")
    (run / name).write_text(content)
    with pytest.raises(InputError, match=message):
        command.main(["--resume", str(run)])


@pytest.mark.parametrize("content", ["[]", "{}", '{"settings": {"a": 1}}'])
def test_settings_at_fault(content, tmp_path):
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(InputError, match="settings.json: "):
        command.main(["--resume", str(tmp_path)])


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(InputError, match="settings.json: expected a readable"):
        command.main(["--resume", str(tmp_path)])


@pytest.mark.parametrize(
    "arguments", [["--data", "a"], ["--resume", "a", "--data", "b"], []]
)
def test_either_a_new_run_or_an_old_one(arguments, capsys):
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert "--resume" in capsys.readouterr().err
