"""The programs that README and guides show."""

import pathlib
import re

REPOSITORY = pathlib.Path(__file__).parents[1]


def documented_programs(page, chapter):
    """The Python blocks of a chapter.

    Args:
        page: path of a Markdown file within the repository.
        chapter: text of a heading of the second level.
    """
    text = (REPOSITORY / page).read_text()
    (chapter,) = re.findall(
        rf"^## {chapter}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^```python\n(.*?)^```$", chapter, re.M | re.S)


def documented_commands():
    """Every `drsi COMMAND ...` in a block of shell code.

    Returns:
        list of (page, command, its options).
    """
    found = []
    pages = REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")
    for page in pages:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.S):
            for line in block.replace("\\\n", " ").splitlines():
                if match := re.match(r"drsi ([a-z-]+)([^#]*)", line):
                    options = re.findall(r"--[a-z-]+", match[2])
                    found.append((page.name, match[1], options))
    return found
