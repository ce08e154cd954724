"""Run the notebooks and store their outputs, so that a second run changes no byte.

python -m tools.store [05 07 …]    all of them without a number
"""

import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tools import exercise_cells, lesson, lesson_map, reading, sections
from tools.drift import versions

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
README = lesson.PROJECT / "README.md"
PICTURE = lesson.PROJECT / "docs" / "job_graph.svg"


def main(numbers: list[str]) -> None:
    """Write all sources first, so that titles and minutes are right everywhere; then run."""
    os.environ["LESSON_FRAMES"] = "last"
    os.environ["LESSON_PROGRESS"] = os.devnull  # the stored notebooks show no progress
    os.environ["PYTHONPATH"] = str(lesson.PROJECT)
    os.environ.pop("REDIS_URL", None)  # stored outputs come from the embedded Redis
    chosen = choose(numbers)
    for write in (fill_in, link):
        for path in lesson.paths():
            nb = lesson.read(path)
            write(nb, path)
            nbformat.write(nb, path)
    lesson_map.write()
    readme = README.read_text(encoding="utf-8")
    README.write_text(lesson.with_contents(readme, "notebooks/"), encoding="utf-8")
    for path in lesson.paths():
        if path in chosen or not was_run(lesson.read(path)):
            run(path)
    write_picture(lesson.paths()[0])


def choose(numbers: list[str]) -> list[Path]:
    """Return the notebooks with these numbers, all without one; exits for an unknown one."""
    known = {path.name[:2]: path for path in lesson.paths()}
    if unknown := [number for number in numbers if number not in known]:
        sys.exit(f"There is no notebook {', '.join(unknown)}; there are {', '.join(known)}.")
    return [known[number] for number in numbers or known]


def fill_in(nb: NotebookNode, path: Path) -> None:
    """Write the generated parts of a notebook: versions, their changes, exercises, sections."""
    first, number = nb.cells[0], path.name[:2]
    first.source = re.sub(r"\*\*Last run with\*\*.*", lesson.versions(), first.source)
    versions.fill_in(nb, number)
    if exercise_cells.of_notebook(number):
        nb.cells = exercise_cells.with_exercises(nb.cells, number)
    read, practise = reading.minutes(nb), reading.practice(nb, number)
    time = f"**Time** {read} minutes to read, {practise} to practise"
    first.source = re.sub(r"\*\*Time\*\* \d+ minutes to read, \d+ to practise", time, first.source)
    sections.number(nb)


def link(nb: NotebookNode, path: Path) -> None:
    """Write the references of a notebook to the others: the navigation, the contents."""
    nb.cells[-1].source = lesson.navigation(path)
    for cell in nb.cells:
        if cell.id == "contents":
            cell.source = lesson.with_contents(cell.source)


def was_run(nb: NotebookNode) -> bool:
    return all(cell.execution_count for cell in nb.cells if cell.cell_type == "code")


def run(path: Path) -> None:
    """Run a notebook and store its outputs."""
    before = path.read_bytes()
    nb = lesson.read(path)
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
    print("stored   " if path.read_bytes() != before else "unchanged", path.name)


def write_picture(path: Path) -> None:
    """Write the README's picture: the graph of the chain that breaks in notebook 00."""
    outputs = next(cell.outputs for cell in lesson.read(path).cells if cell.id == "broken-run")
    html = next(output.data["text/html"] for output in outputs if "data" in output)
    svg = unquote(re.search(r'src="data:image/svg\+xml,([^"]*)"', html)[1])
    PICTURE.write_text(svg + "\n", encoding="utf-8")


def clean(nb: NotebookNode) -> None:
    """Leave out all data that change from run to run, or from machine to machine."""
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
