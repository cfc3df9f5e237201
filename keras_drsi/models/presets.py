"""The named networks: the paper's sizes and the rows of its tables."""

import dataclasses
import difflib
import hashlib
import pathlib

from keras_drsi.errors import InputError

DEEP_HEAD = 6
PLAIN_HEAD = 0


WEIGHTS_FOLDER = pathlib.Path(__file__).parents[1] / "weights"


@dataclasses.dataclass(frozen=True)
class PresetWeights:
    """A trained network that comes with the package.

    Args:
        file: name of the `.keras` file.
        sha256: of the file.
    """

    file: str
    sha256: str

    def path(self):
        """The file's path, once its content is checked.

        Raises:
            InputError: if it is missing or another one.
        """
        path = WEIGHTS_FOLDER / self.file
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}.") from error
        if found != self.sha256:
            raise InputError(
                f"{path}: expected sha256 {self.sha256}, got {found}."
            )
        return path


@dataclasses.dataclass(frozen=True)
class Preset:
    """One named network.

    Args:
        description: one line for a person.
        params: number of trainable parameters with the COCO keypoints.
        config: arguments of `DRSINet`.
        input_size: side of the input in pixels, if nothing else is asked for.
        weights: `PresetWeights`, or None for a network to be trained.
    """

    description: str
    params: int
    config: dict
    input_size: int = 640
    weights: PresetWeights | None = None


SIZES = {
    "n": {"width": 0.25, "depth": 0.33},
    "s": {"width": 0.50, "depth": 0.33},
    "m": {"width": 0.75, "depth": 0.67},
    "l": {"width": 1.00, "depth": 1.00},
}
# The paper's m and l have the plain keypoint head, YOLO-Pose the deep one. In n
# the plain one trains faster, by the clock and by the step.
DRSI_HEADS = {"n": PLAIN_HEAD, "s": DEEP_HEAD, "m": PLAIN_HEAD, "l": PLAIN_HEAD}


def _config(size, block_type, neck_type, keypoint_depth):
    return {
        **SIZES[size],
        "block_type": block_type,
        "neck_type": neck_type,
        "keypoint_depth": keypoint_depth,
    }


def _drsi_net(size, neck_type="cbam_pan"):
    return _config(size, "drsi", neck_type, DRSI_HEADS[size])


def _yolo_pose(size):
    config = _config(size, "bottleneck", "pan", DEEP_HEAD)
    return {**config, "head_type": "yolo_pose"}


PRESETS = {
    "drsi_net_n": Preset(
        "A quarter of the width, for CPUs and classrooms; not in the paper.",
        3_308_584,
        _drsi_net("n"),
    ),
    "drsi_net_n_synthetic": Preset(
        "drsi_net_n, trained on synthetic people who stand or walk towards the "
        "camera: for first steps and lessons, not for photos.",
        3_308_584,
        _drsi_net("n"),
        input_size=128,
        weights=PresetWeights(
            "drsi_net_n_synthetic.keras",
            "5a43229b75bf6d7d30f85668c5753b601b754cb8f658f94d46547200d0f17d5a",
        ),
    ),
    "drsi_net_s": Preset("DRSI-Net-s (Table 1).", 15_428_184, _drsi_net("s")),
    "drsi_net_m": Preset("DRSI-Net-m (Table 1).", 36_874_680, _drsi_net("m")),
    "drsi_net_l": Preset("DRSI-Net-l (Table 1).", 79_704_120, _drsi_net("l")),
    "drsi_net_n_asi": Preset(
        "drsi_net_n with ASI-PAN; not in the paper.",
        3_883_458,
        _drsi_net("n", "asi_pan"),
    ),
    "drsi_net_s_asi": Preset(
        "DRSI-Net-s with ASI-PAN (Table 4, row 6).",
        17_632_946,
        _drsi_net("s", "asi_pan"),
    ),
    "drsi_net_m_asi": Preset(
        "DRSI-Net-m with ASI-PAN.", 41_764_050, _drsi_net("m", "asi_pan")
    ),
    "drsi_net_l_asi": Preset(
        "DRSI-Net-l with ASI-PAN.", 88_332_818, _drsi_net("l", "asi_pan")
    ),
    "yolo_pose_s": Preset(
        "YOLO-Pose-s, the baseline (Table 1; Table 4, row 1).",
        15_114_860,
        _yolo_pose("s"),
    ),
    "yolo_pose_m": Preset(
        "YOLO-Pose-m, the baseline (Table 1).", 41_430_924, _yolo_pose("m")
    ),
    "yolo_pose_l": Preset(
        "YOLO-Pose-l, the baseline (Table 1).", 87_072_812, _yolo_pose("l")
    ),
    "drsi_net_s_transformer": Preset(
        "Transformer blocks (Table 3, row 1); out of memory in the paper.",
        15_378_648,
        _config("s", "transformer", "cbam_pan", DEEP_HEAD),
    ),
    "drsi_net_s_hor": Preset(
        "Hor blocks (Table 3, row 2).",
        15_390_584,
        _config("s", "hor", "cbam_pan", DEEP_HEAD),
    ),
    "drsi_net_s_r_hor": Preset(
        "R-Hor blocks (Table 3, row 3).",
        15_392_184,
        _config("s", "r_hor", "cbam_pan", DEEP_HEAD),
    ),
    "csp_darknet53_s_cbam_pan": Preset(
        "CSPDarknet53 with CBAM-PAN (Table 4, row 2).",
        15_172_792,
        _config("s", "bottleneck", "cbam_pan", DEEP_HEAD),
    ),
    "csp_darknet53_s_asi_pan": Preset(
        "CSPDarknet53 with ASI-PAN (Table 4, row 3).",
        17_377_554,
        _config("s", "bottleneck", "asi_pan", DEEP_HEAD),
    ),
    "csdr_net_s_pan": Preset(
        "CSDR-Net with plain PAN (Table 4, row 4).",
        15_370_252,
        _config("s", "drsi", "pan", DEEP_HEAD),
    ),
}


def describe_presets():
    """What `DRSINet.presets` says of each preset.

    Returns:
        Dict of names and dicts of `description`, `params` (number of
        trainable parameters with COCO's keypoints), `input_size` (side in
        pixels) and `trained` (whether weights are included).
    """
    return {
        name: {
            "description": preset.description,
            "params": preset.params,
            "input_size": preset.input_size,
            "trained": preset.weights is not None,
        }
        for name, preset in PRESETS.items()
    }


def find_preset(name):
    """The preset of that name.

    Raises:
        InputError: for an unknown name, naming the closest one.
    """
    if name not in PRESETS:
        raise InputError(
            f"unknown preset {name!r}{closest_name(name, PRESETS)}; known: "
            f"{', '.join(PRESETS)}."
        )
    return PRESETS[name]


def find_weights(weights):
    """The path of trained weights.

    Args:
        weights: path of a file, or name of a preset that has trained ones.

    Returns:
        `pathlib.Path`; of a preset's file, once its content is checked.

    Raises:
        InputError: if a preset's file is missing or another one.
    """
    preset = PRESETS.get(str(weights))
    if preset is not None and preset.weights is not None:
        return preset.weights.path()
    return pathlib.Path(weights)


def closest_name(name, known):
    """`", did you mean 'x'?"`, or nothing where no name is close."""
    close = difflib.get_close_matches(str(name), known, n=1)
    return f", did you mean {close[0]!r}?" if close else ""
