"""The rule by which images are held out where there is no val split."""

from keras_drsi.errors import InputError


def held_out(image_ids, every):
    """The images that serve as the val split.

    All images that the annotation file lists are sorted by id; the first one
    and every `every`-th after it are held out. So of the sorted ids
    `i[0], i[1], ...` those are `i[0], i[every], i[2 * every], ...`. The rule
    looks at nothing else, so that the same images are held out anywhere.

    Args:
        image_ids: COCO's ids.
        every: integer of at least 2.

    Returns:
        set of ids.

    Raises:
        InputError: if `every` is smaller.

    Example:

    >>> sorted(held_out([7, 3, 9, 4, 1], every=2))
    [1, 4, 9]
    """
    check_hold_out(every)
    return set(sorted(set(image_ids))[::every])


def check_hold_out(every):
    """Raises `InputError` for what would hold out all images, or none."""
    if isinstance(every, bool) or not isinstance(every, int) or every < 2:
        raise InputError(
            f"hold_out: expected a whole number of at least 2, got {every!r}."
        )


def part_of_split(content, split, every, report):
    """What of an annotation file belongs to a split, by `held_out`.

    Args:
        content: dict of the lists `images` and `annotations`, entries of
            which may be malformed; those are left for the reader to refuse.
        split: `"val"` for the images that are held out, `"train"` for the
            others.
        every: see `held_out`.
        report: `Report` that receives a note.

    Returns:
        dict like `content`.
    """
    ids = {
        entry["id"]
        for entry in content["images"]
        if isinstance(entry, dict) and isinstance(entry.get("id"), int)
    }
    val = held_out(ids, every)
    report.add_note(
        f"{report.file}: 1 of {every} images, by id, is held out as the val "
        f"split: {len(val)} of {len(ids)}"
    )
    others = ids - val if split == "val" else val

    def belongs(entry, field):
        image_id = entry.get(field) if isinstance(entry, dict) else None
        return not isinstance(image_id, int) or image_id not in others

    return {
        **content,
        "images": [e for e in content["images"] if belongs(e, "id")],
        "annotations": [
            e for e in content["annotations"] if belongs(e, "image_id")
        ],
    }
