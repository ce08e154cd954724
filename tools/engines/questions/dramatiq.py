"""Dramatiq: `pipeline`, `group` with a completion callback, results in Redis.

The worker is `dramatiq` with its defaults, but one process and one thread. A failed message is
retried by default, up to 20 times, at growing intervals. A killed worker's messages come back in a
maintenance, which each command of a worker starts by chance (`maintenance_chance`). In two more
runs they had not come back after ten minutes.
"""

import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import RedisBackend as Limits
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend
from dramatiq.results.errors import ResultFailure, ResultMissing

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["dramatiq", __name__, "--processes", "1", "--threads", "1"]
broker = RedisBroker(url=URL)
broker.add_middleware(Results(backend=RedisBackend(url=URL), store_results=True))
broker.add_middleware(GroupCallbacks(Limits(url=URL)))
dramatiq.set_broker(broker)


@dramatiq.actor
def a() -> str:
    note("a")
    return "a"


@dramatiq.actor
def b(*got: object) -> None:
    note("b", *got)
    broken()


@dramatiq.actor
def slow(*got: object) -> None:
    note("b", *got)
    time.sleep(seconds_left("b"))
    note("b ended")


@dramatiq.actor
def c(*got: object, **named: object) -> None:
    note("c", *got, **named)


@dramatiq.actor
def part(number: int) -> int:
    note("part")
    if number:
        broken()
    return number


@dramatiq.actor
def give(kind: str) -> object:
    note("give")
    return GIVEN[kind]


def _chain(*messages: dramatiq.Message) -> dict:
    *_, before, last = dramatiq.pipeline(messages).run().messages
    return {"b": before.asdict(), "c": last.asdict()}


def fails() -> dict:
    return _chain(a.message(), b.message(), c.message())


def seen(ids: dict) -> dict:
    states = {}
    for name, message in ids.items():
        try:
            dramatiq.Message(**message).get_result(block=False)
            states[name] = "a result"
        except ResultMissing:
            states[name] = None
        except ResultFailure as error:
            states[name] = str(error)
    return {"how": "Message.get_result()", **states}


def join() -> dict:
    group = dramatiq.group([part.message(0), part.message(1)])
    callback = c.message()
    group.add_completion_callback(callback)
    group.run()
    return {"c": callback.asdict()}


def hand(kind: str) -> None:
    dramatiq.pipeline([give.message(kind), c.message()]).run()


def empty() -> None:
    group = dramatiq.group([])
    group.add_completion_callback(c.message())
    group.run()


def slow_chain() -> dict:
    return _chain(a.message(), slow.message(), c.message())


def same(which: str) -> None:
    broker.enqueue(c.message(which).copy(message_id="same"))


def hundred(steps: int) -> None:
    dramatiq.pipeline([c.message_with_options(pipe_ignore=True) for _ in range(steps)]).run()
