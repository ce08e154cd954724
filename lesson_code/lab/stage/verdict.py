"""What became of a run, beside the plain one: unharmed, twice, lost, hangs."""

from lesson_code.lab.stage.story import Outcome


def verdict(plain: Outcome, outcome: Outcome) -> tuple[str, str]:
    """Return the kind of a run, and what is wrong in words ("" if nothing is)."""
    if outcome.hangs:
        return "hangs", outcome.hangs
    for job, state in plain.states.items():
        if outcome.states.get(job) != state:
            return _other_end(job, outcome, state)
    for job in outcome.states.keys() - plain.states.keys():
        if where := outcome.places.get(job):
            return "hangs", f"`{job}` {where}"
    if missing := plain.effects - outcome.effects:
        return "lost", _counted(missing, plain, outcome)
    if more := outcome.effects - plain.effects:
        return "twice", _counted(more, plain, outcome)
    for job, result in plain.results.items():
        if outcome.results.get(job) != result:
            got = outcome.results.get(job)
            return "lost", f"`{job}` returns {got!r} instead of {result!r}"
    return "unharmed", ""


def _other_end(job: str, outcome: Outcome, state: str) -> tuple[str, str]:
    where = outcome.places.get(job, "")
    kind = "hangs" if "for ever" in where else "lost"
    if not where:
        now = outcome.states.get(job)
        where = f"ends {now} instead of {state}" if now else "was never enqueued"
    return kind, f"`{job}` {where}"


def _counted(which: dict, plain: Outcome, outcome: Outcome) -> str:
    effect = min(which)
    now, wanted = outcome.effects[effect], plain.effects[effect]
    return (
        f"{effect}: {now} instead of {wanted}" if wanted > 1 else f"{effect} happens {_times(now)}"
    )


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
