"""The floors of the house: an import may only point down (docs/architecture.md)."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

import pytest

from tests.sampling import sampled
from tools import lesson

# The rooms of lesson_code, each with those it may import from. A room is a folder, or a module
# that stands between folders; `lab` itself is what is left of that folder.
ADVICE = {"patterns", "with_rq", "with_arq"}
LAB = {
    *("lab.states", "lab.pictures", "lab.record", "lab.engines", "lab.browser"),
    *("lab.server", "lab.stage", "lab.look", "lab.commands", "lab"),
}
MAY_IMPORT = {
    "house": set(),
    "worlds": {"worlds"},
    "patterns": {"patterns"},
    "with_rq": {"with_rq", "patterns"},
    "with_arq": {"with_arq", "patterns"},
    "lab.states": set(),
    "lab.pictures": {"lab.pictures", "lab.record", "lab.states"},
    "lab.record": {"lab.pictures", "lab.states"},
    "lab.engines": {"lab.engines", "lab.browser", "lab.record", "lab.states"},
    "lab.browser": LAB,
    "lab.server": {"lab.server", "lab.engines", "lab.look", "lab.record"},
    "lab.stage": {
        *("lab.stage", "lab.server", "lab.engines", "lab.record", "lab.states"),
        "worlds",  # an effect of a task is a place, too
    },
    "lab.look": {"lab.look", "lab.record", "lab.states"},
    "lab.commands": LAB,
    "lab": LAB,
    "examples": {"examples", "worlds", *ADVICE, *LAB},
    "exercises": {"exercises", "exercises.check", "examples", "worlds", *ADVICE, *LAB},
    "exercises.check": {"exercises", "exercises.check", "examples", "worlds", *ADVICE, *LAB},
    "environment": {"lab"},
    "working_copy": set(),
}
PLAIN = {"rq", "arq", "redis", "IPython"}
NO_LIBRARY = {
    "worlds": PLAIN,
    "patterns": {"rq", "arq", "IPython"},
    "with_rq": {"arq", "IPython"},
    "with_arq": {"rq", "IPython"},
    "lab.states": PLAIN,
    "working_copy": {*PLAIN, "lab"},
    "lab.pictures": PLAIN,
    "lab.record": PLAIN,
    "lab.engines": {"IPython"},
    "lab.server": {"IPython"},
    "lab.stage": {"IPython"},
    "lab.look": {"rq", "arq", "IPython"},
}
NOT_IN_A_BROWSER = {"signal", "fcntl", "multiprocessing"}


@cache
def parse(source: str) -> ast.Module:
    return ast.parse(source)


def modules(root: Path) -> dict[str, Path]:
    """Return the files of lesson_code in the folder `root`, by the name of the module."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((root / "lesson_code").rglob("*.py"))
    }


def room(module: str) -> str:
    """Return the room of a module: the longest one whose name it begins with, or its folder."""
    name = module.removeprefix("lesson_code").removeprefix(".") or "house"
    found = [room for room in MAY_IMPORT if f"{name}.".startswith(f"{room}.")]
    return max(found, key=len, default=name.partition(".")[0])


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


def ours(names: set[str], known: Iterable[str]) -> set[str]:
    """Return the modules of lesson_code among what is imported."""
    found = {name if name in known else name.rpartition(".")[0] for name in names}
    return found & set(known)


