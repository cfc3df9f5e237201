import numpy as np

from keras_drsi.evaluation.box_matching import match_boxes

BOXES = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], float)


def pairs(predicted, threshold=0.5):
    ours, theirs = match_boxes(np.array(predicted, float), BOXES, threshold)
    return list(zip(ours.tolist(), theirs.tolist()))


def test_the_best_score_takes_first():
    loose, exact = [0, 0, 10, 15], [0, 0, 10, 10]
    assert pairs([loose, exact]) == [(0, 0)]
    assert pairs([exact, loose]) == [(0, 0)]


def test_each_takes_the_highest_overlap_that_is_free():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 12]], float)
    predicted = np.array([[0, 0, 10, 11.5], [0, 0, 10, 12]])
    ours, theirs = match_boxes(predicted, boxes)
    assert ours.tolist() == [0, 1] and theirs.tolist() == [1, 0]


def test_too_little_overlap_is_no_match():
    assert pairs([[5, 0, 15, 10]]) == []
    assert pairs([[5, 0, 15, 10]], threshold=1 / 3) == [(0, 0)]
    assert pairs([[3, 3, 3, 3]]) == []


def test_nothing_to_match():
    empty = np.zeros((0, 4))
    for ours, theirs in ((empty, BOXES), (BOXES, empty), (empty, empty)):
        assert [len(each) for each in match_boxes(ours, theirs)] == [0, 0]
