"""The logs of the epochs as a CSV file that survives an interruption."""

import csv
import pathlib

import keras

from keras_drsi.files.new_file import new_file


class RunLog(keras.callbacks.Callback):
    """Writes the logs of every epoch to a CSV file, a row each.

    Columns are the names in the first epoch's logs, in alphabetical order;
    what a later epoch does not have is NA. A run that starts at a later epoch
    keeps the rows before it and replaces those from there on, where Keras'
    `CSVLogger` would leave some of them twice. The file is complete at any
    moment.

    Args:
        path: path of the CSV file.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        rows = self._rows_before(epoch)
        columns = list(rows[0]) if rows else ["epoch", *sorted(logs)]
        rows.append({"epoch": epoch, **logs})
        with (
            new_file(self.path) as unfinished,
            unfinished.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(
                file, columns, restval="NA", extrasaction="ignore"
            )
            writer.writeheader()
            writer.writerows(rows)

    def _rows_before(self, epoch):
        if epoch == 0 or not self.path.exists():
            return []
        with self.path.open(newline="", encoding="utf-8") as file:
            return [r for r in csv.DictReader(file) if int(r["epoch"]) < epoch]
