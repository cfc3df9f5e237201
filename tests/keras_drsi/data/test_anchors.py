import numpy as np
import pytest

from keras_drsi.data import anchors
from keras_drsi.data.anchors import (
    anchors_for,
    best_possible_recall,
    find_anchors,
    fitness,
    person_sizes,
    sizes_in_input,
)
from keras_drsi.data.coco import read_coco
from keras_drsi.data.mixture import Mixture
from keras_drsi.data.synthetic import write_synthetic_people
from keras_drsi.errors import InputError


def test_anchors_land_on_clusters():
    rng = np.random.default_rng(0)
    centers = np.exp(rng.uniform(np.log(10), np.log(500), (12, 2)))
    sizes = np.repeat(centers, 20, axis=0) * rng.uniform(0.98, 1.02, (240, 2))
    found = find_anchors(sizes)
    assert found.shape == (4, 3, 2)
    areas = found.prod(axis=-1).ravel()
    assert (np.diff(areas) > 0).all()
    assert best_possible_recall(sizes, found) == 1
    assert fitness(sizes, found) > 0.85


def test_same_seed_same_anchors():
    sizes = np.random.default_rng(0).uniform(5, 300, (100, 2))
    np.testing.assert_array_equal(find_anchors(sizes), find_anchors(sizes))


def test_recall_and_fitness_by_hand():
    sizes = np.array([[10.0, 10], [10, 39], [10, 41], [1, 10]])
    single = [[10, 10]]
    assert best_possible_recall(sizes, single) == 0.5
    assert fitness(sizes, single) == pytest.approx((1 + 10 / 39) / 4)


def test_too_few_boxes():
    with pytest.raises(InputError, match="at least 12 boxes .* got 1"):
        find_anchors(np.array([[10.0, 10], [1, 10]]))


def test_boxes_scale_with_the_input():
    sizes = anchors.sizes_in_input([[640, 480]], [[64, 32]], 320)
    np.testing.assert_array_equal(sizes, [[32, 16]])


TWO = np.ones((2, 2))


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"box_wh": TWO}, "expected an array image_wh, got box_wh"),
        ({"image_wh": TWO, "box_wh": TWO[:1]}, "as many .* got 1 and 2"),
        ({"image_wh": TWO, "box_wh": -TWO}, "box_wh: expected sizes above 0"),
        ({"image_wh": 0 * TWO, "box_wh": TWO}, "image_wh: expected sizes"),
        ({"image_wh": np.array(3), "box_wh": TWO}, r"\(n, 2\), got \(\)"),
        ({"image_wh": np.array(["a"]), "box_wh": TWO}, "expected a numeric"),
    ],
)
def test_bad_files_are_named(arrays, message, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=f"a.npz: .*{message}"):
        anchors.read_boxes(tmp_path / "a.npz")


def test_missing_and_foreign_files(tmp_path):
    with pytest.raises(InputError, match="a.npz: expected .* found none"):
        anchors.read_boxes(tmp_path / "a.npz")
    (tmp_path / "a.npz").write_text("nonsense")
    with pytest.raises(InputError, match="a.npz: corrupted"):
        anchors.read_boxes(tmp_path / "a.npz")
    with pytest.raises(InputError, match="a.csv: expected an .npz file"):
        anchors.read_boxes(tmp_path / "a.csv")


@pytest.fixture(scope="module")
def few_and_many(tmp_path_factory):
    """Four images of people, and twelve larger ones."""
    folder = tmp_path_factory.mktemp("people")
    for name, images, size in (("few", 4, 64), ("many", 12, 256)):
        write_synthetic_people(folder / name, images, 1, size, seed=0)
    return [read_coco(folder / name, "train") for name in ("few", "many")]


def test_a_set_alone_counts_each_person_once(few_and_many):
    _, many = few_and_many
    sizes = sizes_in_input(*person_sizes(many), 64)
    np.testing.assert_array_equal(anchors_for(many, 64), find_anchors(sizes))


def test_persons_of_a_mixture_count_as_often_as_shown(few_and_many):
    few, many = few_and_many
    # An image of the few is shown as often as five of the many.
    shares = np.array([5 * len(few), len(many)]) / (5 * len(few) + len(many))
    sizes = [sizes_in_input(*person_sizes(each), 64) for each in few_and_many]
    shown = anchors._weighted_sample(
        np.repeat([1.0, 0.2], [len(each) for each in sizes])
    )
    counts = np.bincount(shown, minlength=sum(map(len, sizes)))
    assert counts.sum() == len(counts)
    ratio = 5 * len(sizes[0]) / (5 * len(sizes[0]) + len(sizes[1]))
    assert abs(counts[: len(sizes[0])].sum() - ratio * len(counts)) <= 1
    np.testing.assert_array_equal(
        anchors_for(Mixture(few_and_many, shares), 64),
        find_anchors(np.concatenate(sizes)[shown]),
    )
