"""Keypoint schemas: names, left-right symmetry, skeleton and sigmas."""

import colorsys
import dataclasses
import math

from keras_drsi.errors import InputError

LEFT_RGB = (46, 134, 255)
RIGHT_RGB = (255, 122, 41)
MIDDLE_RGB = (64, 200, 120)


@dataclasses.dataclass(frozen=True)
class KeypointSchema:
    """The keypoints of one object category.

    The loss, metrics, augmentation, decoding and drawing all read this one
    object, which keeps them consistent.

    Args:
        names: K unique strings, in the order of the keypoint arrays.
        sigmas: K positive floats. COCO's per-keypoint standard deviation,
            relative to the scale of the object. OKS uses `h = 2 * sigma`
            (Eq. 12 of the paper).
        swap_pairs: pairs of names that are swapped when an image is flipped
            horizontally, e.g. `("left_eye", "right_eye")`. Defaults to none.
        skeleton: pairs of names connected by a limb, for drawing. Defaults to
            none.
        colors: K RGB triples of integers in [0, 255], for drawing. Defaults to
            distinct colors for left, right and middle keypoints.

    Raises:
        InputError: if a name occurs twice, a pair contains an unknown name, a
            keypoint is in two swap pairs, or lengths differ.

    Example:

    >>> arrow = KeypointSchema(
    ...     names=("tip", "left_barb", "right_barb"),
    ...     sigmas=(0.05, 0.05, 0.05),
    ...     swap_pairs=(("left_barb", "right_barb"),),
    ... )
    >>> arrow.flip_index
    (0, 2, 1)
    """

    names: tuple
    sigmas: tuple
    swap_pairs: tuple = ()
    skeleton: tuple = ()
    colors: tuple = None

    def __post_init__(self):
        freeze = object.__setattr__
        freeze(self, "names", tuple(str(name) for name in self.names))
        freeze(self, "sigmas", tuple(float(s) for s in self.sigmas))
        freeze(self, "swap_pairs", _pairs(self.swap_pairs, "swap_pairs"))
        freeze(self, "skeleton", _pairs(self.skeleton, "skeleton"))
        self._check_names()
        if self.colors is None:
            freeze(self, "colors", self._default_colors())
        else:
            colors = tuple(tuple(int(v) for v in rgb) for rgb in self.colors)
            freeze(self, "colors", colors)
        self._check_lengths()

    def _check_names(self):
        if not self.names:
            raise InputError(
                "KeypointSchema: names: expected at least one, got none."
            )
        if len(set(self.names)) != len(self.names):
            raise InputError(
                f"KeypointSchema: names: expected unique, got {self.names}."
            )
        for field in ("swap_pairs", "skeleton"):
            for pair in getattr(self, field):
                for name in pair:
                    if name not in self.names:
                        raise InputError(
                            f"KeypointSchema: {field}: expected names in "
                            f"{self.names}, got {name!r}."
                        )
        swapped = [name for pair in self.swap_pairs for name in pair]
        if len(set(swapped)) != len(swapped):
            raise InputError(
                "KeypointSchema: swap_pairs: expected each name at most once, "
                f"got {self.swap_pairs}."
            )

    def _check_lengths(self):
        for field in ("sigmas", "colors"):
            values = getattr(self, field)
            if len(values) != len(self.names):
                raise InputError(
                    f"KeypointSchema: {field}: expected {len(self.names)} "
                    f"values, one per name, got {len(values)}."
                )
        for name, sigma in zip(self.names, self.sigmas):
            if not (math.isfinite(sigma) and sigma > 0):
                raise InputError(
                    f"KeypointSchema: sigma of {name!r}: expected a positive "
                    f"number, got {sigma}."
                )
        for name, rgb in zip(self.names, self.colors):
            if len(rgb) != 3 or not all(0 <= value <= 255 for value in rgb):
                raise InputError(
                    f"KeypointSchema: color of {name!r}: expected three "
                    f"integers in [0, 255], got {rgb}."
                )

    def _default_colors(self):
        base = {}
        for first, second in self.swap_pairs:
            # Pairs come in either order; the names usually tell the side.
            left_first = not first.startswith("right")
            base[first] = LEFT_RGB if left_first else RIGHT_RGB
            base[second] = RIGHT_RGB if left_first else LEFT_RGB
        return tuple(
            _shade(base.get(name, MIDDLE_RGB), index / len(self.names))
            for index, name in enumerate(self.names)
        )

    def __len__(self):
        return len(self.names)

    @property
    def flip_index(self):
        """K integers: keypoint i of a flipped image is `flip_index[i]`."""
        partner = {}
        for first, second in self.swap_pairs:
            partner[first], partner[second] = second, first
        return tuple(
            self.names.index(partner.get(name, name)) for name in self.names
        )

    @property
    def skeleton_index(self):
        """Limbs as pairs of indices into `names`."""
        return tuple(
            (self.names.index(a), self.names.index(b)) for a, b in self.skeleton
        )

    @classmethod
    def from_coco_category(cls, category, sigmas, swap_pairs=None):
        """Creates a schema from a category of a COCO annotation file.

        Args:
            category: dict with `keypoints` (K names) and, optionally,
                `skeleton` (pairs of one-based indices).
            sigmas: K positive floats. Required, because COCO files do not
                contain them and a default would silently change every OKS.
            swap_pairs: pairs of names. Defaults to pairing `left_x` with
                `right_x`.

        Returns:
            `KeypointSchema`.

        Raises:
            InputError: if the category has no keypoint names, or `skeleton`
                contains an invalid index.
        """
        names = tuple(category.get("keypoints") or ())
        if not names:
            raise InputError(
                f"category {category.get('name')!r}: expected the keypoint "
                "names in 'keypoints', got none."
            )
        limbs = []
        for limb in category.get("skeleton") or ():
            if len(limb) != 2 or not all(
                isinstance(i, int) and 1 <= i <= len(names) for i in limb
            ):
                raise InputError(
                    f"category {category.get('name')!r}: 'skeleton': expected "
                    f"pairs of indices in 1..{len(names)}, got {limb}."
                )
            limbs.append((names[limb[0] - 1], names[limb[1] - 1]))
        if swap_pairs is None:
            swap_pairs = left_right_pairs(names)
        return cls(names, sigmas, swap_pairs, limbs)

    @classmethod
    def anonymous(cls, count, sigma=0.05):
        """Creates a schema of generic keypoints without symmetry.

        Args:
            count: integer, number of keypoints, named `keypoint_0`, ...
            sigma: positive float, the sigma of every keypoint.
        """
        names = tuple(f"keypoint_{index}" for index in range(count))
        return cls(names, (sigma,) * count)

    def get_config(self):
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def left_right_pairs(names):
    """Pairs each name `left...` with `right...` of the same suffix."""
    return tuple(
        (name, "right" + name[len("left") :])
        for name in names
        if name.startswith("left") and "right" + name[len("left") :] in names
    )


