"""Why jobs wait: the stuck ones, grouped by reason, each group with the way out."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from lesson_code.lab.look.facts import RQ, Found, JobFacts
from lesson_code.lab.look.reasons_arq import arq_reasons
from lesson_code.lab.look.reasons_rq import rq_reasons
from lesson_code.lab.look.say_arq import OF_ARQ
from lesson_code.lab.look.say_dependencies import DEPENDENCIES
from lesson_code.lab.look.say_rq import OF_RQ
from lesson_code.lab.look.why import Why
from lesson_code.lab.look.words import names

SENTENCES = {**DEPENDENCIES, **OF_RQ, **OF_ARQ}
# A job that moves from one list to another can look like these for a moment.
MOVING = {
    *("left-behind", "left-ready", "deferred-alone", "dependency-forgot", "dependency-gone"),
    *(
        "in-no-queue",
        "slot-free",
        "slot-lost",
        "taken",
        "silent-forgotten",
        "expired",
        "never-enqueued",
    ),
    *("dead-in-progress", "definition-expired", "abort-ignored", "abort-mark", "not-started"),
}
LOOKS_AGAIN = 2
PAUSE = 0.35  # seconds before each of them: ARQ's worker acts on an abort twice a second
SUSPECTS = 1_000  # jobs that are looked at again

Seen = tuple[str, str]  # the id of a job, and a code


@dataclass(frozen=True)
class Reason:
    """A group of jobs that are stuck for one reason."""

    code: str  # a key of SENTENCES
    engine: str
    jobs: tuple[str, ...]  # the ids of those that are stuck themselves
    followers: tuple[str, ...]  # the ids of those that wait for them
    causes: tuple[str, ...]  # the ids of the jobs that are the reason
    sentence: str
    way_out: str

    def __str__(self) -> str:
        return f"✗ {self.sentence}\n  → {self.way_out}"


def whys(found: Found) -> list[Why]:
    """Return a Why for each job that is stuck by itself."""
    return [*rq_reasons(found), *arq_reasons(found)]


def lasting_reasons(
    look: Callable[[Collection[str] | None], Found],
) -> tuple[Found, list[Reason]]:
    """Look, and look again at jobs that seemed to be stuck: a job that moves is not.

    `look` gets None for all jobs, or ids.
    """
    found = look(None)
    suspects = {why.watched for why in whys(found) if why.code in MOVING}
    moved: set[Seen] = set()
    for _ in range(LOOKS_AGAIN):
        again = sorted(suspects - moved)[:SUSPECTS]
        if not again:
            break
        time.sleep(PAUSE)
        still = {why.watched for why in whys(look({job for job, _ in again}))}
        moved |= {*again} - still
    return found, reasons(found, moved)


def reasons(found: Found, without: Collection[Seen] = ()) -> list[Reason]:
    """Return the reasons why jobs of `found` are stuck; [] if none is."""
    groups: dict[tuple, list[Why]] = defaultdict(list)
    for why in whys(found):
        if why.watched not in without:
            groups[why.engine, why.code, why.key].append(why)
    followers = _followers(found, groups)
    order = [*SENTENCES]
    told = [_reason(found, group, followers[key]) for key, group in groups.items()]
    return sorted(told, key=lambda one: (one.engine != RQ, order.index(one.code), one.jobs))


def no_such_job(job: str) -> Reason:
    """Return the reason of an id that is asked for and that no job has."""
    return Reason(
        "no-such-job", "", (job,), (), (),
        f"There is no job {job!r}: it was deleted, has expired, or has another id.",
        "Compare the id and the database with those of the code that enqueues; a longer result_ttl"
        " (RQ) or keep_result (ARQ) keeps an ended job longer.",
    )  # fmt: skip


def _followers(found: Found, groups: dict[tuple, list[Why]]) -> dict[tuple, list[str]]:
    """Return the deferred jobs that wait for a stuck job, each in the group that it waits for."""
    taken = {why.job for group in groups.values() for why in group}
    followers: dict[tuple, list[str]] = defaultdict(list)
    for key, group in groups.items():
        waiting = [why.job for why in group if why.engine == RQ]
        while waiting:
            job = found.by_id.get(waiting.pop())
            for one in job.dependents if job else ():
                if one not in taken and found.by_id[one].state == "deferred":
                    taken.add(one)
                    followers[key].append(one)
                    waiting.append(one)
    return followers


def _reason(found: Found, group: list[Why], followers: list[str]) -> Reason:
    why = group[0]
    jobs = tuple(dict.fromkeys(one.job for one in group))
    causes = tuple(dict.fromkeys(one.cause for one in group if one.cause))
    sentence, way_out = SENTENCES[why.code](
        found, _facts(found, jobs, why.engine), _facts(found, causes, why.engine), why.key
    )
    if followers:
        verb, whom = "waits" if len(followers) == 1 else "wait", "it" if len(jobs) == 1 else "them"
        sentence += f" {names(followers)} {verb} for {whom}."
    return Reason(why.code, why.engine, jobs, tuple(followers), causes, sentence, way_out)


def _facts(found: Found, ids: Iterable[str], engine: str) -> list[JobFacts]:
    """Return the jobs, and for an id without a job a JobFacts that says so."""
    return [
        found.by_engine.get((engine, one)) or JobFacts(one, engine, "", "missing") for one in ids
    ]
