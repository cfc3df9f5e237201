import numpy as np

from benchmarks.data import repeated
from keras_drsi.data.coco import read_coco


def test_repeated_photos_have_arrays_of_their_own(coco_directory):
    poses = read_coco(coco_directory, "val")
    many = repeated(poses, 9)
    assert [i.id for i in many.images] == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    first, again = many.images[1], many.images[5]
    np.testing.assert_array_equal(first.persons.boxes, again.persons.boxes)
    assert not np.shares_memory(first.persons.boxes, again.persons.boxes)
