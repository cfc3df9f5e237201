"""What is wrong with each keypoint of the persons that were found."""

import numpy as np

from keras_drsi.evaluation.similarity import similarity

FOUND = 0.1  # least OKS at which a pose counts as one of a person
GOOD, NEAR = 0.85, 0.5
KINDS = ("good", "jitter", "inversion", "swap", "miss")


def keypoint_errors(poses, results):
    """Sorts every labelled keypoint of every person found by its error.

    Poses are given to persons in the order of their scores, each to the
    person of highest OKS, if that is 0.1 or more. A keypoint is `good` at a
    similarity (Eq. 12) of 0.85, `jitter` at 0.5. Below it is an `inversion`
    if it lies at the left-right partner of the same person, a `swap` if it
    lies at that keypoint, or its partner, of another one, and else a `miss`.

    Args:
        poses: `CocoPoses`.
        results: poses in COCO's results format, as `evaluate_model` gives.

    Returns:
        share of the persons who were found, and a dict from the name of a
        keypoint to a dict of shares by `KINDS`; NaN for a keypoint that is
        labelled on nobody found.

    Reference:
        Ronchi and Perona, Benchmarking and Error Diagnosis in Multi-Instance
        Pose Estimation, 2017.
    """
    by_image = {image.id: [] for image in poses.images}
    for entry in sorted(results, key=lambda entry: -entry["score"]):
        by_image[entry["image_id"]].append(
            np.reshape(entry["keypoints"], (-1, 3))[:, :2]
        )
    counts = np.zeros((len(poses.schema), len(KINDS)))
    found = 0
    for image in poses.images:
        for predicted, person in _matches(
            by_image[image.id], image.persons, poses.schema
        ):
            found += 1
            _count(counts, predicted, person, image.persons, poses.schema)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(
        counts, totals, out=np.full_like(counts, np.nan), where=totals > 0
    )
    return found / poses.persons_count, {
        name: dict(zip(KINDS, map(float, row)))
        for name, row in zip(poses.schema.names, shares)
    }


def errors_table(found, errors):
    """The same as a table of text."""
    width = max(map(len, errors))
    lines = [
        f"{found:.1%} of the persons found; of their keypoints:",
        f"{'':<{width}}" + "".join(f"{kind:>11}" for kind in KINDS),
    ]
    for name, shares in errors.items():
        cells = [f"{shares[kind]:>11.1%}" for kind in KINDS]
        lines.append(f"{name:<{width}}" + "".join(cells))
    return "\n".join(lines)


def _matches(predictions, persons, schema):
    """Pairs of a predicted pose, (K, 2), and the position of its person."""
    free = set(range(len(persons)))
    labelled = persons.keypoints[..., 2] > 0
    for predicted in predictions:
        if not free:
            return
        each = _similarity(predicted, persons, schema)
        oks = (each * labelled).sum(axis=1) / labelled.sum(axis=1)
        best = max(free, key=lambda person: oks[person])
        if oks[best] >= FOUND:
            free.remove(best)
            yield predicted, best


def _count(counts, predicted, person, persons, schema):
    flip = list(schema.flip_index)
    labelled = persons.keypoints[..., 2] > 0
    same = _similarity(predicted, persons, schema) * labelled
    # Each predicted keypoint against where its partner truly is.
    partner = _similarity(predicted[flip], persons, schema)[:, flip]
    partner = partner * labelled[:, flip] * (np.arange(len(flip)) != flip)
    others = np.arange(len(persons)) != person
    elsewhere = np.maximum(same, partner)[others].max(axis=0, initial=0)
    conditions = [
        same[person] >= GOOD,
        same[person] >= NEAR,
        partner[person] >= NEAR,
        elsewhere >= NEAR,
    ]
    kinds = np.select(conditions, range(4), default=4)
    for keypoint in np.flatnonzero(labelled[person]):
        counts[keypoint, kinds[keypoint]] += 1


def _similarity(predicted, persons, schema):
    """(n, K): of each keypoint with the same one of each person."""
    return similarity(
        predicted, persons.keypoints, persons.areas, schema.sigmas
    )
