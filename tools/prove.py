"""Proof that the stage tells the truth, a line for each part: make prove

python -m tools.prove [SCRIPTS [PLACES [PAIRS]]]    so many, instead of all: 1,000, all, 1,000

The same script gives the same run in every process, under load. A worker that is really killed, or
told to stop, on a real server, leaves the result that the stage predicts, at every place of six
workflows. And a fallback that is enqueued in one transaction always runs, even if workers listen
already.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product

from rq import Queue, Retry, Worker
from rq.job import Dependency

from lesson_code.lab import Lab, play
from lesson_code.lab.server.own import own_server
from lesson_code.lab.stage.crashes import spread
from lesson_code.lab.stage.real_crashes import real_crashes
from lesson_code.lab.stage.real_worker import named
from lesson_code.patterns.tasks import named as named_task
from lesson_code.with_rq.fallbacks import catch_final_failure, fallback_if_failed
from lesson_code.with_rq.workflow import enqueue_workflow
from tests import recipes
from tests.stories import REAL
from tools import lesson
from tools.load import load

SIGNALS = {"KILL": "kill -9", "TERM": "SIGTERM"}
FALLBACK = {
    "charge": ([catch_final_failure, recipes.refuse], [], {"retry": Retry(max=2)}),
    "payment": ([fallback_if_failed, recipes.invoice], ["charge"]),
}


def told_elsewhere(numbers: range, seed: str) -> subprocess.Popen:
    """Start to play these random scripts in a process with this seed of Python's hashes."""
    code = f"from tests.scripts import told; print(*told({numbers}), sep='\\n')"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(lesson.PROJECT)}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def differing(number: int) -> list[int]:
    """Return which of so many scripts two processes report differently."""
    both = [told_elsewhere(range(number), seed) for seed in ("0", "7")]
    one, other = (process.communicate()[0].split() for process in both)
    if not len(one) == len(other) == number:
        raise RuntimeError("the scripts were not played to the end")
    return [at for at in range(number) if one[at] != other[at]]


def disagreements(
    story: str, lab: Lab, most: int | None = None, signal: str = "KILL"
) -> tuple[int, list[str]]:
    """Return at how many places real workers got the signal, and where the results differ."""
    steps = play(named(story)).steps
    places = spread([*range(len(steps))], len(steps) if most is None else most)
    wrong = []
    for fate in real_crashes(story, lab, places, signal):
        says = play(named(story), fate.token)
        if (fate.kind, fate.says) != (says.kind, says.says):
            wrong.append(f"{fate.token}: {fate.kind}, {fate.says}; the stage: {says.kind}")
    return len(places), wrong


@contextmanager
def listening(lab: Lab, number: int) -> Iterator[None]:
    """Start so many workers that wait for work, each in a process of its own."""
    command = [sys.executable, "-m", "rq.cli", "worker", "--url", lab.url, "--quiet"]
    command += ["--worker-class", "rq.SimpleWorker"]
    knows = {**os.environ, "PYTHONPATH": str(lesson.PROJECT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # of jobs that must fail
    workers = [subprocess.Popen(command, env=knows, **quiet) for _ in range(number)]
    try:
        while len(Worker.all(connection=lab.redis)) < number:
            time.sleep(0.05)
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()


def left_behind(lab: Lab, workers: int, pairs: int, pause: float | None = None) -> int:
    """Enqueue so many payments with a fallback while workers listen.

    Return how many wait forever. With a `pause` (seconds), enqueue line by line, with that wait
    between the lines; else in one transaction.
    """
    queue = Queue(connection=lab.redis)
    with listening(lab, workers):
        for number in range(pairs):
            if pause is None:
                enqueue_workflow(queue, FALLBACK, run=f"run-{number}")
            else:
                job = queue.enqueue(recipes.refuse)
                time.sleep(pause)
                either = Dependency(job, allow_failure=True)
                queue.enqueue(fallback_if_failed, named_task(recipes.invoice), depends_on=either)
        while queue.count or any(one.get_current_job_id() for one in Worker.all(lab.redis)):
            time.sleep(0.05)
    left = queue.deferred_job_registry.get_job_count(cleanup=False)
    lab.empty()
    return left


def main(scripts: int = 1000, most: int | None = None, pairs: int = 1000) -> None:
    start = time.monotonic()
    with load():
        wrong = [str(at) for at in differing(scripts)]
    say = partial(print, flush=True)
    say(f"{scripts:,} random scripts, each played twice under load: {len(wrong)} differ", *wrong)
    failed = bool(wrong)
    for (words, name), (signal, sent) in product(REAL.items(), SIGNALS.items()):
        lab = Lab(own_server())
        number, wrong = disagreements(f"tests.stories:{name}", lab, most, signal)
        lab.close()
        say(f"{words}: {number - len(wrong)} of {number} places agree with {sent}")
        say(*(f"  {what}\n" for what in wrong), sep="", end="")
        failed = failed or bool(wrong)
    for workers in (2, 4):
        lab = Lab(own_server())
        for pause in (0.0, 0.02):
            say(f"{workers} workers listen, fallback line by line, {pause} s between:", end=" ")
            few = min(pairs, 100)
            say(f"{left_behind(lab, workers, few, pause)} of {few} left behind")
        left = left_behind(lab, workers, pairs)
        say(f"{workers} workers listen, at one stroke: {left} of {pairs:,} left behind")
        failed = failed or bool(left)
        lab.close()
    say(f"{time.monotonic() - start:.0f} s")
    sys.exit(failed)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
