"""The learner's own copy of the notebooks, without outputs; `update` and `reset` change it.

python -m lesson_code.working_copy               copy what is missing; report what is newer
python -m lesson_code.working_copy update        bring in what is newer; keep your changes
python -m lesson_code.working_copy reset 05      restore a notebook's original state
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
NOTEBOOKS = PROJECT / "notebooks"
MINE = "my_notebooks"
SAID = "lesson"  # in the copy's metadata: the hash of the lesson's own source of each cell
DISCARDED = ".discarded"  # a folder in the copy: the notebooks that `reset` has replaced


def main(words: list[str] | None = None) -> None:
    """Run the command on the command line. Exits with a sentence for an unknown notebook."""
    asked = argparse.ArgumentParser(description="Your own copy of the notebooks.")
    asked.add_argument("what", nargs="?", choices=["make", "update", "reset"], default="make")
    asked.add_argument("numbers", nargs="*", metavar="NN", help="which notebooks: 05 07 …")
    asked.add_argument("--folder", default=MINE, help=f"where: {MINE} by default")
    asked.add_argument("--yes", action="store_true", help="reset without asking")
    options = asked.parse_args(words)
    folder = PROJECT / options.folder
    chosen = _chosen(options.numbers)
    folder.mkdir(exist_ok=True)
    if options.what == "reset":
        if not options.numbers:
            sys.exit("Which notebook? Give its number: reset 05")
        for original in chosen:
            _reset(original, folder, options.yes)
        return
    missing = [original for original in chosen if not (folder / original.name).exists()]
    newer = [original for original in chosen if not _made(original, folder)]
    if missing:
        print(f"Copied to {folder.name}/: {len(missing)} notebooks. Change what you like.")
    for original in newer:
        _tell_newer(original, folder, options.what == "update")
    if newer and options.what == "make":
        print("`make update` brings in what is newer and keeps your changes.")


def _chosen(numbers: list[str]) -> list[Path]:
    known = {path.name[:2]: path for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))}
    if unknown := [number for number in numbers if number not in known]:
        sys.exit(f"There is no notebook {', '.join(unknown)}. Choose from {', '.join(known)}.")
    return [known[number] for number in numbers or known]


def _made(original: Path, folder: Path) -> bool:
    """Return whether the copy was made just now, or is as new as the lesson."""
    copy = folder / original.name
    if not copy.exists():
        _write(copy, first_state(_read(original)))
        return True
    return not news(_read(original), _read(copy))


def first_state(notebook: dict) -> dict:
    """Return the notebook in a learner's first state: no cell has run; its sources are noted."""
    cells = [_unrun(cell) for cell in notebook["cells"]]
    return {**notebook, "cells": cells, "metadata": {**notebook["metadata"], SAID: said(cells)}}


def _unrun(cell: dict) -> dict:
    return {**cell, "outputs": [], "execution_count": None} if "outputs" in cell else cell


def said(cells: list[dict]) -> dict[str, str]:
    """Return the hash of each cell's source, by id: enough to find changes."""
    return {
        cell["id"]: hashlib.sha256("".join(cell["source"]).encode()).hexdigest()[:12]
        for cell in cells
    }


def news(original: dict, copy: dict) -> list[str]:
    """Return the ids of the cells in which the lesson has changed since it was copied."""
    then, now = copy["metadata"].get(SAID, {}), said(original["cells"])
    return [one for one in [*now, *(then.keys() - now.keys())] if then.get(one) != now.get(one)]


def rewritten(copy: dict) -> list[str]:
    """Return the ids of the cells that the learner has changed, or added."""
    then = copy["metadata"].get(SAID, {})
    return [one for one, mine in said(copy["cells"]).items() if then.get(one) != mine]


def updated(original: dict, copy: dict) -> dict:
    """Return the copy with all that is new in the lesson.

    The learner's own changes stay, and an added cell stays after the cell that precedes it.
    """
    new, mine, then = {*news(original, copy)}, {*rewritten(copy)}, copy["metadata"].get(SAID, {})
    fresh, cells = first_state(original), []
    theirs = {cell["id"]: cell for cell in fresh["cells"]}
    for cell in copy["cells"]:
        if cell["id"] in mine or cell["id"] not in new:
            cells.append(cell)
        elif cell["id"] in theirs:
            cells.append(theirs[cell["id"]])
    at = 0
    for cell in fresh["cells"]:
        there = next((n for n, one in enumerate(cells) if one["id"] == cell["id"]), None)
        if there is None and cell["id"] not in then:
            cells.insert(at, cell)
            at += 1
        elif there is not None:
            at = there + 1
    return {**fresh, "cells": cells}


def _tell_newer(original: Path, folder: Path, update: bool) -> None:
    copy = folder / original.name
    mine, theirs = _read(copy), _read(original)
    new = news(theirs, mine)
    if not update:
        print(f"{original.name}: the lesson has newer versions of {len(new)} cells.")
        return
    _write(copy, updated(theirs, mine))
    print(f"{original.name}: {len(new)} cells updated. Reopen the notebook.")
    ours, yours = said(theirs["cells"]), said(mine["cells"])
    both = {*new} & {*rewritten(mine)}
    for cell_id in sorted(one for one in both if ours.get(one) != yours[one]):
        print(f"    {cell_id}: changed by both you and the lesson; your version stays.")


def _reset(original: Path, folder: Path, sure: bool) -> None:
    copy = folder / original.name
    if copy.exists():
        mine = rewritten(_read(copy))
        print(f"{original.name}: a reset removes all outputs and your changes in {len(mine)} cells")
        print(f"    ({', '.join(mine) or 'none'}).")
        print(f"    Your notebook is kept in {folder.name}/{DISCARDED}/.")
        if not sure and not _says_yes("Restore the original notebook? [y/N] "):
            return print("Nothing was changed.")
        (folder / DISCARDED).mkdir(exist_ok=True)
        os.replace(copy, folder / DISCARDED / original.name)
    _write(copy, first_state(_read(original)))
    print(f"{original.name} is back in its original state.")
    print("If it is open: File → Reload Notebook from Disk.")


def _says_yes(question: str) -> bool:
    try:
        return input(question).strip().lower() == "y"
    except EOFError:  # there is no terminal
        return False


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        sys.exit(f"{path} is not a valid notebook ({error}). Move it elsewhere and try again.")


def _write(path: Path, notebook: dict) -> None:
    """Write all or nothing: a copy that is cut short would be a lost answer."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, path)


if __name__ == "__main__":
    main()
