"""Which part of the product may import which."""

import ast
import pathlib

import pytest

REPOSITORY = pathlib.Path(__file__).parents[1]
BACKENDS = {"tensorflow", "torch", "jax"}
# Imported within `DRSINet.from_preset` alone, which reads a file.
LAZY_EXCEPTION = "keras_drsi.models.drsi_net", "checkpoints"


def modules(package):
    """Dotted name and syntax tree of every module below a package."""
    for path in sorted((REPOSITORY / package.replace(".", "/")).rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text())


def imports(tree):
    """Dotted names that a module imports, at its top or within a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            # A name may be a module of the package, or something in it.
            yield from (f"{node.module}.{each.name}" for each in node.names)


def is_below(name, package):
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize(
    "package, forbidden",
    [
        ("keras_drsi", "training"),
        ("keras_drsi", "benchmarks"),
        ("training", "benchmarks"),
        ("training.runs", "training.commands"),
        ("keras_drsi.losses", "keras_drsi.models"),
        ("keras_drsi.postprocess", "keras_drsi.models"),
    ],
)
def test_one_direction(package, forbidden):
    found = [
        (name, imported)
        for name, tree in modules(package)
        for imported in imports(tree)
        if is_below(imported, forbidden)
    ]
    assert not found


def test_a_command_imports_no_other_command():
    found = [
        (name, imported)
        for name, tree in modules("training.commands")
        for imported in imports(tree)
        if is_below(imported, "training.commands")
    ]
    assert not found


def rooms():
    """Each room of the library, and those that it imports."""
    found = {}
    for name, tree in modules("keras_drsi"):
        if name == "keras_drsi":
            continue
        room = name.split(".")[1]
        for imported in imports(tree):
            if is_below(imported, "keras_drsi"):
                other = imported.split(".")[1]
                if other != room and (name, other) != LAZY_EXCEPTION:
                    found.setdefault(room, set()).add(other)
    return found


def test_rooms_are_imported_by_their_own_names():
    """Not from `keras_drsi` itself, whose names come from all rooms."""
    there = {path.stem for path in (REPOSITORY / "keras_drsi").iterdir()}
    assert set().union(*rooms().values()) <= there


def test_rooms_stand_on_each_other():
    """Taking away what stands on nothing else leaves nothing in the end."""
    left = rooms()
    while free := {room for room in left if not left[room] & set(left)}:
        left = {room: left[room] for room in left if room not in free}
    assert not left


def test_a_model_reads_no_file():
    """Its module comes without the code that reads weights."""
    name, room = LAZY_EXCEPTION
    trees = dict(modules("keras_drsi.models"))
    at_the_top = ast.Module(
        [n for n in trees[name].body if isinstance(n, ast.ImportFrom)], []
    )
    assert list(imports(at_the_top))
    assert not any(f".{room}." in imported for imported in imports(at_the_top))


def names_of(tree):
    """Names, attributes and words that a module's code consists of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    for imported in imports(tree):
        yield imported.split(".")[0]


def private_names_of_others(tree):
    """Attributes with one leading underscore that a module does not define."""
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    attributes = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    names |= {n.attr for n in attributes if isinstance(n.ctx, ast.Store)}
    return {
        node.attr
        for node in attributes
        if node.attr.startswith("_") and not node.attr.startswith("__")
    } - names


def test_private_parts_of_keras_are_used_in_one_place():
    allowed = "keras_drsi.keras_internals"
    found = {
        name: private_names_of_others(tree)
        | {word for word in imports(tree) if is_below(word, "keras.src")}
        for name, tree in modules("keras_drsi")
        if name != allowed
    }
    assert not {name: words for name, words in found.items() if words}
    inside = private_names_of_others(dict(modules("keras_drsi"))[allowed])
    assert "_flatten_layers" in inside


def test_layers_know_no_backend():
    found = [
        (name, word)
        for name, tree in modules("keras_drsi.layers")
        if not is_below(name, "keras_drsi.layers.kernels")
        for word in names_of(tree)
        if word in BACKENDS
    ]
    assert not found
