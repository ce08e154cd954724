"""Huey: `.then()` and `chord` on `RedisHuey`; `huey_consumer` with its defaults, one thread.

Its retries are off here, as they are by default.
"""

import time

from huey import RedisHuey, chord
from huey.api import Result
from huey.exceptions import TaskException

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["huey_consumer", f"{__name__}.app"]
app = RedisHuey("questions", url=URL)


@app.task()
def a() -> str:
    note("a")
    return "a"


@app.task()
def b(*got: object) -> str:
    note("b", *got)
    broken()
    return "b"


@app.task()
def slow(*got: object) -> str:
    note("b", *got)
    time.sleep(seconds_left("b"))
    note("b ended")
    return "b"


@app.task()
def c(*got: object, **named: object) -> str:
    note("c", *got, **named)
    return "c"


@app.task()
def part(number: int) -> str:
    note("part")
    if number:
        broken()
    return "part"


@app.task()
def give(kind: str) -> object:
    note("give")
    return GIVEN[kind]


def _chain(second: object) -> dict:
    _, before, last = app.enqueue(a.s().then(second).then(c))
    tasks = {"b": before.task, "c": last.task}
    return {name: app.serialize_task(task).hex() for name, task in tasks.items()}


def _result(task: str) -> Result:
    return Result(app, app.deserialize_task(bytes.fromhex(task)))


def fails() -> dict:
    return _chain(b)


def seen(ids: dict) -> dict:
    states = {}
    for name, task in ids.items():
        try:
            states[name] = _result(task).get(preserve=True)
        except TaskException as error:
            states[name] = f"TaskException, {error}"
    return {"how": "Result.get()", **states}


def again(ids: dict) -> dict:
    _result(ids["b"]).reschedule()
    return {"call": "Result.reschedule()"}


def join() -> dict:
    callback = c.s()
    app.enqueue(chord([part.s(0), part.s(1)], callback))
    return {"c": app.serialize_task(callback).hex()}


def hand(kind: str) -> None:
    app.enqueue(give.s(kind).then(c))


def empty() -> None:
    app.enqueue(chord([], c.s()))


def slow_chain() -> dict:
    return _chain(slow)


def same(which: str) -> None:
    task = c.s(which)
    task.id = "same"
    app.enqueue(task)


def hundred(steps: int) -> None:
    chain = c.s()
    for _ in range(steps - 1):
        chain.then(c)
    app.enqueue(chain)
