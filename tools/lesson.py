"""The notebooks as data: where they are, and what their first cells say."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Notebook:
    """A notebook's file name and what its first cell promises."""

    file: str
    title: str
    minutes: tuple[int, int]  # to read, to practise

    @property
    def link(self) -> str:
        return f"[{self.file[:2]} {self.title}]({self.file})"


def paths() -> list[Path]:
    """Return the notebooks in the order of the lesson."""
    return sorted((PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def headline(path: Path) -> Notebook:
    """Return what the first cell says. Raises ValueError when it lacks a title or minutes."""
    first = read(path).cells[0].source
    title = re.match(r"# (.+)", first)
    minutes = re.search(r"\*\*Time\*\* (\d+) minutes to read, (\d+) to practise", first)
    if not (title and minutes):
        raise ValueError(f"{path.name}: the first cell needs '# Title' and '**Time** …'")
    return Notebook(path.name, title[1], (int(minutes[1]), int(minutes[2])))


def pins() -> dict[str, str]:
    """Return the libraries that all have, pinned, and their versions, as pyproject.toml says."""
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    pinned = tomllib.loads(text)["project"]["dependencies"]
    everywhere = [pin.partition(";")[0] for pin in pinned if "sys_platform in" not in pin]
    return dict(re.fullmatch(r"([\w-]+)(?:\[.*\])?==(.+)", pin).groups() for pin in everywhere)


def versions() -> str:
    """Return the line of a first cell that says what it was last run with."""
    return "**Last run with** " + ", ".join(f"{name} {v}" for name, v in pins().items())


def navigation(path: Path) -> str:
    """Return the last cell: previous, contents, next."""
    every = paths()
    here = every.index(path)
    links = [f"← {headline(every[here - 1]).link}"] if here else []
    links += ["[Contents](00_start_here.ipynb#Contents)"]
    links += [f"{headline(every[here + 1]).link} →"] if here + 1 < len(every) else []
    return " · ".join(links)


def contents(folder: str = "") -> str:
    """Return the table of the notebooks, as seen from a file beside `folder`."""
    rows = [
        f"| [{n.file[:2]} {n.title}]({folder}{n.file}) | {n.minutes[0]} | {n.minutes[1]} |"
        for n in map(headline, paths())
    ]
    return "\n".join(["| notebook | minutes to read | to practise |", "|---|---|---|", *rows])
