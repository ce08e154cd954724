"""The changes of mutmut, one mutant at a time."""

import zlib
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import libcst
from mutmut.mutation.file_mutation import create_mutations, deep_replace

from tools import lesson


class Change(NamedTuple):
    """The identity of a mutant, whatever else changes in the file."""

    function: str
    change: str  # its lines of the diff, as "- x = 1\n+ x = 2"

    def __str__(self) -> str:
        return f"{self.function}\n{self.change}"


class Mutant(NamedTuple):
    file: Path  # inside the project
    code: str  # of the whole file
    change: Change


def mutants(room: str, one_in: int) -> Iterator[Mutant]:
    """Yield the mutants of a room, or a sample of them."""
    for file in sorted((lesson.PROJECT / "lesson_code" / room).rglob("*.py")):
        yield from of_file(file.relative_to(lesson.PROJECT), one_in)


def of_file(path: Path, one_in: int = 1) -> Iterator[Mutant]:
    """Yield the mutants of a file, or a sample: the choice of one does not depend on the others."""
    source = (lesson.PROJECT / path).read_text(encoding="utf-8")
    module, found, _, _ = create_mutations(str(path), source)
    names = functions(module)
    for one in found:
        name = names.get(one.contained_by_top_level_function)
        both = [module.code_for_node(node) for node in (one.original_node, one.mutated_node)]
        number = zlib.crc32("\n".join([str(name), *both]).encode())
        if name and number % one_in == 0:
            code = deep_replace(module, one.original_node, one.mutated_node).code
            yield Mutant(path, code, Change(f"{dotted(path)}.{name}", difference(source, code)))


def dotted(path: Path) -> str:
    """Return a module's name by the path of its file."""
    return ".".join(path.with_suffix("").parts)


def functions(module: libcst.Module) -> dict[libcst.CSTNode, str]:
    """Return the functions and methods of a module, and their names."""
    found = {}
    for one in module.body:
        if isinstance(one, libcst.ClassDef):
            found |= {
                method: f"{one.name.value}.{method.name.value}"
                for method in one.body.body
                if isinstance(method, libcst.FunctionDef)
            }
        elif isinstance(one, libcst.FunctionDef):
            found[one] = one.name.value
    return found


def difference(before: str, after: str) -> str:
    """Return the removed lines, as "- x = 1", and the new ones."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), n=0))[2:]
    return "\n".join(f"{one[0]} {one[1:].strip()}" for one in lines if not one.startswith("@@"))
