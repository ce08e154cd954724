"""A story: the code that enqueues jobs, and the workers that run them; playable repeatedly."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from arq import ArqRedis
from redis import Redis
from rq import Queue
from rq.job import Job

from lesson_code.lab.engines.rq import all_queues
from lesson_code.lab.stage.effects import effect_of, is_counted_by_a_world

NOTICED = 120.0  # seconds until an operator looks; RQ's last heartbeat lasts for 90 of them


def none(redis: Redis) -> Counter:
    """Return no other effects than the tasks' own."""
    return Counter()


@dataclass(frozen=True)
class Story:
    """`enqueue(*queues)` enqueues RQ jobs; then so many workers listen to all of the queues.

    Without `queues`, `enqueue` is given the queue "default", and the workers also listen to each
    queue that it or a job enqueues into; else they listen to these queues only.

    When a worker has crashed, another one starts after `noticed` seconds, and again, until only
    final states are left. With `requeue`, an operator then requeues the failed jobs, even in the
    plain run; `repair(*queues)` is a further action, after which workers start again. The effects
    that count are those of the worlds' tasks, the calls of the functions in `counts`, and what
    `effects(redis)` returns. `serializer`, `job_class` and `queue_class` are as for RQ's worker.
    """

    enqueue: Callable[..., Any]
    workers: int = 1
    queues: tuple[str, ...] = ()
    requeue: bool = False
    noticed: float = NOTICED
    effects: Callable[[Redis], Counter] = none
    repair: Callable[..., Any] | None = None
    counts: tuple[Callable[..., Any], ...] = ()
    serializer: Any = None
    job_class: type[Job] = Job
    queue_class: type[Queue] = Queue

    @property
    def given(self) -> tuple[str, ...]:
        """Return the names of the queues that `enqueue` and `repair` are given."""
        return self.queues or ("default",)

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of RQ's worker that are not its own defaults."""
        classes = {"job_class": self.job_class, "queue_class": self.queue_class}
        return classes | ({"serializer": self.serializer} if self.serializer else {})

    def queue(self, name: str, connection: Redis) -> Queue:
        """Return the queue of that name, of this story's class."""
        own = {"job_class": self.job_class, "serializer": self.serializer}
        return self.queue_class(name, connection=connection, **own)

    def served(self, redis: Redis) -> list[str]:
        """Return the names of the queues that workers listen to when they start now."""
        return [*self.queues] or [queue.name for queue in all_queues(redis)] or [*self.given]


@dataclass(frozen=True)
class ArqStory:
    """`await enqueue(pool)` enqueues ARQ jobs; so many workers run them, with these settings.

    All else is as in a Story; a crash is noticed when the job's in-progress key has expired.
    """

    enqueue: Callable[[ArqRedis], Awaitable]
    settings: type
    workers: int = 1
    requeue: bool = False
    noticed: float = 320.0
    effects: Callable[[Redis], Counter] = none
    counts: tuple[Callable[..., Any], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The end of a run: the states and results of all jobs, the effects."""

    states: dict[str, str]
    tasks: dict[str, str]  # the jobs' calls: "charge('A7')"
    results: dict[str, Any]
    effects: Counter
    places: dict[str, str]  # of jobs that have not ended: "queued, in no queue"
    hangs: str = ""  # why the run did not end


def with_effects(story: Story | ArqStory, effects: Iterable[Callable[..., Any] | str]) -> Any:
    """Return the story; it also counts the calls of these functions, or "module:function".

    Raises CannotCount, a ValueError, for one that cannot be counted.
    """
    more = [one for one in map(effect_of, effects) if not is_counted_by_a_world(one)]
    return replace(story, counts=tuple(dict.fromkeys((*story.counts, *more))))