def _pairs(pairs, field):
    pairs = tuple(tuple(pair) for pair in pairs)
    for pair in pairs:
        if len(pair) != 2 or pair[0] == pair[1]:
            raise InputError(
                f"KeypointSchema: {field}: expected pairs of different names, "
                f"got {pair}."
            )
    return pairs


def _shade(rgb, position):
    """Varies the lightness slightly to distinguish neighboring keypoints."""
    hue, light, saturation = colorsys.rgb_to_hls(*(v / 255 for v in rgb))
    light = light * (0.8 + 0.4 * position)
    shaded = colorsys.hls_to_rgb(hue, min(light, 0.9), saturation)
    return tuple(round(255 * value) for value in shaded)


_COCO_NAMES = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder "
    "left_elbow right_elbow left_wrist right_wrist left_hip right_hip "
    "left_knee right_knee left_ankle right_ankle"
).split()

# Names, skeleton and sigmas of the COCO keypoint task.
COCO_PERSON = KeypointSchema(
    names=_COCO_NAMES,
    sigmas=(
        *(0.026, 0.025, 0.025, 0.035, 0.035),  # nose, eyes, ears
        *(0.079, 0.079, 0.072, 0.072, 0.062, 0.062),  # shoulders to wrists
        *(0.107, 0.107, 0.087, 0.087, 0.089, 0.089),  # hips to ankles
    ),
    swap_pairs=left_right_pairs(_COCO_NAMES),
    skeleton=(
        ("left_ankle", "left_knee"),
        ("left_knee", "left_hip"),
        ("right_ankle", "right_knee"),
        ("right_knee", "right_hip"),
        ("left_hip", "right_hip"),
        ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"),
        ("left_shoulder", "right_shoulder"),
        ("left_shoulder", "left_elbow"),
        ("right_shoulder", "right_elbow"),
        ("left_elbow", "left_wrist"),
        ("right_elbow", "right_wrist"),
        ("left_eye", "right_eye"),
        ("nose", "left_eye"),
        ("nose", "right_eye"),
        ("left_eye", "left_ear"),
        ("right_eye", "right_ear"),
        ("left_ear", "left_shoulder"),
        ("right_ear", "right_shoulder"),
    ),
)


def as_schema(keypoints):
    """Standardizes a schema or a number of keypoints to a schema.

    Args:
        keypoints: `KeypointSchema`, or a positive integer: 17 for
            `COCO_PERSON`, any other number for generic keypoints without
            symmetry.

    Returns:
        `KeypointSchema`.

    Raises:
        InputError: if it is neither.
    """
    if isinstance(keypoints, KeypointSchema):
        return keypoints
    if isinstance(keypoints, int) and keypoints > 0:
        if keypoints == len(COCO_PERSON):
            return COCO_PERSON
        return KeypointSchema.anonymous(keypoints)
    raise InputError(
        "keypoints: expected a KeypointSchema or a positive integer, got "
        f"{keypoints!r}."
    )
