"""Read the jobs, workers and queues of RQ from its keys.

RQ's own methods are not used: several of them clean up when they are asked, and load the jobs.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import islice

from lesson_code.lab.look.client import ReadingClient, asked, elements, glob, scan, scored, text
from lesson_code.lab.look.facts import MISSING, JobFacts, LimitFacts, QueueFacts, WorkerFacts
from lesson_code.lab.look.rq_keys import (
    COUNTED_ONLY,
    JOB,
    LISTS,
    QUEUE,
    QUEUES,
    REGISTRIES,
    RESULTS,
)
from lesson_code.lab.look.rq_limits import read_limits
from lesson_code.lab.look.rq_row import (
    FIELDS,
    job_of,
    last_line,
    never_ran,
    result_of,
    traceback_of,
)
from lesson_code.lab.look.rq_workers import queue_facts, read_workers, with_clocks

OVER = {"finished", "failed", "canceled", "stopped"}
CLOSELY = 20_000  # jobs whose errors and lifetimes are read, too


class RqReader:
    """One look at the RQ of a Redis: up to `most` jobs."""

    def __init__(self, redis: ReadingClient, now: float, most: int, data: bool):
        self.redis, self.now, self.most, self.data = redis, now, most, data
        self.jobs: dict[str, JobFacts] = {}
        self.places: dict[str, list[str]] = defaultdict(list)  # the lists that name an id
        self.named: dict[str, str] = {}  # the queue of these lists
        self.due: dict[str, float] = {}
        self.late: dict[str, float] = {}
        self.runs: dict[str, float] = {}  # of a job and its run: late at that time
        self.queues: set[str] = set()
        self.limits: list[LimitFacts] = []
        self.whole = True

    def read(
        self, only: Collection[str] | None = None
    ) -> tuple[list[JobFacts], list[WorkerFacts], list[QueueFacts]]:
        """Return the jobs (or only those connected with `only`), the workers and the queues."""
        workers = read_workers(self.redis, self.now)
        names = {text(key).removeprefix(QUEUE) for key in self.redis.sscan_iter(QUEUES)}
        self._find_places(names | {name for worker in workers for name in worker.queues})
        self._find_limits()
        if only is None:
            self._fetch(self._all())
            self._fetch(one for one in self.places if one not in self.jobs)
        else:
            self._fetch_connected(only)
        self._find_forgotten_queues()
        self._look_closely()
        asked_in_vain = {one for one in only or () if self._is_nothing(one)}
        jobs = [job for one, job in self.jobs.items() if one not in asked_in_vain]
        workers = with_clocks(self.redis, workers, self._runs_of_workers(), self.now)
        return jobs, workers, queue_facts(self.redis, sorted(self.queues), workers)

    def _runs_of_workers(self) -> dict[str, tuple[str, float]]:
        """Return a run of each worker: its id, and when it is late by the worker's clock."""
        ids = ((run, self.jobs.get(run.partition(":")[0])) for run in self.runs)
        return {job.worker: (run, self.runs[run]) for run, job in ids if job and ":" in run}

    def _all(self) -> list[str]:
        keys = scan(self.redis, match=f"{glob(JOB)}*", _type="HASH")
        ids = [key.removeprefix(JOB) for key in islice(keys, self.most + 1)]
        self.whole = self.whole and len(ids) <= self.most
        return ids[: self.most]

    def _fetch_connected(self, ids: Collection[str]) -> None:
        """Read these, and all jobs that one comes to from them by dependencies, both ways."""
        waiting = list(ids)
        while waiting:
            room = max(0, self.most - len(self.jobs))
            self.whole = self.whole and len(waiting) <= room
            self._fetch(waiting[:room])
            near: dict[str, None] = {}
            for one in waiting[:room]:
                near.update(dict.fromkeys(self.jobs[one].after))
                dependents = self.redis.sscan_iter(f"{JOB}{one}:dependents")
                near.update(dict.fromkeys(map(text, islice(dependents, self.most))))
            waiting = [one for one in near if one not in self.jobs]

    def _fetch(self, ids: Iterable[str]) -> None:
        ids = list(ids)
        answers = asked(self.redis, (("HMGET", JOB + one, *FIELDS) for one in ids))
        for one, fields in zip(ids, answers, strict=True):
            self.jobs[one] = job_of(
                one,
                fields,
                self.data,
                queue=self.named.get(one, ""),
                due_at=self.due.get(one),
                heartbeat_until=self.late.get(one),
                places=tuple(self.places.get(one, ())),
            )

    def _find_forgotten_queues(self) -> None:
        """Find the queues that only the jobs name: their key of all queues is gone."""
        names = {job.queue for job in self.jobs.values()} - self.queues - {""}
        if names:
            self._find_places(names)
            self._fetch([one for one, job in self.jobs.items() if job.queue in names])

    def _find_places(self, names: Iterable[str]) -> None:
        for name in names:
            self.queues.add(name)
            for place, key in LISTS.items():
                self._note_list(place, name, key.format(name))
            for place in REGISTRIES.keys() - COUNTED_ONLY:
                self._note_registry(place, name, REGISTRIES[place].format(name))

    def _note_list(self, place: str, queue: str, key: str) -> None:
        for number, one in enumerate(elements(self.redis, key, self.most + 1)):
            self._note(one, place, queue, number)

    def _note_registry(self, place: str, queue: str, key: str) -> None:
        for number, (member, score) in enumerate(scored(self.redis, key, self.most + 1)):
            one = member.partition(":")[0]  # in "wip" the id of a run follows
            self._note(one, place, queue, number)
            if place == "scheduled":
                self.due[one] = score
            elif place == "wip":
                self.late[one] = max(score, self.late.get(one, score))
                self.runs[member] = score

    def _find_limits(self) -> None:
        self.limits = read_limits(self.redis, self.now, self.most)
        for one in (one for limit in self.limits for one in limit.waiting):
            self.places[one].append("limited")

    def _note(self, one: str, place: str, queue: str, number: int) -> None:
        if number == self.most:
            self.whole = False
        elif place not in self.places[one]:
            self.places[one].append(place)
            self.named[one] = queue

    def _is_nothing(self, one: str) -> bool:
        job = self.jobs.get(one)
        return job is None or (job.state == MISSING and not job.places)

    def _look_closely(self) -> None:
        """Read what only jobs of interest need: causes, those that wait, failed ones, the rest."""
        waiting = [job for job in self.jobs.values() if job.state not in {*OVER, MISSING}]
        causes = dict.fromkeys(one for job in waiting for one in job.after)
        for limit in self.limits:
            if not self.jobs.keys().isdisjoint(limit.waiting):
                causes.update(dict.fromkeys(limit.holders))
        self._fetch(one for one in causes if one not in self.jobs)
        over = sorted((j for j in self.jobs.values() if j.state in OVER), key=_failed_first)
        ids = dict.fromkeys([*causes, *(job.id for job in [*waiting, *over])])
        chosen = [one for one in islice(ids, CLOSELY) if self.jobs[one].state != MISSING]
        lives = asked(self.redis, (("PTTL", JOB + one) for one in chosen))
        for one, left in zip(chosen, lives, strict=True):
            if left and left > 0:
                self.jobs[one] = replace(self.jobs[one], expires_in=left / 1000)
        self._read_ends([j for j in chosen if self.data or self.jobs[j].state == "failed"])
        self._ask_dependencies([job for job in waiting if job.state == "deferred"])

    def _read_ends(self, ids: list[str]) -> None:
        last = [("XREVRANGE", RESULTS + one, "+", "-", "COUNT", 1) for one in ids]
        hashes = asked(self.redis, (("HGET", JOB + one, "exc_info") for one in ids))
        for one, entries, old in zip(ids, asked(self.redis, last), hashes, strict=True):
            fields = dict(entries[0][1]) if entries and entries[0][1] else {}
            traceback = traceback_of(fields.get(b"exc_string"), old)
            self.jobs[one] = replace(
                self.jobs[one],
                error=last_line(traceback) or None,
                never_ran=never_ran(traceback),
                result=result_of(fields.get(b"return_value")) if self.data else None,
            )

    def _ask_dependencies(self, deferred: list[JobFacts]) -> None:
        """Note the dependencies that do not know that a job waits for them."""
        pairs = [(job.id, one) for job in deferred for one in job.after]
        known = asked(self.redis, (("SISMEMBER", f"{JOB}{b}:dependents", a) for a, b in pairs))
        unknown: dict[str, list[str]] = defaultdict(list)
        for (one, dependency), knows in zip(pairs, known, strict=True):
            if not knows and self.jobs[dependency].state != MISSING:
                unknown[one].append(dependency)
        for one, dependencies in unknown.items():
            self.jobs[one] = replace(self.jobs[one], unknown_to=tuple(dependencies))


def _failed_first(job: JobFacts) -> bool:
    return job.state != "failed"
