"""DBOS on SQLite: a chain is one workflow, whose steps are A, B and C.

A join is a workflow that starts its parts and asks for their results. The worker is a process that
calls `DBOS.launch()` and waits, on one queue with its defaults. Retries of steps are off.
"""

import threading
import time

from dbos import DBOS, DBOSClient

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["python", "-c", f"import {__name__} as file; file.work()"]
QUEUE = "questions"
if URL:
    DBOS(config={"name": "questions", "system_database_url": URL, "log_level": "WARNING"})


@DBOS.step()
def a() -> str:
    note("a")
    return "a"


@DBOS.step()
def b(got: str) -> str:
    note("b", got)
    broken()
    return "b"


@DBOS.step()
def slow(got: str) -> str:
    note("b", got)
    time.sleep(seconds_left("b"))
    note("b ended")
    return "b"


@DBOS.step()
def c(*got: object) -> None:
    note("c", *got)


@DBOS.step()
def give(kind: str) -> object:
    note("give")
    return GIVEN[kind]


@DBOS.workflow()
def chain() -> None:
    c(b(a()))


@DBOS.workflow()
def working() -> None:
    c(slow(a()))


@DBOS.workflow()
def handing(kind: str) -> None:
    c(give(kind))


@DBOS.workflow()
def one(which: str) -> None:
    c(which)


@DBOS.workflow()
def part(number: int) -> int:
    note("part")
    if number:
        broken()
    return number


@DBOS.workflow()
def joined(parts: int) -> None:
    handles = [DBOS.start_workflow(part, number) for number in range(parts)]
    c([handle.get_result() for handle in handles])


def prepare() -> None:
    DBOS.launch()
    DBOS.register_queue(QUEUE)
    DBOS.destroy()


def work() -> None:
    DBOS.launch()
    DBOS.register_queue(QUEUE)
    threading.Event().wait()


def _client() -> DBOSClient:
    return DBOSClient(system_database_url=URL)


def _enqueue(workflow: str, *args: object, **options: str) -> dict:
    client = _client()
    named = {"queue_name": QUEUE, "workflow_name": workflow, **options}
    return {"workflow": client.enqueue(named, *args).workflow_id}


def fails() -> dict:
    return _enqueue("chain")


def seen(ids: dict) -> dict:
    client = _client()
    steps = {step["function_name"]: step for step in client.list_workflow_steps(ids["workflow"])}
    states = {"workflow": client.retrieve_workflow(ids["workflow"]).get_status().status}
    for name, functions in {"b": ("b", "slow"), "c": ("c",)}.items():
        found = [steps[function] for function in functions if function in steps]
        states[name] = ("failed" if found[0]["error"] else "done") if found else None
    return {"how": "list_workflow_steps(), get_status()", **states}


def again(ids: dict) -> dict:
    client = _client()
    steps = client.list_workflow_steps(ids["workflow"])
    (failed,) = [step["function_id"] for step in steps if step["function_name"] == "b"]
    client.rewind_workflow(ids["workflow"], start_step=failed)
    return {"call": "rewind_workflow(…, start_step=…)"}


def join() -> dict:
    return _enqueue("joined", 2)


def hand(kind: str) -> None:
    _enqueue("handing", kind)


def empty() -> None:
    _enqueue("joined", 0)


def slow_chain() -> dict:
    return _enqueue("working")


def same(which: str) -> None:
    _enqueue("one", which, workflow_id="same")
