"""The table of the answers, for the page about the engines."""

import inspect
from pathlib import Path

from tools.engines import environments
from tools.engines.questions import answers, asked, cells, kept
from tools.engines.questions.trial import FILES, source_of

SECOND = {  # what stands before a second answer in a cell
    "late_join": "enqueued after the part has failed: ",
    "child_killed": "only the process of B: ",
}
LINK = "../tools/engines/questions/"  # from docs/engines.md


def table(folder: Path = kept.FOLDER) -> str:
    """Return the engines and their answers as a table in Markdown.

    Raises NotKept if an engine, an answer, a version, a date or a source is missing.
    """
    head = ["engine", *cells.COLUMNS, "asked"]
    rows = [_row(engine, kept.read(engine, folder)) for engine in environments.ENGINES]
    return "\n".join(_line(row) for row in [head, ["---"] * len(head), *rows])


def how() -> str:
    """Return how each column was found, as a list in Markdown."""
    return "\n".join(f"- {name}: {_told(column)}" for name, column in cells.COLUMNS.items())


def _told(questions: tuple[str, ...]) -> str:
    docs = (inspect.getdoc(asked.ASKED[question]) for question in questions)
    return " ".join(" ".join(doc.split()) for doc in docs)


def _row(engine: str, found: dict) -> list[str]:
    for key in ("date", "releases", "runtime", "server"):
        if not found.get(key):
            raise kept.NotKept(f"{engine} has no {key}: run it again")
    if missing := [one for one in cells.QUESTIONS if not found["runs"].get(one)]:
        raise kept.NotKept(f"{engine} has no answer to {', '.join(missing)}: run it again")
    sources = source_of(FILES.get(engine, engine))
    if not sources:
        raise kept.NotKept(f"{engine} has no file in tools/engines/questions")
    link = LINK + sources[-1].name
    answers = [f"[{_answer(column, found['runs'])}]({link})" for column in cells.COLUMNS]
    name = f"**{environments.NAMES[engine]} {found['releases'][0].partition('==')[2]}**"
    return [name, *answers, f"{found['date']}, {found['server']}, {found['runtime']}"]


def _answer(column: str, runs: dict) -> str:
    texts = [(one, cells.text(one, runs[one])) for one in cells.COLUMNS[column]]
    return "; ".join(SECOND.get(one, "") + text for one, text in texts if text != answers.NONE)


def _line(cells_: list[str]) -> str:
    return f"| {' | '.join(cells_)} |"
