"""Celery: `chain`, `chord`, results in Redis, `celery worker` with its defaults and one process.

By default a task is acknowledged before it runs (`task_acks_late` is off).
"""

import time

from celery import Celery, chain, chord
from celery.result import AsyncResult

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["celery", "-A", f"{__name__}:app", "worker", "-c", "1"]
app = Celery("questions", broker=URL, backend=URL)


@app.task
def a() -> str:
    note("a")
    return "a"


@app.task
def b(*got: object) -> None:
    note("b", *got)
    broken()


@app.task
def slow(*got: object) -> None:
    note("b", *got)
    time.sleep(seconds_left("b"))
    note("b ended")


@app.task
def c(*got: object, **named: object) -> None:
    note("c", *got, **named)


@app.task
def part(number: int) -> int:
    note("part")
    if number:
        broken()
    return number


@app.task
def give(kind: str) -> object:
    note("give")
    return GIVEN[kind]


def _ids(last: AsyncResult) -> dict:
    return {"b": last.parent.id, "c": last.id}


def fails() -> dict:
    return _ids(chain(a.s(), b.s(), c.s()).apply_async())


def seen(ids: dict) -> dict:
    states = {}
    for name, id_ in ids.items():
        result = AsyncResult(id_, app=app)
        error = f", {result.result!r}" if result.failed() else ""
        states[name] = result.state + error
    return {"how": "AsyncResult.state", **states}


def join() -> dict:
    return {"c": chord([part.s(0), part.s(1)])(c.s()).id}


def hand(kind: str) -> None:
    chain(give.s(kind), c.s()).apply_async()


def empty() -> None:
    chord([])(c.s())


def slow_chain() -> dict:
    return _ids(chain(a.s(), slow.s(), c.s()).apply_async())


def same(which: str) -> None:
    c.apply_async((which,), task_id="same")


def hundred(steps: int) -> None:
    chain(*[c.si()] * steps).apply_async()
