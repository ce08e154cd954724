"""Run the notebooks and store their outputs, so that a second run changes no byte.

python -m tools.store [notebook …]    all of them without a name
"""

import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tools import exercise_cells, lesson

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
README = lesson.PROJECT / "README.md"
PICTURE = lesson.PROJECT / "docs" / "job_graph.svg"


def main(names: list[str]) -> None:
    os.environ["LESSON_FRAMES"] = "last"
    os.environ["LESSON_PROGRESS"] = os.devnull  # whoever stores them has solved nothing
    os.environ["PYTHONPATH"] = str(lesson.PROJECT)
    os.environ.pop("REDIS_URL", None)  # stored outputs come from the embedded Redis
    for path in [Path(name).resolve() for name in names] or lesson.paths():
        before = path.read_text(encoding="utf-8")
        nb = lesson.read(path)
        fill_in(nb, path)
        NotebookClient(
            nb,
            timeout=60,
            kernel_name="python3",
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(path.parent)}},
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        ).execute()
        clean(nb)
        nbformat.write(nb, path)
        print("stored   " if path.read_text(encoding="utf-8") != before else "unchanged", path.name)
    write_picture(lesson.paths()[0])
    readme = README.read_text(encoding="utf-8")
    if readme != (new := with_contents(readme, "notebooks/")):
        README.write_text(new, encoding="utf-8")


def fill_in(nb: NotebookNode, path: Path) -> None:
    """Write what no hand should: the versions, the contents, the exercises, the navigation."""
    first, last = nb.cells[0], nb.cells[-1]
    first.source = re.sub(r"\*\*Last run with\*\*.*", lesson.versions(), first.source)
    number = path.name[:2]
    if exercise_cells.of_notebook(number):
        nb.cells = exercise_cells.with_exercises(nb.cells, number)
        practise = f"{exercise_cells.minutes(number)} to practise"
        first.source = re.sub(r"\d+ to practise", practise, first.source)
    last.source = lesson.navigation(path)
    for cell in nb.cells:
        if cell.id == "contents":
            cell.source = with_contents(cell.source)


def with_contents(text: str, folder: str = "") -> str:
    """Return `text` with its table of the notebooks as it is now."""
    return re.sub(r"\| notebook \|.*(\n\|.*)*", lesson.contents(folder), text)


def write_picture(path: Path) -> None:
    """Write the README's picture: the graph of the chain that breaks in notebook 00."""
    outputs = next(cell.outputs for cell in lesson.read(path).cells if cell.id == "broken-run")
    html = next(output.data["text/html"] for output in outputs if "data" in output)
    svg = unquote(re.search(r'src="data:image/svg\+xml,([^"]*)"', html)[1])
    PICTURE.write_text(svg + "\n", encoding="utf-8")


def clean(nb: NotebookNode) -> None:
    """Leave out what changes from run to run, or from machine to machine."""
    nb.metadata = nbformat.from_dict(METADATA)
    for cell in nb.cells:
        kept = {"tags", "jupyter"} & set(cell.metadata)
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in sorted(kept)})
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "error":  # the traceback holds paths; nbval skips it
                    output.traceback = [f"{output.ename}: {output.evalue}"]
                if "data" in output:
                    output.metadata = {}


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of the same stream."""
    whole: list[NotebookNode] = []
    for output in outputs:
        before = whole[-1] if whole else {}
        if output.output_type == "stream" and before.get("name") == output.name:
            before["text"] += output.text
        else:
            whole.append(output)
    return whole


if __name__ == "__main__":
    main(sys.argv[1:])
