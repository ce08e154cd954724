"""Do the folded answers of "Your turn" tell the truth? Play them all: make turns

An answer holds the code to type, and its output; both are played after the cells above. With
--write the output is written again.
"""

import os
import re
import sys
import textwrap
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tools import lesson

SEES = "You see:"
MINUTES = 5  # to try the tasks
ANSWER = re.compile(
    rf"```python\n(?P<code>.*?)```\s*{SEES}\s*```text\n(?P<seen>.*?) *```", re.DOTALL
)


def turn(nb: NotebookNode) -> NotebookNode | None:
    """Return the cell "Your turn", if the notebook has one."""
    return next((cell for cell in nb.cells if cell.id == "your-turn"), None)


def answers(cell: NotebookNode) -> list[tuple[str, str]]:
    """Return the code to type, and its output, for each task."""
    found = ANSWER.finditer(cell.source)
    return [tuple(textwrap.dedent(one[part]) for part in ("code", "seen")) for one in found]


def play(path: Path) -> list[str]:
    """Run the notebook up to its tasks, and the code for each; return the outputs."""
    nb = lesson.read(path)
    at = nb.cells.index(turn(nb))
    above = [cell for cell in nb.cells[:at] if cell.cell_type == "code"]
    tasks = [nbformat.v4.new_code_cell(code) for code, _ in answers(nb.cells[at])]
    nb.cells = above + tasks
    client = NotebookClient(
        nb, timeout=300, allow_errors=True, resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    return [seen(cell) for cell in nb.cells[len(above) :]]


def seen(cell: NotebookNode) -> str:
    """Return the output of a cell, as text."""
    told = ""
    for output in cell.outputs:
        if output.output_type == "stream":  # may have several pieces
            told += output.text
        elif output.output_type == "error":
            told += f"{output.ename}: {output.evalue}\n"
        else:
            told += output.data.get("text/plain", "") + "\n"
    return "\n".join(line.rstrip() for line in told.splitlines()) + "\n"


def write(path: Path, played: list[str]) -> None:
    """Write the outputs into the answers."""
    nb, fresh = lesson.read(path), iter(played)

    def filled(found: re.Match) -> str:
        indent = re.match(" *", found["code"])[0]
        text = textwrap.indent(next(fresh), indent)
        code = f"```python\n{found['code']}```"
        return f"{code}\n\n{indent}{SEES}\n\n{indent}```text\n{text}{indent}```"

    cell = turn(nb)
    cell.source = ANSWER.sub(filled, cell.source)
    nbformat.write(nb, path)


def main() -> None:
    os.environ["LESSON_FRAMES"] = "last"
    wrong = 0
    for path in lesson.paths():
        if not (cell := turn(lesson.read(path))):
            continue
        told, played = [said for _, said in answers(cell)], play(path)
        if "--write" in sys.argv:
            write(path, played)
        for number, (said, saw) in enumerate(zip(told, played, strict=True), start=1):
            if said != saw and "--write" not in sys.argv:
                wrong += 1
                print(f"{path.name}, task {number}: the answer says\n{said}and one sees\n{saw}")
        print(path.name, len(told), "answers", flush=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