def libraries(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def below(here: str) -> set[str]:
    """Return the rooms that one comes to from the room `here`, by any number of imports."""
    found: set[str] = set()
    waiting = {here}
    while waiting:
        found |= waiting
        waiting = set().union(*(MAY_IMPORT[one] for one in waiting)) - found
    return found


def misplaced(others: Iterable[str], rooms: set[str]) -> set[str]:
    """Return those modules that stand in none of these rooms."""
    return {other for other in others if room(other) not in rooms}


def complaints(root: Path) -> list[str]:
    """Return every import that is written in the lesson_code of `root` and does not point down."""
    wrong, known = [], modules(root)
    for module, path in known.items():
        here, tree = room(module), parse(path.read_text(encoding="utf-8"))
        if here not in MAY_IMPORT:
            wrong.append(f"{module} stands on no floor: give {here} one in MAY_IMPORT")
            continue
        names = imports(ast.walk(tree))
        bad = misplaced(ours(names, known), MAY_IMPORT[here])
        bad |= libraries(names) & NO_LIBRARY.get(here, set())
        bad |= {name for name in names if name.startswith(".") and here not in ADVICE}
        bad |= ours(names, known) if here in ADVICE else set()
        inside = {resolve_name(name, module.rpartition(".")[0]) for name in names if name[0] == "."}
        bad |= misplaced(ours(inside, known), MAY_IMPORT[here])
        wrong += [f"{module} imports {name}" for name in sorted(bad)]
    return wrong


def loaded(statements: str, root: Path) -> set[str]:
    """Return all modules that are there when a new Python has run this in the folder `root`."""
    code = f"{statements}\nimport sys; print(*sys.modules)"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.split())


def strangers(here: str, root: Path) -> list[str]:
    """Return what the modules of the room `here` bring in, by whatever way, and must not."""
    known = modules(root)
    own = [name for name in known if room(name) == here and not name.endswith(".__main__")]
    there = loaded("\n".join(f"import {module}" for module in own), root)
    assert own and there >= set(own)
    packages = {module.rpartition(".")[0] for module in own}  # Python runs them first
    packages |= {name.rpartition(".")[0] for name in packages}
    bad = misplaced(there & set(known) - packages, below(here))
    return sorted(bad | libraries(there) & NO_LIBRARY[here])


def test_every_import_points_down():
    assert complaints(lesson.PROJECT) == []


def test_the_whole_house_was_looked_at():
    known = modules(lesson.PROJECT)
    assert len(known) > 60
    assert {room(module) for module in known} == set(MAY_IMPORT)


@pytest.mark.parametrize("here", sampled(NO_LIBRARY, 1))
def test_a_room_brings_in_nothing_from_above(here):
    assert strangers(here, lesson.PROJECT) == []


@pytest.fixture
def house(tmp_path):
    no_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(lesson.PROJECT / "lesson_code", tmp_path / "lesson_code", ignore=no_caches)
    return tmp_path


FAULTS = {
    "with_rq/new.py": (
        "from lesson_code.with_arq import chaining",
        "lesson_code.with_arq.chaining",
    ),
    "with_arq/new.py": ("import lesson_code.with_rq.chaining as c", "lesson_code.with_rq.chaining"),
    "with_arq/new_3.py": ("from ..with_rq import saga", "lesson_code.with_rq.saga"),
    "with_rq/new_4.py": ("from lesson_code.patterns import once", "lesson_code.patterns.once"),
    "with_rq/new_2.py": ("async def f():\n    from arq import Retry", "arq"),
    "with_rq/new_3.py": ("from lesson_code.worlds import till", "lesson_code.worlds.till"),
    "with_arq/new_2.py": (
        "from lesson_code.lab.stage.simulated_crash import SimulatedCrash",
        "lesson_code.lab.stage.simulated_crash",
    ),
    "worlds/new.py": ("from lesson_code.lab import Lab", "lesson_code.lab"),
    "worlds/new_2.py": ("from lesson_code.patterns.once import once", "lesson_code.patterns.once"),
    "patterns/new.py": ("from lesson_code.worlds import till", "lesson_code.worlds.till"),
    "worlds/weather/new.py": (
        "def f():\n    import lesson_code.lab.server.lab",
        "lesson_code.lab.server.lab",
    ),
    "lab/new.py": ("from lesson_code import with_rq", "lesson_code.with_rq"),
    "lab/stage/new.py": ("from lesson_code.lab import notebook", "lesson_code.lab.notebook"),
    "lab/pictures/new.py": ("from lesson_code.lab import Lab", "lesson_code.lab"),
    "lab/pictures/new_2.py": ("try:\n    import redis\nexcept ImportError:\n    pass", "redis"),
    "lab/pictures/new_3.py": ("from IPython.display import display", "IPython"),
    "examples/new.py": ("from lesson_code.exercises import diary", "lesson_code.exercises.diary"),
    "worlds/tasks_new.py": ("from . import lab", ".lab"),
}


