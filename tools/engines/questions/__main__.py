"""Put the questions to the engines by running them, and say what has changed since the last time.

python -m tools.engines.questions                                  all engines
python -m tools.engines.questions celery saq                       these
python -m tools.engines.questions celery --ask failed --ask join   these questions
python -m tools.engines.questions celery --with celery==5.7.1      another release; keeps nothing
"""

import argparse
import datetime
import itertools
import signal
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait

from tools.engines import environments
from tools.engines.questions import asked, cells, kept
from tools.engines.questions.trial import STOP, Failed, runtime_of, trial

LONG = ("killed", "child_killed", "terminated")  # they mostly wait: many at a time, one run
AT_A_TIME, WAITING, RUNS = 3, 12, 2


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
            environments.folder_of(engine, with_)
    except environments.NoEnvironment as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lines = []
    for engine, (found, failures) in run(engines, told.ask or cells.QUESTIONS, with_).items():
        lines += [*settle(engine, found, keep=not with_), *failures]
    print(*(lines or ["nothing has changed"]), sep="\n")
    return int(bool(lines))


def run(
    engines: list[str], questions: list[str], with_: tuple[str, ...] = ()
) -> dict[str, tuple[dict, list[str]]]:
    """Put the questions to the engines, some at a time.

    Return for each engine what was seen, and a line for each question that could not be put.
    """
    futures: dict[tuple[str, str], list[Future]] = {}
    with ThreadPoolExecutor(WAITING) as waiting, ThreadPoolExecutor(AT_A_TIME) as busy:
        try:
            for question, engine in itertools.product(questions, engines):
                pool, runs = (waiting, 1) if question in LONG else (busy, RUNS)
                jobs = [pool.submit(_ask, engine, question, with_) for _ in range(runs)]
                futures[engine, question] = jobs
            wait([job for jobs in futures.values() for job in jobs])
        except KeyboardInterrupt:
            STOP.set()
            for pool in (waiting, busy):
                pool.shutdown(wait=False, cancel_futures=True)
            raise
    found = {engine: (_about(engine, with_), []) for engine in engines}
    for (engine, question), jobs in futures.items():
        about, failures = found[engine]
        try:
            answers = [job.result() for job in jobs]
        except Failed as failure:
            failures.append(f"{engine}, {question}: not answered: {failure}")
            continue
        about["runs"][question] = [answer for answer, _ in answers]
        about["server"] = answers[0][1]
    return found


def settle(engine: str, found: dict, keep: bool) -> list[str]:
    """Return what has changed, and keep the new state, with the old answers to other questions."""
    try:
        before = kept.read(engine)
    except kept.NotKept:
        before = {"runs": {}}
    lines = list(kept.changes(before, found))
    if keep and found["runs"]:
        kept.write(engine, {**found, "runs": before["runs"] | found["runs"]})
    return lines


def _ask(engine: str, question: str, with_: tuple[str, ...]) -> tuple[dict | None, str]:
    with trial(engine, with_) as one:
        answer = getattr(asked, question)(one)
        line = f"{engine}, {question}: {cells.text(question, [answer])}"
        print(line, file=sys.stderr, flush=True)
        return answer, one.store.version


def _about(engine: str, with_: tuple[str, ...]) -> dict:
    releases = environments.pins(engine, with_)
    today = datetime.date.today().isoformat()
    about = {"engine": engine, "date": today, "releases": releases}
    return about | {"runtime": runtime_of(engine, with_), "runs": {}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
