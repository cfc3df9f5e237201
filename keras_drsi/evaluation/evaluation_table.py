"""The figures of a `PoseEvaluation` as text."""


def evaluation_table(figures):
    """What stands beside AP, network and mean pose side by side.

    Args:
        figures: dict as `PoseEvaluation.evaluate` returns it.

    Returns:
        lines of text.
    """
    keypoints = figures["keypoints"]
    width = max(len(name) for name in ("matched OKS", *keypoints)) + 2
    found = figures["matched_persons"]
    ghosts = figures["ghosts"]
    lines = [
        f"box AP {figures['box_AP']:.4f}, box AP50 {figures['box_AP50']:.4f}; "
        f"{found:.1%} of the persons matched at a box IoU of 0.5",
        f"ghosts for each 100 empty images: "
        f"{f'{ghosts:.1f}' if ghosts >= 0 else 'no empty images'}",
        "",
        f"{'':<{width}}{'network':>10}{'mean pose':>11}{'difference':>12}",
        _line("AP", width, figures["AP"], figures["mean_pose_AP"]),
    ]
    for name in ("matched_OKS", "matched_PCK"):
        lines.append(
            _line(
                name.replace("_", " "),
                width,
                figures[name],
                figures[f"{name}_mean_pose"],
            )
        )
    for name, shares in keypoints.items():
        ours, mean_pose = shares.values()
        lines.append(_line(f"  {name}", width, ours, mean_pose))
    return "\n".join(lines)


def _line(name, width, ours, mean_pose):
    return (
        f"{name:<{width}}{ours:>10.4f}{mean_pose:>11.4f}"
        f"{ours - mean_pose:>+12.4f}"
    )
