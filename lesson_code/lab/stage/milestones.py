"""The steps that a learner would name: a worker takes a job, starts it, has an effect, stores the
result, enqueues the dependents.
"""

from lesson_code.lab.engines.rq_words import TAKES
from lesson_code.lab.record import Step
from lesson_code.lab.stage.crashes import changed_something, says_of

LIBRARIES = ("rq:", "arq:")  # the beginnings of their keys; all others are the tasks' own
# Changes that the libraries make for themselves: no job is better or worse off after them.
ROUTINE = {
    "registers that it works on the job",
    "stops the job from expiring while it runs",
    "sends the job's heartbeat",
    "notes that it no longer works on the job",
    "counts the failure",
}
STARTS = "starts the job"
SIMPLER = {
    "notes that it works on the job": "takes the job from the queue",
    "notes that the job has started": STARTS,
    "reads the job and counts this try": STARTS,
}


def is_milestone(step: Step) -> bool:
    """Return whether a learner would name this step: it is about a job, and is no routine."""
    if not step.job or step.says in ROUTINE:
        return False
    return step.says == TAKES or changed_something(step) or is_own(step)


def is_own(step: Step) -> bool:
    """Return whether the step touches a key that is not the library's but the task's own."""
    return not all(key.startswith(LIBRARIES) for key in step.keys)


def simply(step: Step) -> str:
    """Return what the worker does, in a learner's words: "starts the job"."""
    return SIMPLER.get(step.says, says_of(step))
