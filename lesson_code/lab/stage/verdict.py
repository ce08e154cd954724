"""The verdict on a run, compared with the plain one: unharmed, twice, lost, hangs."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from lesson_code.lab.stage.made_up import MADE, without_ids
from lesson_code.lab.stage.story import Outcome

# The job ran again, and then RQ's cleanup finds the crashed worker's traces of it.
RQS_OWN = "finished, and then RQ marked it as failed"

RETURNED = re.compile("`(.+)` returns ")  # begins the words of a job with another result


def harms(plain: Outcome, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield each fault of the run, the worst first: its kind, and its words."""
    if outcome.hangs:
        yield "hangs", outcome.hangs
        return
    twins, more_jobs = twins_of(plain, outcome)
    for job, state in plain.states.items():
        if outcome.states.get(twins.get(job)) != state:
            yield "lost", f"`{_name(job, plain)}` {_end(twins.get(job), outcome, state)}"
    for job in more_jobs:
        if where := outcome.places.get(job):
            yield "lost", f"`{_name(job, outcome)}` {where}"
    if missing := plain.effects - outcome.effects:
        yield "lost", _counted(missing, plain, outcome)
    if more := outcome.effects - plain.effects:
        yield "twice", _counted(more, plain, outcome)
    for job, wanted in plain.results.items():
        got = outcome.results.get(twins.get(job), wanted)
        if got != wanted and without_ids(got) != without_ids(wanted):
            yield "lost", f"`{_name(job, plain)}` returns {got!r} instead of {wanted!r}"
    for job in more_jobs:
        made = {without_ids(plain.tasks[one]) for one in plain.states if MADE.search(one)}
        if without_ids(outcome.tasks[job]) in made:
            yield "twice", f"`{_name(job, outcome)}` is enqueued again, with a new id"


def twins_of(plain: Outcome, outcome: Outcome) -> tuple[dict[str, str], list[str]]:
    """Return for each job of the plain run its counterpart in the other, and the jobs left over.

    Jobs correspond by their ids. An id that a library has made up differs in each run: such jobs
    correspond by their tasks, and if possible by their ends, too.
    """
    twins = {job: job for job in plain.states if job in outcome.states and not MADE.search(job)}
    free = [job for job in outcome.states if job not in twins]
    by_task = defaultdict(list)
    for job in free:
        if MADE.search(job):
            by_task[without_ids(outcome.tasks[job])].append(job)
    for job, state in plain.states.items():
        if MADE.search(job) and (like := by_task[without_ids(plain.tasks[job])]):
            twins[job] = min(like, key=lambda one: outcome.states[one] != state)
            like.remove(twins[job])
    taken = set(twins.values())
    return twins, [job for job in free if job not in taken]


def _name(job: str, outcome: Outcome) -> str:
    return outcome.tasks[job] if MADE.search(job) else job


def _end(job: str | None, outcome: Outcome, state: str) -> str:
    if job is None:
        return "was never enqueued"
    now = outcome.states[job]
    if state == "finished" and now == "failed" and job in outcome.results:
        return RQS_OWN
    return outcome.places.get(job) or f"ends {now} instead of {state}"


def _counted(which: Counter, plain: Outcome, outcome: Outcome) -> str:
    effect = min(which)
    now, wanted = outcome.effects[effect], plain.effects[effect]
    if wanted > 1:
        return f"{effect}: {now} instead of {wanted}"
    return f"{effect} happens {_times(now)}" if now else f"{effect} never happens"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
