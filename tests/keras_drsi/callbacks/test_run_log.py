import csv

from keras_drsi.callbacks import RunLog


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_for_every_epoch(tmp_path):
    log = RunLog(tmp_path / "log.csv")
    log.on_epoch_end(0, {"loss": 2.5, "val_AP": 0.1})
    log.on_epoch_end(1, {"loss": 1.5, "later": 1.0})
    assert rows(log.path) == [
        {"epoch": "0", "loss": "2.5", "val_AP": "0.1"},
        {"epoch": "1", "loss": "1.5", "val_AP": "NA"},
    ]


def test_a_repeated_epoch_stands_there_once(tmp_path):
    log = RunLog(tmp_path / "log.csv")
    for epoch in range(3):
        log.on_epoch_end(epoch, {"loss": float(epoch)})
    again = RunLog(tmp_path / "log.csv")
    again.on_epoch_end(1, {"loss": 7.0})
    assert [row["loss"] for row in rows(log.path)] == ["0.0", "7.0"]


def test_a_new_run_starts_a_new_log(tmp_path):
    log = RunLog(tmp_path / "log.csv")
    log.on_epoch_end(0, {"loss": 1.0})
    log.on_epoch_end(0, {"other": 2.0})
    assert rows(log.path) == [{"epoch": "0", "other": "2.0"}]
