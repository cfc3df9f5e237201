"""Named settings: short trainings, synthetic people, and the paper's.

The paper (Sec. 4.2) states the optimizer's momentum, its rate, the cosine,
the weight decay, 300 epochs, the batch sizes, and mosaic, flip, translation
and scale; those are the defaults of `Augmentation`. It trains "as YOLO-Pose",
from where the rest is: the colors, the warm-up, the final rate, the nominal
batch of 64, the average of the weights, the weights within the loss, and what
is no setting: epsilon 1e-3 and momentum 0.97 of batch norms, and the biases of
the outputs at the start.
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


# Keypoints are the hard part, and have the largest share of the loss; its
# distance term pulls those that are still far from their place.
KEYPOINTS_FIRST = {
    "box_weight": 0.1,
    "oks_weight": 0.35,
    "distance_weight": 0.175,
    "keypoint_confidence_weight": 0.1,
}

# For some thousand images and some hours. Heatmaps teach the features around
# a keypoint sooner than its regression does, rotation stretches few images,
# and a mosaic in every image would leave small people only.
SHORT = dict(
    average_decay=0.9995,
    average_ramp=500.0,
    heatmap_weight=0.05,
    augmentation=Augmentation(mosaic=0.3, translation=0.15, rotation=20.0),
    loss=KEYPOINTS_FIRST,
)

# Small pictures, so that many are seen in eight minutes on two cores; several
# people stand in each of them, so that a mosaic would only make them smaller.
# Anchors of their size put them on every level of the head, the fine ones too.
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

# What differs from the defaults of `TrainingSettings`.
RECIPES = {
    "short": SHORT,
    "synthetic": SYNTHETIC,
    "paper_s": _paper("drsi_net_s", 36),
    "paper_m": _paper("drsi_net_m", 16),
    "paper_l": _paper("drsi_net_l", 8),
}


def find_recipe(name):
    """The settings of a recipe.

    Args:
        name: one of `RECIPES`, or a JSON file of settings, as
            `settings.json` of an earlier run.

    Raises:
        InputError: for an unknown name or a file that cannot be used.
    """
    if name in RECIPES:
        return TrainingSettings(**RECIPES[name])
    path = pathlib.Path(name)
    if path.suffix != ".json":
        raise InputError(
            f"unknown recipe {name!r}{closest_name(name, RECIPES)}; known: "
            f"{', '.join(RECIPES)}, or a .json file."
        )
    content = read_json(path)
    if isinstance(content, dict):
        content = content.get("settings", content)
    return TrainingSettings.from_dict(content, str(path))
