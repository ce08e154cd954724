"""Read the jobs, workers and queues of RQ from its keys.

RQ's own methods are not used: several of them clean up when they are asked, and load the jobs.
"""

import base64
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from lesson_code.lab.look.client import ReadingClient, asked, elements, glob, scan, scored, text
from lesson_code.lab.look.facts import MISSING, RQ, JobFacts, QueueFacts, WorkerFacts
from lesson_code.lab.look.pickled import NoPickle, opened, shown
from lesson_code.lab.look.rq_keys import (
    FIELDS,
    JOB,
    LISTS,
    QUEUE,
    QUEUES,
    REGISTRIES,
    RESULTS,
    SCHEDULER_LOCK,
    WORKER,
    WORKERS,
    last_line,
    number,
    seconds,
)

OVER = {"finished", "failed", "canceled", "stopped"}
COUNTED_ONLY = {"finished", "canceled"}  # registries that only grow; their jobs say the same
CLOSELY = 20_000  # jobs whose errors and lifetimes are read, too


class RqReader:
    """One look at the RQ of a Redis: up to `most` jobs."""

    def __init__(self, redis: ReadingClient, now: float, most: int, data: bool):
        self.redis, self.now, self.most, self.data = redis, now, most, data
        self.raw: dict[str, list | None] = {}  # the fields of each job; None: the job is gone
        self.places: dict[str, list[str]] = defaultdict(list)
        self.named: dict[str, str] = {}  # the queue in whose lists an id was found
        self.scores: dict[tuple[str, str], float] = {}
        self.closely: dict[str, dict] = defaultdict(dict)
        self.whole = True

    def read(self, only: list[str] | None = None) -> tuple[list[JobFacts], list, list]:
        """Return the jobs (or only those connected with `only`), the workers and the queues."""
        workers = self._workers()
        self._connected(only) if only is not None else self._all()
        queues = self._queues(workers, only=set(self.raw) if only is not None else None)
        lost = [one for one in self.places if one not in self.raw]
        self._fetch(lost)
        self._look_closely()
        asked_in_vain = {one for one in only or () if not self.raw[one] and one not in self.places}
        jobs = [self._facts(one) for one in self.raw if one not in asked_in_vain]
        return jobs, workers, queues

    def _all(self) -> None:
        keys = scan(self.redis, match=f"{glob(JOB)}*", _type="HASH")
        ids = [key.removeprefix(JOB) for key in islice(keys, self.most + 1)]
        self.whole = len(ids) <= self.most
        self._fetch(ids[: self.most])

    def _connected(self, ids: list[str]) -> None:
        """Read these, and all jobs that one comes to from them by dependencies, both ways."""
        waiting = ids
        while waiting:
            room = self.most - len(self.raw)
            self.whole = self.whole and len(waiting) <= room
            self._fetch(waiting[:room])
            near: dict[str, None] = {}
            for one in waiting[:room]:
                near.update(dict.fromkeys(self._after(one)))
                dependents = self.redis.sscan_iter(f"{JOB}{one}:dependents")
                near.update(dict.fromkeys(map(text, islice(dependents, self.most))))
            waiting = [one for one in near if one not in self.raw] if room > 0 else []

    def _fetch(self, ids: Iterable[str]) -> None:
        ids = list(ids)
        answers = asked(self.redis, [("HMGET", JOB + one, *FIELDS) for one in ids])
        for one, fields in zip(ids, answers, strict=True):
            self.raw[one] = fields if fields and fields[0] is not None else None

    def _workers(self) -> list[WorkerFacts]:
        keys = [text(key) for key in self.redis.sscan_iter(WORKERS)]
        fields = ("queues", "state", "current_job", "birth", "last_heartbeat", "death", "version")
        answers = [("HMGET", key, *fields) for key in keys] + [("PTTL", key) for key in keys]
        told = list(asked(self.redis, answers))
        return [
            self._worker(key.removeprefix(WORKER), values or [None] * len(fields), lives)
            for key, values, lives in zip(keys, told, told[len(keys) :], strict=False)
        ]

    def _worker(self, name: str, values: list, lives: int) -> WorkerFacts:
        queues, state, job, birth, heartbeat, death, version = values
        seen = seconds(heartbeat)
        return WorkerFacts(
            name=name,
            engine=RQ,
            queues=tuple(text(queues).split(",")) if queues else (),
            alive=birth is not None and death is None,
            state=text(state),
            job=text(job),
            born_at=seconds(birth),
            heartbeat_at=seen,
            expires_in=lives / 1000 if lives and lives > 0 else None,
            clock_ahead=seen - self.now if seen and seen > self.now + 1 else None,
            version=text(version),
        )

    def _queues(self, workers: list[WorkerFacts], only: set[str] | None) -> list[QueueFacts]:
        found = {text(key).removeprefix(QUEUE) for key in self.redis.sscan_iter(QUEUES)}
        found |= {self._origin(one) for one in self.raw}
        found |= {name for worker in workers for name in worker.queues}
        names = sorted(found - {""})
        sizes = {name: self._sizes(name) for name in names}
        for name in names:
            self._find_places(name, only)
        locks = asked(self.redis, [("EXISTS", SCHEDULER_LOCK + name) for name in names])
        return [
            QueueFacts(
                name=name,
                engine=RQ,
                counts=sizes[name],
                workers=sum(one.alive and name in one.queues for one in workers),
                scheduler=bool(lock),
            )
            for name, lock in zip(names, locks, strict=True)
        ]

    def _sizes(self, queue: str) -> dict[str, int]:
        keys = {**LISTS, **REGISTRIES}
        commands = [
            ("LLEN" if place in LISTS else "ZCARD", key.format(queue))
            for place, key in keys.items()
        ]
        return dict(zip(keys, (size or 0 for size in asked(self.redis, commands)), strict=True))

    def _find_places(self, queue: str, only: set[str] | None) -> None:
        for place, key in LISTS.items():
            for one in elements(self.redis, key.format(queue), self.most):
                self._note(one, place, queue, only)
        for place in REGISTRIES.keys() - COUNTED_ONLY:
            for member, score in scored(self.redis, REGISTRIES[place].format(queue), self.most):
                one, _, execution = member.partition(":")
                self._note(one, place, queue, only)
                self.scores[one, place] = score
                if execution:
                    self.closely[one]["execution"] = member

    def _note(self, one: str, place: str, queue: str, only: set[str] | None) -> None:
        if only is None or one in only:
            self.places[one].append(place)
            self.named[one] = queue

    def _look_closely(self) -> None:
        """Read what only jobs of interest need: those that wait, then the causes, then the rest."""
        waiting = [
            one for one, fields in self.raw.items() if fields and self._state(one) not in OVER
        ]
        causes = dict.fromkeys(dependency for one in waiting for dependency in self._after(one))
        gone = [one for one in causes if one not in self.raw]
        self._fetch(gone)
        over = [one for one, fields in self.raw.items() if fields and self._state(one) in OVER]
        over.sort(key=lambda one: self._state(one) != "failed")
        chosen = list(dict.fromkeys([*causes, *waiting, *over]))[:CLOSELY]
        lives = asked(self.redis, [("PTTL", JOB + one) for one in chosen])
        for one, milliseconds in zip(chosen, lives, strict=True):
            self.closely[one]["lives"] = milliseconds
        self._read_errors([one for one in chosen if self.data or self._state(one) == "failed"])
        pairs = [(one, after) for one in waiting for after in self._after(one)]
        pairs = [(one, after) for one, after in pairs if self._state(one) == "deferred"]
        known = asked(self.redis, [("SISMEMBER", f"{JOB}{b}:dependents", a) for a, b in pairs])
        for (one, after), knows in zip(pairs, known, strict=True):
            if not knows and self.raw.get(after):
                self.closely[one].setdefault("unknown to", []).append(after)

    def _read_errors(self, ids: list[str]) -> None:
        streams = asked(
            self.redis, [("XREVRANGE", RESULTS + one, "+", "-", "COUNT", 1) for one in ids]
        )
        hashes = asked(self.redis, [("HGET", JOB + one, "exc_info") for one in ids])
        for one, entries, old in zip(ids, streams, hashes, strict=True):
            fields = dict(entries[0][1]) if entries and entries[0][1] else {}
            self.closely[one] |= {
                "traceback": _inflated(fields.get(b"exc_string"), old),
                "result": fields.get(b"return_value"),
            }

    def _state(self, one: str) -> str:
        fields = self.raw.get(one)
        return text(fields[0]) if fields else MISSING

    def _origin(self, one: str) -> str:
        fields = self.raw.get(one)
        return text(fields[1]) if fields else ""

    def _after(self, one: str) -> list[str]:
        fields = self.raw.get(one)
        if not fields:
            return []
        try:
            return json.loads(fields[3]) if fields[3] else [text(fields[4])] if fields[4] else []
        except ValueError:
            return []

    def _facts(self, one: str) -> JobFacts:
        closely = self.closely.get(one, {})
        values = dict(zip(FIELDS, self.raw[one] or [None] * len(FIELDS), strict=True))
        traceback, lives = closely.get("traceback"), closely.get("lives")
        call = text(values["description"])
        return JobFacts(
            id=one,
            engine=RQ,
            queue=text(values["origin"]) or self.named.get(one, ""),
            state=text(values["status"]) or MISSING,
            task=call.partition("(")[0] if "(" in call else "",  # else no words of RQ's
            after=tuple(self._after(one)),
            unknown_to=tuple(closely.get("unknown to", ())),
            even_if_failed=values["allow_dependency_failures"] == b"1",
            error=last_line(traceback) if traceback else None,
            never_ran=bool(traceback) and _never_ran(traceback),
            call=call if self.data else "",
            result=_result(closely.get("result")) if self.data else None,
            created_at=seconds(values["created_at"]),
            enqueued_at=seconds(values["enqueued_at"]),
            due_at=self.scores.get((one, "scheduled")),
            started_at=seconds(values["started_at"]),
            ended_at=seconds(values["ended_at"]),
            heartbeat_at=seconds(values["last_heartbeat"]),
            heartbeat_until=self.scores.get((one, "wip")),
            attempts=_attempts(values),
            retries_left=number(values["retries_left"]),
            worker=text(values["worker_name"]),
            expires_in=lives / 1000 if lives and lives > 0 else None,
            result_ttl=number(values["result_ttl"]),
            failure_ttl=number(values["failure_ttl"]),
            places=tuple(self.places.get(one, ())),
        )


def _attempts(values: dict) -> int | None:
    """Return how often the job was started.

    Of the retries of `enqueue(retry=Retry(max=3))` RQ stores only how many are left, so their
    number is unknown. It counts those that a task asks for by returning a Retry.
    """
    if values["started_at"] is None or values["retries_left"] is not None:
        return None
    return 1 + (number(values["number_of_retries"]) or 0)


def _inflated(in_stream: bytes | None, in_hash: bytes | None) -> str:
    """Return the traceback of a job: RQ compresses it."""
    packed = base64.b64decode(in_stream) if in_stream else in_hash
    if not packed:
        return ""
    try:
        return text(zlib.decompress(packed))
    except zlib.error:
        return text(packed)


def _never_ran(traceback: str) -> bool:
    """Tell whether RQ failed before it called the task."""
    return "DeserializationError" in last_line(traceback) or "import_attribute" in traceback


def _result(stored: bytes | None) -> str | None:
    """Return a result as text. Nothing is unpickled."""
    if stored is None:
        return None
    value = base64.b64decode(stored)
    try:
        return shown(opened(value))
    except NoPickle:
        pass
    try:
        return shown(json.loads(value))
    except ValueError:
        return "(stored by another serializer: it cannot be told)"
