"""How far a training is, in one figure that moves before AP does."""

# From here on AP tells networks apart by itself.
TELLING_AP = 0.02


def training_progress(figures):
    """One figure to compare the networks of a training by.

    From an AP of 0.02 on it is AP. Below, where AP is mere chance, what comes
    first counts as well: that boxes are found, and that poses in them are
    better than the mean pose.

    ```python
    gain = matched_OKS - matched_OKS_mean_pose
    early = (box_AP + matched_persons * gain) / 2
    progress = AP + max(0.02 - AP, 0) * early
    ```

    It grows with AP where all else is equal, without a step at 0.02, and no
    network of an AP below 0.02 is ahead of one above, because `early` is at
    most 1.

    Args:
        figures: dict as `PoseEvaluation.evaluate` returns it.

    Returns:
        float, at most 1.
    """
    gain = figures["matched_OKS"] - figures["matched_OKS_mean_pose"]
    early = (figures["box_AP"] + figures["matched_persons"] * gain) / 2
    ap = figures["AP"]
    return ap + max(TELLING_AP - ap, 0.0) * early
