"""Arguments of version 0.1 under the names that they have now."""

RENAMED = {
    "block": "block_type",
    "neck": "neck_type",
    "head": "head_type",
    "fused": "folded",
}


def rename_arguments(config):
    """Renames the keys of a config that version 0.1 has written.

    Args:
        config: Dict of arguments under old or new names.

    Returns:
        New dict.
    """
    return {RENAMED.get(name, name): value for name, value in config.items()}
