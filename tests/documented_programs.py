"""The programs that the README shows."""

import pathlib
import re


def readme_programs(chapter):
    """The Python blocks of a chapter of the README."""
    text = (pathlib.Path(__file__).parents[1] / "README.md").read_text()
    (chapter,) = re.findall(
        rf"^## {chapter}$(.*?)^## ", text, re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^```python\n(.*?)^```$", chapter, re.M | re.S)
