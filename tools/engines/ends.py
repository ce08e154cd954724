"""The classes of an end: what became of the chain, after recovery and after an extra job."""

from dataclasses import dataclass

CHAIN = "abc"
ENDS = {
    "unharmed": "each job had its effect once, in sequence",
    "twice": "every job ran, one of them more than once",
    "lost": "a job is missing, and nothing left in the engine runs it",
    "parked": "a job is missing; the engine lists it as failed, and a person can requeue it",
    "traffic": "every job ran, but only after an extra job had arrived",
    "hangs": "the extra job had not run after six seconds",
    "disorder": "a job had its first effect before the job that it depends on",
}


@dataclass(frozen=True)
class Seen:
    """What a trial has seen: effects before and after the extra job, and what was left.

    `probed` is whether the extra job ran; None if the chain had ended, so that none was sent.
    """

    recovered: str
    left: dict
    probed: bool | None = None
    at_last: str | None = None


def end_of(seen: Seen) -> str:
    """Return the name of the end, a key of ENDS."""
    done = (seen.recovered if seen.at_last is None else seen.at_last).replace("p", "")
    if seen.probed is False:
        return "hangs"
    if set(CHAIN) - set(done):
        return "parked" if seen.left.get("failed") else "lost"
    if set(CHAIN) - set(seen.recovered):
        return "traffic"
    if done == CHAIN:
        return "unharmed"
    return "twice" if "".join(dict.fromkeys(done)) == CHAIN else "disorder"
