"""The check of answers, in a process of its own: python -m lesson_code.exercises.check.judge

It reads {"exercise": id, "answers": [source, …]} and writes a line of JSON at a time:
{"note": what is going on}, and for each answer {"verdict": …}.
"""

import ast
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from functools import lru_cache
from types import ModuleType

from lesson_code.exercises.check.differences import differences
from lesson_code.exercises.check.trial_arq import play_arq
from lesson_code.exercises.check.trial_rq import Outcome, Setting, play_rq
from lesson_code.exercises.exercise import Exercise, Scene, find
from lesson_code.lab.pictures import Picture
from lesson_code.lab.pictures.compared import compared

MOST_SENTENCES, MOST_PRINTED = 3, 400  # characters of what an answer prints
FILE = "<your answer>"
PRELUDE = {
    "rq": """
from rq import Callback, Queue, Retry, get_current_job
from rq.job import Dependency, Job
from lesson_code.with_rq.chaining import with_parent_results
""",
    "arq": """
import asyncio
from arq import Retry
from arq.jobs import Job
from lesson_code.with_arq import parallel
""",
}


@dataclass(frozen=True)
class Verdict:
    """What the learner is told: the sentences say what differs; none if the answer is right."""

    solved: bool
    sentences: tuple[str, ...] = ()
    picture: Picture | None = None
    printed: str = ""


class NotAnAnswer(Exception):
    """The cell cannot be checked: says why."""


def judge(exercise: Exercise, source: str, note: Callable[[str], None] = print) -> Verdict:
    """Compare what `source` does with what the solution does, scene by scene."""
    prints = Prints()
    with redirect_stdout(prints), redirect_stderr(prints):
        try:
            sentences, mine, wanted = _first_differences(exercise, source, note, prints)
        except NotAnAnswer as error:
            return Verdict(False, (str(error),), printed=prints.text)
        picture = compared(mine.run, None if not sentences else wanted.run, exercise.jobs)
    return Verdict(not sentences, tuple(sentences[:MOST_SENTENCES]), picture, prints.text)


def _first_differences(
    exercise: Exercise, source: str, note: Callable[[str], None], prints: "Prints"
) -> tuple[list[str], Outcome, Outcome]:
    """Play scene after scene until something differs; return it, and what came of both.

    Without a difference the two are those of the first scene.
    """
    first = None
    for scene, starved in trials(exercise):
        module, setting = load(exercise, source)
        try:
            mine = _play(exercise, module, setting, scene, starved, note)
        except BaseException as error:
            raise NotAnAnswer(_told(error, source)) from None
        wanted = _wanted(exercise.id, scenes(exercise).index(scene), starved)
        first = first or (mine, wanted)
        prints.open = False  # the other scenes print the same again
        if found := differences(mine, wanted, exercise, scene):
            return found, mine, wanted
    return [], *first


def scenes(exercise: Exercise) -> list[Scene]:
    """Return all scenes: nothing goes wrong, with one worker and with three; then the others."""
    return [Scene(), *exercise.scenes, Scene("With three workers", workers=3)]


def trials(exercise: Exercise) -> Iterator[tuple[Scene, str]]:
    """Yield each scene; after the first, once for each job, the same with that job starved."""
    plain, *others = scenes(exercise)
    yield plain, ""
    if exercise.waits != "free":
        yield from ((plain, name) for name in exercise.jobs)
    yield from ((scene, "") for scene in others)


def _play(exercise: Exercise, *args) -> Outcome:
    return (play_arq if exercise.engine == "arq" else play_rq)(exercise, *args)


@lru_cache(maxsize=256)
def _wanted(name: str, scene: int, starved: str) -> Outcome:
    """Return what the solution does; for several answers it need not be played again."""
    exercise = find(name)
    module, setting = load(exercise, exercise.solutions[0])
    return _play(exercise, module, setting, scenes(exercise)[scene], starved, lambda what: None)


def load(exercise: Exercise, source: str) -> tuple[ModuleType, Setting]:
    """Run the answer's cell as the module `answer`, which RQ can import tasks from.

    Returns it, and what the exercise's setting defines: no name of the answer can replace that.

    Raises NotAnAnswer when it cannot be run, or has not the function that was asked for.
    """
    module = sys.modules["answer"] = ModuleType("answer")
    exec(PRELUDE[exercise.engine] + exercise.setting, vars(module))
    setting = Setting(*(vars(module).pop(name, None) for name in Setting._fields))
    try:
        exec(compile(source, FILE, "exec"), vars(module))
    except BaseException as error:
        raise NotAnAnswer(_told(error, source)) from None
    _check_head(exercise, source)
    return module, setting


def _check_head(exercise: Exercise, source: str) -> None:
    name = exercise.id
    asked, given = heads(exercise.stub)[name], heads(source).get(name)
    if given is None:
        raise NotAnAnswer(f"there is no `{name}` in this cell; it should be `{asked}`")
    if given != asked:
        raise NotAnAnswer(f"it should be `{asked}`, and is `{given}`")


def heads(source: str) -> dict[str, str]:
    """Return the first line of each function and class: "def name(parameters)"."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            word = "def" if isinstance(node, ast.FunctionDef) else "async def"
            names = ast.unparse(node.args)
            found[node.name] = f"{word} {node.name}({names})"
        elif isinstance(node, ast.ClassDef):
            found[node.name] = f"class {node.name}"
    return found


def _told(error: BaseException, source: str) -> str:
    """Return an error in one line, with the line of the answer that it came from."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError):
        return f"line {error.lineno} is not Python: {error.msg}"
    if isinstance(error, NameError):
        what += "; the check runs this cell alone, so import or define it in the cell"
    numbers = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == FILE]
    if not numbers:
        return f"after your function had run, Redis could not be used any more ({what})"
    return f"line {numbers[-1]}, `{source.splitlines()[numbers[-1] - 1].strip()}`: {what}"


class Prints(io.TextIOBase):
    """Keeps the first characters that are printed while it is open, and counts the lines."""

    def __init__(self):
        self.kept, self.lines, self.open = "", 0, True

    def write(self, words: str) -> int:
        if self.open:
            self.lines += words.count("\n")
            self.kept += words[: MOST_PRINTED - len(self.kept)]
        return len(words)

    @property
    def text(self) -> str:
        more = f"\n… {self.lines} lines in all" if self.lines > self.kept.count("\n") else ""
        return self.kept.rstrip("\n") + more


def main() -> None:
    """Answer one request. What an answer prints never reaches the channel of the verdicts."""
    asked = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)

    def send(**message) -> None:
        print(json.dumps(message), file=channel, flush=True)

    try:
        exercise = find(asked["exercise"])
        for source in asked["answers"]:
            send(note="running the cell")
            send(verdict=asdict(judge(exercise, source, lambda what: send(note=what))))
    except BaseException:
        send(broken=traceback.format_exc())  # the answers' own errors were caught before
    os._exit(0)  # threads of an answer must not hold the verdict back


if __name__ == "__main__":
    main()
