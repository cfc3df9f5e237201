"""Draws the learning curves of a run from its CSV log."""

import csv
import math

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import new_file

# Column of the log -> label and colour.
LOSSES = {
    "loss": ("total (summed over the batch)", "#222222"),
    "val_loss": ("total, validation", "#888888"),
    "box_loss": ("box", "#2e86de"),
    "objectness_loss": ("objectness", "#e67e22"),
    "oks_loss": ("OKS", "#27ae60"),
    "keypoint_confidence_loss": ("keypoint confidence", "#8e44ad"),
}
SCORES = {
    "val_AP50": ("AP50", "#7fb3e6"),
    "val_AP75": ("AP75", "#e6a65c"),
    "val_AP": ("AP", "#222222"),
    "val_AP_M": ("AP medium", "#9ad0ad"),
    "val_AP_L": ("AP large", "#c39bd3"),
    "val_mean_pose_AP": ("AP of the mean pose", "#b0b0b0"),
}
MATCHED = {
    "val_matched_OKS": ("OKS", "#27ae60"),
    "val_matched_OKS_mean_pose": ("OKS of the mean pose", "#9ad0ad"),
    "val_matched_PCK": ("PCK at 0.2 of the torso", "#8e44ad"),
    "val_matched_PCK_mean_pose": ("PCK of the mean pose", "#c39bd3"),
    "val_box_AP": ("box AP", "#2e86de"),
    "val_box_AP50": ("box AP50", "#7fb3e6"),
}


def draw_curves(log, picture):
    """Draws losses, AP, and what explains it, over the epochs.

    Args:
        log: path of a file written by `keras.callbacks.CSVLogger`.
        picture: path of the PNG to write.

    Raises:
        InputError: if the log is missing or has no epoch.
        ImportError: if matplotlib is not installed.
    """
    columns = read_log(log)
    try:
        # Not pyplot: its state is global, and a window may be asked for.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "learning curves need matplotlib: pip install matplotlib"
        ) from error
    figure = Figure(figsize=(16, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    losses, scores, matched = figure.subplots(1, 3)
    _draw(losses, columns, LOSSES, "Loss")
    if any(line.get_ydata().min() > 0 for line in losses.lines):
        losses.set_yscale("log")
    _draw(scores, columns, SCORES, "OKS average precision, validation")
    _draw(matched, columns, MATCHED, "Persons matched at a box IoU of 0.5")
    for axes in (scores, matched):
        axes.set_ylim(0, 1)
    with new_file(picture) as unfinished:
        figure.savefig(unfinished, dpi=130, facecolor="white")


def read_log(log):
    """Reads a log of `keras.callbacks.CSVLogger`.

    Args:
        log: path of the file.

    Returns:
        dict from column to a list of floats, one for each epoch; NaN where
        the log has none.
    """
    try:
        with open(log, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InputError(
            f"{log}: expected a CSV log, got: {error.strerror}."
        ) from error
    if not rows or "epoch" not in rows[0]:
        raise InputError(
            f"{log}: expected a CSV log with a column 'epoch' and at least "
            "one epoch, got none."
        )
    return {name: [_number(row[name]) for row in rows] for name in rows[0]}


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


def _draw(axes, columns, style, title):
    for name, (label, color) in style.items():
        points = [
            (epoch + 1, value)
            for epoch, value in zip(columns["epoch"], columns.get(name, ()))
            # -1 stands for a size that the data does not have.
            if math.isfinite(value) and value >= 0
        ]
        if points:
            main = name in ("loss", "val_AP")
            axes.plot(
                *zip(*points),
                label=label,
                color=color,
                linewidth=2.2 if main else 1.4,
                marker="o" if len(points) < 15 else None,
                markersize=3.5,
                zorder=3 if main else 2,
            )
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("epoch")
    axes.grid(color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.get_major_locator().set_params(integer=True)
    if axes.lines:
        axes.legend(framealpha=0.85, edgecolor="none", fontsize=9)
