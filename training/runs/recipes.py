"""Named training settings: short runs, synthetic people, and the paper's.

The paper (Sec. 4.2) specifies the momentum, learning rate, cosine schedule,
weight decay, 300 epochs, batch sizes, and mosaic, flip, translation and scale
augmentation, which are the defaults of `Augmentation`. It trains "as
YOLO-Pose", from which the rest is taken: color augmentation, warmup, final
learning rate, nominal batch size of 64, weight averaging, loss weights, and
what is not a setting: batch normalization with epsilon 1e-3 and momentum 0.97,
and the initial biases of the outputs.
"""

import pathlib

from keras_drsi.data.augment import Augmentation
from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json
from keras_drsi.models.presets import closest_name
from training.runs.settings import TrainingSettings


def _paper(preset, batch_size):
    return dict(
        preset=preset,
        input_size=960,  # Table 1; the ablations of Tables 3 to 5 have 640
        epochs=300,
        batch_size=batch_size,
        optimizer="sgd",
        learning_rate=3e-3,
        final_rate=0.2,  # YOLO-Pose
        momentum=0.937,
        weight_decay=5e-4,
        warmup_epochs=3.0,  # YOLO-Pose
        warmup_momentum=0.8,  # YOLO-Pose
        warmup_bias_rate=0.1,  # YOLO-Pose
        nominal_batch=64,  # YOLO-Pose
        average_decay=0.9999,  # YOLO-Pose
        average_ramp=2000.0,  # YOLO-Pose
        loss={  # YOLO-Pose, except for Eq. 12
            "box_weight": 0.05,
            "objectness_weight": 1.0,
            "oks_weight": 0.1,
            "keypoint_confidence_weight": 0.5,
            "oks_tolerances": [1.0],
            "distance_weight": 0.0,  # Eq. 12 alone
            "level_balance": [4.0, 1.0, 0.25, 0.06],
            "anchor_ratio": 4.0,
        },
    )


# Keypoints are the hard part and dominate the loss. The distance loss attracts
# keypoints that are still far from their target.
KEYPOINTS_FIRST = {
    "box_weight": 0.1,
    "oks_weight": 0.35,
    "distance_weight": 0.175,
    "keypoint_confidence_weight": 0.1,
}

# For a few thousand images and a few hours. Heatmaps train the features around
# a keypoint sooner than its regression does, rotation makes more of few images,
# and with mosaic in every image only small people would be left.
SHORT = dict(
    average_decay=0.9995,
    average_ramp=500.0,
    heatmap_weight=0.05,
    augmentation=Augmentation(mosaic=0.3, translation=0.15, rotation=20.0),
    loss=KEYPOINTS_FIRST,
)

# Small images, to see many of them in eight minutes on two cores. No mosaic:
# every image has several people already, which it would only shrink. Anchors
# fitted to the data distribute the people over all levels.
SYNTHETIC = dict(
    preset="drsi_net_n",
    input_size=128,
    anchors="data",
    epochs=8,
    batch_size=16,
    warmup_epochs=0.5,
    evaluate_every=4,
    augmentation=Augmentation(
        mosaic=0.0,
        translation=0.03,
        scale=(0.97, 1.03),
        hue=0.0,
        saturation=0.0,
        value=0.0,
    ),
    loss=KEYPOINTS_FIRST,
)

# Arguments of `TrainingSettings`; the others have their defaults.
RECIPES = {
    "short": SHORT,
    "synthetic": SYNTHETIC,
    "paper_s": _paper("drsi_net_s", 36),
    "paper_m": _paper("drsi_net_m", 16),
    "paper_l": _paper("drsi_net_l", 8),
}


def find_recipe(name):
    """Returns the settings of a recipe.

    Args:
        name: string, one of `RECIPES`, or the path of a JSON file of settings,
            e.g. the `settings.json` of an earlier run.

    Returns:
        `TrainingSettings`.

    Raises:
        InputError: if the name is unknown or the file is invalid.
    """
    if name in RECIPES:
        return TrainingSettings(**RECIPES[name])
    path = pathlib.Path(name)
    if path.suffix != ".json":
        raise InputError(
            f"recipe: expected one of {', '.join(RECIPES)}, or a .json file, "
            f"got {name!r}{closest_name(name, RECIPES)}."
        )
    content = read_json(path)
    if isinstance(content, dict):
        content = content.get("settings", content)
    return TrainingSettings.from_dict(content, str(path))
