"""The floors of the house: an import may only point down (docs/architecture.md)."""

import ast
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tools import lesson

# The rooms of lesson_code (folders, and `environment`), each with those it may import from.
# A module beside them is "plain": tasks, and what else knows plain data only.
PLAIN = {"plain", "weather"}
MAY_IMPORT = {
    "plain": PLAIN,
    "weather": PLAIN,
    "pictures": {"pictures"},
    "lab": {"lab", "pictures", *PLAIN},
    "environment": {"lab"},
    "with_rq": {"with_rq", "lab", *PLAIN},
    "with_arq": {"with_arq", "lab", *PLAIN},
    "exercises": {"exercises", "with_rq", "with_arq", "lab", "pictures", *PLAIN},
}
NO_LIBRARY = {
    "plain": {"rq", "arq", "IPython"},
    "weather": {"rq", "arq", "redis", "IPython"},
    "pictures": {"rq", "arq", "redis", "IPython"},
    "with_rq": {"arq", "IPython"},
    "with_arq": {"rq", "IPython"},
}
NOT_IN_A_BROWSER = {"signal", "fcntl", "multiprocessing"}


def modules(root: Path) -> dict[str, Path]:
    """Return the files of lesson_code in the folder `root`, by the name of the module."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((root / "lesson_code").rglob("*.py"))
    }


def room(path: Path) -> str:
    folders = path.parts[path.parts.index("lesson_code") + 1 : -1]
    if folders[:2] == ("lab", "pictures"):
        return "pictures"
    return folders[0] if folders else "environment" if path.stem == "environment" else "plain"


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs when the module is imported: nothing in a function, nothing for types."""
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not for_types and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from at_import(child)


def imports(nodes: Iterable[ast.AST]) -> set[str]:
    """Return all that these nodes import, as "module" or "module.name"."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (f"{node.module}." if node.module else "")
            names.update(f"{module}{alias.name}" for alias in node.names)
    return names


def ours(names: set[str], known: dict[str, Path]) -> set[str]:
    """Return the modules of lesson_code among what is imported."""
    found = {name if name in known else name.rpartition(".")[0] for name in names}
    return found & set(known)


def libraries(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def complaints(root: Path) -> list[str]:
    """Return every import of the lesson_code in `root` that does not point down."""
    wrong, known = [], modules(root)
    for module, path in known.items():
        here, tree = room(path), ast.parse(path.read_text(encoding="utf-8"))
        if here not in MAY_IMPORT:
            wrong.append(f"{module} stands on no floor: give {here} one in MAY_IMPORT")
            continue
        # only a type checker follows a picture to the Run that it is made of
        names = imports(at_import(tree) if here == "pictures" else ast.walk(tree))
        bad = {other for other in ours(names, known) if room(known[other]) not in MAY_IMPORT[here]}
        bad |= libraries(names) & NO_LIBRARY.get(here, set())
        bad |= {name for name in names if name.startswith(".")}
        wrong += [f"{module} imports {name}" for name in sorted(bad)]
    return wrong


def test_every_import_points_down():
    assert complaints(lesson.PROJECT) == []


def test_the_whole_house_was_looked_at():
    known = modules(lesson.PROJECT)
    assert len(known) > 25
    assert {room(path) for path in known.values()} >= set(MAY_IMPORT) - {"exercises"}


FAULTS = {
    "with_rq/new.py": (
        "from lesson_code.with_arq import chaining",
        "lesson_code.with_arq.chaining",
    ),
    "with_arq/new.py": ("import lesson_code.with_rq.chaining as c", "lesson_code.with_rq.chaining"),
    "with_rq/new_2.py": ("async def f():\n    from arq import Retry", "arq"),
    "new.py": ("from lesson_code.lab import Lab", "lesson_code.lab"),
    "weather/new.py": (
        "def f():\n    import lesson_code.lab.server.lab",
        "lesson_code.lab.server.lab",
    ),
    "lab/new.py": ("from lesson_code import with_rq", "lesson_code.with_rq"),
    "lab/pictures/new.py": ("from lesson_code.lab.record import Run", "lesson_code.lab.record"),
    "lab/pictures/new_2.py": ("try:\n    import redis\nexcept ImportError:\n    pass", "redis"),
    "lab/pictures/new_3.py": ("from IPython.display import display", "IPython"),
    "tasks_new.py": ("from . import lab", ".lab"),
}


@pytest.mark.parametrize(("file", "line", "name"), [(f, *why) for f, why in FAULTS.items()])
def test_an_import_that_points_up_or_sideways_is_found(tmp_path, file, line, name):
    shutil.copytree(lesson.PROJECT / "lesson_code", tmp_path / "lesson_code")
    (tmp_path / "lesson_code" / file).write_text(line)
    module = "lesson_code." + file.removesuffix(".py").replace("/", ".")
    assert complaints(tmp_path) == [f"{module} imports {name}"]


def test_a_new_room_needs_a_floor(tmp_path):
    (tmp_path / "lesson_code" / "cellar").mkdir(parents=True)
    (tmp_path / "lesson_code" / "cellar" / "wine.py").touch()
    assert complaints(tmp_path) == [
        "lesson_code.cellar.wine stands on no floor: give cellar one in MAY_IMPORT"
    ]


def brought_in(names: set[str], known: dict[str, Path]) -> dict[str, set[str]]:
    """Return our modules that these imports bring in, each with what it imports at its top."""
    tops: dict[str, set[str]] = {}
    waiting = ours(names, known)
    while waiting:
        module = waiting.pop()
        tops[module] = imports(at_import(ast.parse(known[module].read_text(encoding="utf-8"))))
        package = module.rpartition(".")[0]  # Python runs its __init__ first
        waiting = (waiting | ours(tops[module], known) | ({package} & set(known))) - set(tops)
    return tops


def test_what_a_notebook_imports_could_run_in_a_browser():
    cells = [cell for path in lesson.paths() for cell in lesson.read(path).cells]
    code = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
    names = {name for tree in code for name in imports(ast.walk(tree))}
    tops = brought_in(names, modules(lesson.PROJECT))
    assert {"lesson_code.lab.stage.crew", "lesson_code.with_rq.chaining"} <= set(tops)
    bad = {module: libraries(top) & NOT_IN_A_BROWSER for module, top in tops.items()}
    assert {module: names for module, names in bad.items() if names} == {}


def test_the_check_of_the_environment_needs_python_only():
    path = modules(lesson.PROJECT)["lesson_code.environment"]
    top = imports(at_import(ast.parse(path.read_text(encoding="utf-8"))))
    assert top and libraries(top) <= sys.stdlib_module_names
