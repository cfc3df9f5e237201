"""Docstrings in Keras' style, as Markdown for the API reference.

Keras' sections ("Call arguments:", "Input shape:", "Example:" followed by a
doctest that is not indented) are not Google's, so that a Google parser would
take them for notes. Here they become bold titles, lists and code blocks, as on
keras.io, and the name of an object that has a place in the reference becomes a
link to it.
"""

import pathlib
import re
import textwrap

import griffe

TITLES = {
    "Args": "Arguments",
    "Call arguments": "Call arguments",
    "Attributes": "Attributes",
    "Input shape": "Input shape",
    "Output shape": "Output shape",
    "Returns": "Returns",
    "Yields": "Yields",
    "Raises": "Raises",
    "Example": "Example",
    "Examples": "Examples",
    "Reference": "Reference",
    "References": "References",
}
WITH_ITEMS = ("Args", "Call arguments", "Attributes", "Raises")
HEADER = re.compile(rf"^({'|'.join(TITLES)}):(?: (.+))?$")
ITEM = re.compile(r"^(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*):(?:\s+|$)(.*)$", re.S)
REFERENCE = pathlib.Path(__file__).parents[1] / "reference"


class KerasDocstrings(griffe.Extension):
    """Rewrites every docstring when its object has been read."""

    def __init__(self):
        super().__init__()
        self.paths = paths_in_reference()

    def on_object(self, *, obj, **kwargs):
        if obj.docstring is not None:
            others = {
                name: path
                for name, path in self.paths.items()
                if path != obj.path
            }
            obj.docstring.value = with_links(
                to_markdown(obj.docstring.value), others
            )


def paths_in_reference():
    """Dict of the names in the reference's pages and their full paths.

    Names that are ordinary words, such as `export`, are left out.
    """
    text = "\n".join(page.read_text() for page in REFERENCE.glob("*.md"))
    return {
        name: f"{module}.{name}"
        for module, name in re.findall(r"^::: (.+)\.(\w+)$", text, re.M)
        if "_" in name or not name.islower()
    }


def with_links(markdown, paths):
    """`markdown` with links from names in code font to their objects.

    Args:
        markdown: text; blocks of code stay as they are.
        paths: dict of names and full paths.
    """
    if not paths:
        return markdown
    names = "|".join(map(re.escape, paths))
    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.M | re.S)
    parts[::2] = [
        re.sub(
            rf"(?<![*`])`({names})`(?![*`])",
            lambda match: f"[{match[0]}][{paths[match[1]]}]",
            part,
        )
        for part in parts[::2]
    ]
    return "".join(parts)


def to_markdown(docstring):
    """A docstring with Keras' sections as Markdown.

    Args:
        docstring: text without the indentation of the code around it.
    """
    blocks = []
    for title, lines in _sections(docstring.splitlines()):
        body = textwrap.dedent("\n".join(lines)).strip("\n")
        if title is None:
            blocks.append(_with_code_blocks(body))
            continue
        blocks.append(f"**{TITLES[title]}**{{ .doc-section }}")
        items = _items(body) if title in WITH_ITEMS else None
        blocks.append(items or _with_code_blocks(body))
    return "\n\n".join(block for block in blocks if block)


def _sections(lines):
    """Pairs of a section's name, None at first, and its lines."""
    sections = [(None, [])]
    for line in lines:
        header = HEADER.match(line)
        if header:
            sections.append((header[1], [header[2]] if header[2] else []))
        else:
            sections[-1][1].append(line)
    return sections


def _items(body):
    """A list of `name: text` items, or None if that is not what it is."""
    items = re.split(r"\n(?=\S)", body)
    matches = [ITEM.match(item) for item in items]
    if not all(matches):
        return None
    texts = [f"- **`{m[1]}`**: {_item_text(m[2])}" for m in matches]
    # After a list within an item, the next item needs a blank line.
    return ("\n\n" if any("\n\n" in t for t in texts) else "\n").join(texts)


def _item_text(text):
    first, _, rest = text.partition("\n")
    if not rest:
        return first
    rest = textwrap.dedent(rest)
    # A list within an item needs a blank line before it.
    rest = re.sub(r"^(?=- )", "\n", rest, count=1, flags=re.M)
    return first + "\n" + textwrap.indent(_with_code_blocks(rest), "    ")


def _with_code_blocks(text):
    """`text` with every doctest in a block of code."""
    return re.sub(
        r"^>>> .*(?:\n(?!\n)[^\n]+)*",
        lambda block: f"```pycon\n{block[0]}\n```",
        text,
        flags=re.M,
    )
