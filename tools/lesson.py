"""The notebooks as data: their files, and the content of their first cells."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

PROJECT = Path(__file__).parents[1]
LAST = "08"  # the last notebook of the lesson


@dataclass(frozen=True)
class Notebook:
    """A notebook's file name and the data in its first cell."""

    file: str
    title: str
    minutes: tuple[int, int]  # to read, to practise

    @property
    def is_lesson(self) -> bool:
        """Return whether it is one of the nine that teach the handout; the others go deeper."""
        return self.file[:2] <= LAST

    @property
    def link(self) -> str:
        return f"[{self.file[:2]} {self.title}]({self.file})"


def paths() -> list[Path]:
    """Return the notebooks in the order of the lesson."""
    return sorted((PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def headline(path: Path) -> Notebook:
    """Return the data in the first cell. Raises ValueError when it lacks a title or minutes."""
    first = read(path).cells[0].source
    title = re.match(r"# (.+)", first)
    minutes = re.search(r"\*\*Time\*\* (\d+) minutes to read, (\d+) to practise", first)
    if not (title and minutes):
        raise ValueError(f"{path.name}: the first cell needs '# Title' and '**Time** …'")
    return Notebook(path.name, title[1], (int(minutes[1]), int(minutes[2])))


def pins() -> dict[str, str]:
    """Return the pinned libraries for all readers, and their versions, from pyproject.toml."""
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    pinned = tomllib.loads(text)["project"]["optional-dependencies"]["lesson"]
    everywhere = [pin.partition(";")[0] for pin in pinned if "sys_platform in" not in pin]
    return dict(re.fullmatch(r"([\w-]+)(?:\[.*\])?==(.+)", pin).groups() for pin in everywhere)


def versions() -> str:
    """Return the line of a first cell with the versions of the last run."""
    return "**Last run with** " + ", ".join(f"{name} {v}" for name, v in pins().items())


def navigation(path: Path) -> str:
    """Return the last cell: previous, contents, next."""
    every = paths()
    here = every.index(path)
    links = [f"← {headline(every[here - 1]).link}"] if here else []
    links += ["[Contents](00_start_here.ipynb#Contents)"]
    links += [f"{headline(every[here + 1]).link} →"] if here + 1 < len(every) else []
    return " · ".join(links)


def contents(folder: str = "") -> tuple[str, str]:
    """Return the tables of the notebooks, as seen from a file in `folder`.

    They are the notebooks of the lesson, with their sums, and those that go deeper.
    """
    heads = [headline(path) for path in paths()]
    read, practise = (sum(one.minutes[n] for one in heads if one.is_lesson) for n in (0, 1))
    lesson = [_row(one, folder) for one in heads if one.is_lesson]
    deeper = [_row(one, folder) for one in heads if not one.is_lesson]
    sums = f"| **together** | **{read}** | **{practise}** |"
    return _table("the lesson", [*lesson, sums]), _table("going deeper", deeper)


def with_contents(text: str, folder: str = "") -> str:
    """Return `text` with its tables of the notebooks as they are now."""
    for table in contents(folder):
        first = re.escape(table.partition(" | ")[0])
        text = re.sub(rf"{first} \|.*(\n\|.*)*", table, text)
    return text


def _row(one: Notebook, folder: str) -> str:
    read, practise = one.minutes
    return f"| [{one.file[:2]} {one.title}]({folder}{one.file}) | {read} | {practise} |"


def _table(name: str, rows: list[str]) -> str:
    return "\n".join([f"| {name} | minutes to read | to practise |", "|---|---|---|", *rows])
