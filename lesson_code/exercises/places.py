"""Places in the notebooks: sections that contain certain words, and where the learner stopped.

JupyterLab's own search looks at one notebook.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from lesson_code.exercises import diary
from lesson_code.exercises.say import say

MOST = 20  # sections that are shown
# So the ids of cells begin in which nobody looks for words.
LEFT_OUT = ("setup", "contents", "quiz", "search", "you-have", "navigation")
EXERCISE = "exercise-"


def search(words: str, folder: str | Path = ".") -> None:
    """Show links to the sections, in all notebooks, that have all these words in one cell.

    Case is ignored. Sections with the words in their heading come first; otherwise the order is
    the lesson's. At most 20 are shown. Raises FileNotFoundError when there are no notebooks in the
    folder.
    """
    wanted = words.casefold().split()
    paths = _notebooks(folder)
    if not paths:
        raise FileNotFoundError(f"no lesson notebooks in {Path(folder).resolve()}")
    if not wanted:
        say('Which words? For example: `search("back-off")`')
        return
    found: dict[tuple[Path, str], str] = {}
    for path in paths:
        for cell_id, heading, text, _ in cells(path):
            if is_searched(cell_id) and all(word in text.casefold() for word in wanted):
                found.setdefault((path, heading), cell_id)
    if not found:
        say(f"No section has all of “{words}”. Try another word, or the singular.")
        return

    def is_elsewhere(where: tuple[Path, str]) -> bool:
        return not all(word in where[1].casefold() for word in wanted)

    best_first = sorted(found, key=is_elsewhere)
    links = [f"- {_link(*where, found[where])}" for where in best_first]
    more = f"… and {len(links) - MOST} more." if len(links) > MOST else ""
    say("\n".join(links[:MOST]), more)


def last_place(folder: str | Path = ".") -> str:
    """Return a link to the exercise or question that the learner worked on last; "" without any."""
    events = diary.standing(diary.events())
    name = events[-1]["name"] if events else ""
    dashed = name.replace("_", "-")
    ids = (f"{EXERCISE}{dashed}", f"{dashed}-terminals")  # the second: own-project-terminals
    asked = re.compile(rf'(predict|quiz)\("{name}"')
    for path in _notebooks(folder) if name else []:
        for cell_id, heading, text, _ in cells(path):
            if cell_id in ids or asked.match(text):
                return _link(path, heading, cell_id)
    return ""


def _notebooks(folder: str | Path) -> list[Path]:
    return sorted(Path(folder).glob("[0-9][0-9]_*.ipynb"))


def _link(path: Path, heading: str, cell_id: str) -> str:
    return f"[{path.name[:2]} · {heading}]({path.name}#cell-id={cell_id})"


def is_searched(cell_id: str) -> bool:
    """Return whether a person would look for the words of this cell."""
    return not cell_id.startswith(LEFT_OUT)


def cells(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield the id, the heading above, the source and the type of each cell; "" for no id."""
    section = exercise = ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        cell_id, source = cell.get("id", ""), "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("#"):
            top = source.split("\n", 1)[0].lstrip("# ")
            if cell_id.startswith(EXERCISE):
                exercise = top
            else:
                section = top
        heading = exercise if cell_id.startswith(EXERCISE) else section
        yield cell_id, heading, source, cell["cell_type"]
