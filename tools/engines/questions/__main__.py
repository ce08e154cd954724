"""Put the questions to the engines by running them, and say what has changed since the last time.

python -m tools.engines.questions                                  all engines
python -m tools.engines.questions celery saq                       these
python -m tools.engines.questions celery --ask failed --ask join   these questions
python -m tools.engines.questions celery --with celery==5.7.1      another release; keeps nothing
"""

import argparse
import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from lesson_code.lab.server.own import NoOwnServer
from tools.engines import environments, page, versions
from tools.engines.postgresql import NoPostgreSQL
from tools.engines.questions import asked, cells, kept
from tools.engines.questions.notes import STOP, Failed
from tools.engines.questions.trial import trial

LONG = ("killed", "child_killed", "terminated")  # they mostly wait: many at a time, one run
AT_A_TIME, WAITING, RUNS = 4, 12, 2


def main(words: list[str]) -> int:
    """Print a line for each change. Return 1 if something has changed, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tools.engines.questions")
    parser.add_argument("engines", nargs="*", metavar="ENGINE")
    parser.add_argument("--with", action="append", default=[], dest="with_", metavar="RELEASE")
    parser.add_argument("--ask", action="append", choices=cells.QUESTIONS, metavar="QUESTION")
    told = parser.parse_args(words)
    engines = told.engines or list(environments.ENGINES)
    if told.with_ and len(engines) != 1:
        parser.error("--with needs exactly one engine")
    with_ = tuple(told.with_)
    try:
        for engine in engines:
            environments.pins(engine, with_)
        for engine in engines:
            environments.folder_of(engine, with_)
    except environments.NoEnvironment as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lines = []
    for engine, answer in run(engines, told.ask or cells.QUESTIONS, with_):
        if isinstance(answer, str):
            lines.append(answer)
        else:
            lines += settle(engine, answer, keep=not with_)
    if not with_:
        page.write()
    print(*(lines or ["nothing has changed"]), sep="\n")
    return int(bool(lines))


def run(
    engines: list[str], questions: list[str], with_: tuple[str, ...] = ()
) -> Iterator[tuple[str, dict | str]]:
    """Put the questions to the engines, some at a time.

    Yield an engine and what was seen of it, for each question, as soon as that is known; or a line
    for a question that could not be put.
    """
    with ThreadPoolExecutor(WAITING) as waiting, ThreadPoolExecutor(AT_A_TIME) as busy:
        jobs = {
            (waiting if question in LONG else busy).submit(_ask, engine, question, with_): engine
            for question, engine in itertools.product(questions, engines)
        }
        try:
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        except BaseException:
            STOP.set()
            for pool in (waiting, busy):
                pool.shutdown(wait=False, cancel_futures=True)
            raise


def settle(engine: str, found: dict, keep: bool) -> list[str]:
    """Return what has changed, and keep the new state, with the old answers to other questions."""
    try:
        before = kept.read(engine)
    except kept.NotKept:
        before = {}
    if keep:
        kept.write(engine, kept.joined(before, found))
    return list(kept.changes(before, found))


def _ask(engine: str, question: str, with_: tuple[str, ...]) -> dict | str:
    runs = []
    for _ in range(1 if question in LONG else RUNS):
        try:
            with trial(engine, with_) as one:
                runs.append(asked.ASKED[question](one))
                server = one.store.version
        except (Failed, NoOwnServer, NoPostgreSQL, OSError, subprocess.SubprocessError) as error:
            return f"{engine}, {question}: not answered: {error}"
    print(f"{engine}, {question}: {cells.text(question, runs)}", file=sys.stderr, flush=True)
    return _about(engine, with_) | {"server": server, "runs": {question: runs}}


def _about(engine: str, with_: tuple[str, ...]) -> dict:
    return {
        "engine": engine,
        "date": versions.today(),
        "releases": environments.pins(engine, with_),
        "runtime": versions.runtime(environments.folder_of(engine, with_)),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