@pytest.mark.parametrize(
    ("file", "line", "name"), sampled(((file, *why) for file, why in FAULTS.items()), 5)
)
def test_an_import_that_points_up_or_sideways_is_found(house, file, line, name):
    (house / "lesson_code" / file).write_text(line)
    module = "lesson_code." + file.removesuffix(".py").replace("/", ".")
    assert complaints(house) == [f"{module} imports {name}"]


HIDDEN = {
    "with_rq": ("lesson_code.worlds.tasks", "lesson_code.worlds.tasks"),
    "worlds": ("redis", "redis"),
    "lab.pictures": ("IPython", "IPython"),
}


@pytest.mark.parametrize(
    ("here", "module", "name"), sampled(((here, *why) for here, why in HIDDEN.items()), 1)
)
def test_an_import_that_is_not_written_as_one_is_found_too(house, here, module, name):
    line = f"import importlib\nimportlib.import_module({module!r})\n"
    (house / "lesson_code" / here.replace(".", "/") / "hidden.py").write_text(line)
    assert complaints(house) == []
    assert name in strangers(here, house)


def test_a_new_room_needs_a_floor(tmp_path):
    (tmp_path / "lesson_code" / "cellar").mkdir(parents=True)
    (tmp_path / "lesson_code" / "cellar" / "wine.py").touch()
    assert complaints(tmp_path) == [
        "lesson_code.cellar.wine stands on no floor: give cellar one in MAY_IMPORT"
    ]


@pytest.mark.parametrize("way", ["with_rq", "with_arq"])
def test_the_advice_can_be_copied_into_a_package_of_any_name(tmp_path, way):
    known = modules(lesson.PROJECT)
    taken = {name for name in known if room(name) in {"house", "patterns", way}}
    for name in taken:
        copy = tmp_path / "shop" / known[name].relative_to(lesson.PROJECT / "lesson_code")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(known[name], copy)
    at_home = {name.replace("lesson_code", "shop", 1) for name in taken}
    there = loaded("\n".join(f"import {name}" for name in at_home), tmp_path)
    assert at_home <= there and not libraries(there) & {"lesson_code"}
    assert len(taken) > 10


def test_every_name_of_the_classroom_is_there():
    names = "Lab, RedisUnavailable, Run, job_graph, show, timeline, watch, work, work_arq"
    loaded(f"from lesson_code.lab import {names}", lesson.PROJECT)
    loaded(f"from lesson_code.lab import *\n{names}", lesson.PROJECT)


def test_what_a_notebook_imports_could_run_in_a_browser():
    cells = [cell for path in lesson.paths() for cell in lesson.read(path).cells]
    code = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
    lines = {
        ast.unparse(node)
        for tree in code
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("lesson_code")
    }
    known = modules(lesson.PROJECT)
    there = loaded("\n".join(sorted(lines)), lesson.PROJECT) & set(known)
    assert {"lesson_code.lab.stage.crew", "lesson_code.with_rq.chaining"} <= there
    tops = {name: at_import(ast.parse(known[name].read_text(encoding="utf-8"))) for name in there}
    bad = {name: libraries(imports(top)) & NOT_IN_A_BROWSER for name, top in tops.items()}
    assert {name: found for name, found in bad.items() if found} == {}


def test_the_check_of_the_environment_needs_python_only():
    path = modules(lesson.PROJECT)["lesson_code.environment"]
    top = imports(at_import(ast.parse(path.read_text(encoding="utf-8"))))
    assert top and libraries(top) <= sys.stdlib_module_names


def test_the_advice_stays_small():
    sizes = {
        path.relative_to(lesson.PROJECT): len(path.read_text(encoding="utf-8").splitlines())
        for name, path in modules(lesson.PROJECT).items()
        if room(name) in ("with_rq", "with_arq")
    }
    assert 500 < sum(sizes.values()) < 1300
    assert {path: size for path, size in sizes.items() if size > 130} == {}
