"""Read the jobs and queues of ARQ from its keys.

ARQ stores a job as a pickle, or with the project's own serializer. Nothing is unpickled here.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from lesson_code.lab.look.arq_row import job_of
from lesson_code.lab.look.client import ReadingClient, asked, scan, scored, text
from lesson_code.lab.look.facts import (
    ARQ,
    FAILED_IN_ARQ,
    MISSING,
    JobFacts,
    QueueFacts,
    WorkerFacts,
)
from lesson_code.lab.look.pickled import LONGEST
from lesson_code.lab.look.rq_keys import PREFIX

JOB, RESULT, RETRY = "arq:job:", "arq:result:", "arq:retry:"
IN_PROGRESS, ABORTS, HEALTH = "arq:in-progress:", "arq:abort", ":health-check"
DEFAULT_QUEUE = "arq:queue"
MOST_SETS = 100_000  # sorted sets of other programs that are asked whether they are queues
FIRST = 9  # so many of their members, less one, are looked at
SOME = 2_000  # jobs of which all that is stored is read at a time


class ArqReader:
    """One look at the ARQ of a Redis: up to `most` jobs."""

    def __init__(self, redis: ReadingClient, now: float, most: int, data: bool):
        self.redis, self.now, self.most, self.data = redis, now, most, data
        self.defined: set[str] = set()
        self.ended: set[str] = set()
        self.health: set[str] = set()  # the queues whose workers say that they are there
        self.other: list[str] = []
        self.due: dict[str, tuple[str, float]] = {}  # the queue of an id, and when it is due
        self.whole = True

    def read(
        self, only: Collection[str] | None = None, queue: str | None = None
    ) -> tuple[list[JobFacts], list[WorkerFacts], list[QueueFacts], dict[str, float]]:
        """Return the jobs (or only those of `only`), workers, queues and marks for an abort."""
        self._scan(only)
        workers = self._workers(self._queues(queue))
        jobs = list(self._jobs(self._ids() if only is None else only))
        return jobs, workers, self._counted(workers), self._aborts()

    def _scan(self, only: Collection[str] | None) -> None:
        kinds = {JOB: self.defined, RESULT: self.ended}
        wanted = None if only is None else {prefix + one for prefix in kinds for one in only}
        for key in scan(self.redis, match="arq:*"):
            for prefix, ids in kinds.items():
                if key.startswith(prefix) and (wanted is None or key in wanted):
                    if len(ids) < self.most:
                        ids.add(key.removeprefix(prefix))
                    else:
                        self.whole = False
            if key.endswith(HEALTH):
                self.health.add(key.removesuffix(HEALTH))
            elif not key.startswith((*kinds, RETRY, IN_PROGRESS, ABORTS)):
                self.other.append(key)  # a queue: "arq:queue", or another name of that kind

    def _queues(self, queue: str | None) -> list[str]:
        """Return the names of the queues: sorted sets of ids of jobs. Note which ids they hold."""
        names = dict.fromkeys([*self.health, *self.other, *([queue] if queue else [])])
        if self.defined or self.ended or self.health:
            names.update(dict.fromkeys(self._queues_of_any_name(names)))
        for name in names:
            for one, score in scored(self.redis, name, self.most):
                self.due[one] = (name, score / 1000)
        return sorted(names)

    def _queues_of_any_name(self, known: Collection[str]) -> Iterator[str]:
        """Yield the sorted sets that have a health check, or hold ids of which ARQ has a key."""
        sets = scan(self.redis, most=MOST_SETS + 1, _type="zset")
        ours = (f"{PREFIX}:", "arq:")
        names = [name for name in sets if name not in known and not name.startswith(ours)]
        self.whole = self.whole and len(names) <= MOST_SETS
        health = asked(self.redis, (("EXISTS", name + HEALTH) for name in names))
        heads = asked(self.redis, (("ZRANGE", name, 0, FIRST) for name in names))
        for name, lives, head in zip(names, health, heads, strict=True):
            ids = [text(one) for one in head or ()]
            if lives:
                self.health.add(name)
            if lives or not self.defined.isdisjoint(ids):
                yield name

    def _workers(self, queues: list[str]) -> list[WorkerFacts]:
        self.queues = queues
        keys = [name + HEALTH for name in queues]
        told = asked(self.redis, (("GET", key) for key in keys))
        lives = asked(self.redis, (("PTTL", key) for key in keys))
        return [
            WorkerFacts(
                name=f"the workers of {name}",
                engine=ARQ,
                queues=(name,),
                alive=name in self.health,
                state=text(words),
                expires_in=left / 1000 if left and left > 0 else None,
            )
            for name, words, left in zip(queues, told, lives, strict=True)
            if name in self.health
        ]

    def _ids(self) -> list[str]:
        ids = list(dict.fromkeys([*self.due, *sorted(self.defined), *sorted(self.ended)]))
        self.whole = self.whole and len(ids) <= self.most
        return ids[: self.most]

    def _jobs(self, ids: Collection[str]) -> Iterator[JobFacts]:
        """Yield the jobs, some at a time: what is stored of them takes more room than the facts."""
        rest = iter(ids)
        while some := list(islice(rest, SOME)):
            runs, attempts = self._ask("PTTL", IN_PROGRESS, some), self._ask("GET", RETRY, some)
            keys = [(JOB if one in self.defined else RESULT) + one for one in some]
            values = list(asked(self.redis, (("GETRANGE", key, 0, LONGEST) for key in keys)))
            lives = list(asked(self.redis, (("PTTL", key) for key in keys)))
            for one, value, left, run, tries in zip(
                some, values, lives, runs, attempts, strict=True
            ):
                if value or one in self.due:  # else it is gone, or the key of another program
                    yield self._job(one, value, left, run, tries)

    def _ask(self, command: str, prefix: str, ids: Iterable[str]) -> list[Any]:
        return list(asked(self.redis, ((command, prefix + one) for one in ids)))

    def _job(self, one: str, value: bytes, left: int, run: int, tries: bytes | None) -> JobFacts:
        queue, due = self.due.get(one, ("", None))
        runs = run is not None and run > 0
        job = job_of(
            one,
            value,
            self.data,
            queue,
            state=self._state(one, due, runs),
            due_at=due,
            heartbeat_until=self.now + run / 1000 if runs else None,
            tries=tries,
            expires_in=left / 1000 if left and left > 0 else None,
            places=(("queue",) if due is not None else ()) + (("in-progress",) if runs else ()),
        )
        return replace(job, state=FAILED_IN_ARQ) if job.error and job.state == "complete" else job

    def _state(self, one: str, due: float | None, runs: bool) -> str:
        if due is None and one in self.ended and one not in self.defined:
            return "complete"
        if runs:
            return "in_progress"
        if one not in self.defined:
            return MISSING
        return "deferred" if due is not None and due > self.now else "queued"

    def _counted(self, workers: list[WorkerFacts]) -> list[QueueFacts]:
        served = {name for worker in workers for name in worker.queues}
        sizes = Counter(queue for queue, _ in self.due.values())
        return [
            QueueFacts(
                name=name,
                engine=ARQ,
                counts={"queue": sizes[name]},
                workers=int(name in served),
            )
            for name in self.queues
        ]

    def _aborts(self) -> dict[str, float]:
        return {one: score / 1000 for one, score in scored(self.redis, ABORTS, self.most)}
