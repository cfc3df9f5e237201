import dataclasses

import numpy as np
import pytest

from keras_drsi.data.augment import (
    Augmentation,
    jitter_colors,
    random_view,
    remaining_persons,
)
from keras_drsi.data.persons import Persons
from keras_drsi.errors import InputError
from keras_drsi.geometry.affine import Affine

CANVAS = (128, 192)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


class TestAugmentation:
    def test_defaults_are_the_papers(self):
        recipe = Augmentation()
        assert (recipe.mosaic, recipe.flip) == (1.0, 0.5)
        assert (recipe.translation, recipe.scale) == (0.1, (0.5, 1.5))
        hsv = (recipe.hue, recipe.saturation, recipe.value)
        assert hsv == (0.015, 0.7, 0.4)

    @pytest.mark.parametrize(
        "values",
        [
            {"mosaic": 1.1},
            {"flip": -0.1},
            {"translation": float("nan")},
            {"scale": (0.0, 1.0)},
            {"scale": (1.5, 0.5)},
            {"scale": (1.0,)},
            {"rotation": -5},
            {"hue": 2},
            {"smallest_side": -1},
        ],
    )
    def test_value_out_of_range_is_named(self, values):
        (name,) = values
        with pytest.raises(InputError, match=f"Augmentation: {name}: exp"):
            Augmentation(**values)


class TestView:
    def test_none_is_the_identity(self, rng):
        view = random_view(rng, Augmentation.none(), CANVAS, CANVAS)
        assert view == Affine.scaling(1.0)

    def test_scale_shift_and_flip_stay_in_their_ranges(self, rng):
        factors, shifts, flips = [], [], []
        for _ in range(2000):
            view = random_view(rng, Augmentation(), (256, 384), CANVAS)
            factors.append(abs(view.determinant) ** 0.5)
            centre = view.apply_points([192.0, 128.0])
            shifts.append(centre / (192, 128) - 0.5)
            flips.append(view.determinant < 0)
        assert 0.5 <= min(factors) < 0.51 and 1.49 < max(factors) <= 1.5
        assert 0.099 < np.max(np.abs(shifts)) <= 0.1 + 1e-9
        assert np.mean(factors) == pytest.approx(1, abs=0.03)
        assert np.mean(shifts) == pytest.approx(0, abs=0.01)
        assert np.mean(flips) == pytest.approx(0.5, abs=0.05)

    def test_rotation_stays_in_its_range_and_keeps_the_size(self, rng):
        augmentation = dataclasses.replace(Augmentation.none(), rotation=30.0)
        angles = []
        for _ in range(1000):
            view = random_view(rng, augmentation, CANVAS, CANVAS)
            assert view.determinant == pytest.approx(1)
            angles.append(np.degrees(np.arctan2(view.yx, view.xx)))
        assert -30 <= min(angles) < -29 and 29 < max(angles) <= 30


class TestColors:
    def test_none_changes_nothing(self, rng):
        picture = rng.integers(0, 256, (9, 9, 3), "uint8")
        same = jitter_colors(rng, picture, Augmentation.none())
        np.testing.assert_array_equal(same, picture)

    def test_value_scales_brightness(self, rng):
        only_value = Augmentation(hue=0, saturation=0, value=0.4)
        picture = np.full((4, 4, 3), 100, "uint8")
        levels = [
            jitter_colors(rng, picture, only_value)[0, 0] for _ in range(500)
        ]
        assert all(len(set(level.tolist())) == 1 for level in levels)
        assert 60 <= np.min(levels) <= 62 and 138 <= np.max(levels) <= 140

    def test_saturation_leaves_grey_alone(self, rng):
        only_saturation = Augmentation(hue=0, value=0)
        grey = np.repeat(rng.integers(0, 256, (9, 9, 1), "uint8"), 3, axis=-1)
        same = jitter_colors(rng, grey, only_saturation)
        np.testing.assert_array_equal(same, grey)

    def test_hue_turns_a_little_and_goes_around(self, rng):
        only_hue = Augmentation(hue=0.015, saturation=0, value=0)
        # Magenta-red: the last hues before the circle closes at red.
        picture = np.full((1, 1, 3), (255, 0, 8), "uint8")
        for _ in range(100):
            red, green, blue = jitter_colors(rng, picture, only_hue)[0, 0]
            assert red == 255 and max(green, blue) <= 40


class TestRemaining:
    def persons(self, boxes):
        boxes = np.array(boxes, "float32")
        keypoints = np.concatenate(
            [boxes.reshape(-1, 2, 2), np.full((len(boxes), 2, 1), 2)], axis=-1
        )
        return Persons(
            boxes, keypoints.astype("float32"), np.ones(len(boxes), "float32")
        )

    def test_who_is_left_out(self):
        persons = self.persons(
            [
                [10, 10, 50, 50],  # whole
                [-50, 10, 100, 50],  # two thirds
                [-99, 10, 9, 50],  # a twelfth
                [10, 10, 11.9, 50],  # narrow
                [300, 10, 350, 50],  # outside
            ]
        )
        left = remaining_persons(persons, Augmentation(), CANVAS)
        np.testing.assert_array_equal(
            left.boxes, [[10, 10, 50, 50], [0, 10, 100, 50]]
        )

    def test_who_lost_all_keypoints_is_left_out(self):
        persons = self.persons([[-10, -10, 193, 129]])
        assert len(remaining_persons(persons, Augmentation(), CANVAS)) == 0

    def test_none_keeps_boxes_without_extent(self):
        persons = self.persons([[10, 10, 10, 10]])
        none = Augmentation.none()
        assert len(remaining_persons(persons, none, CANVAS)) == 1
