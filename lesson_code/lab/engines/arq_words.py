"""Words for a learner about what ARQ's own code does at a round trip."""

import re
from functools import lru_cache

from lesson_code.lab.engines.redis_words import KNOWN, Sent, first_that_fits, keys_of

JOB_KEY = re.compile(r"arq:(?:job|in-progress|retry|result):(.+)$")

# (a pattern for the commands and keys, the words for them); the first one that fits
PLACES = (
    (r"^ZRANGEBYSCORE arq:queue", "looks for jobs that are due"),
    (r"^ZCARD arq:queue", "looks whether the queue is empty"),
    (r"^WATCH arq:in-progress:", "watches whether a worker has the job"),
    (r"^EXISTS arq:in-progress:", "checks whether a worker has the job"),
    (r"^ZSCORE arq:queue", "looks whether the job is still queued"),
    (r"PSETEX arq:in-progress:", "notes that it works on the job"),
    (r"^MULTI; GET arq:job:", "reads the job and counts this try"),
    (r"^WATCH arq:job:", "begins to enqueue a job"),
    (r"^EXISTS arq:job:", "looks whether there is such a job already"),
    (r"^MULTI; PSETEX arq:job:", "enqueues a job"),
    (r"^MULTI; SET arq:result:", "stores how the job ended and takes it from the queue"),
    (r"^MULTI; DEL arq:retry:", "stores that the job failed and takes it from the queue"),
    (r"^MULTI; .*DEL arq:in-progress:", "gives the job back"),
    (r"^P?SETEX arq:queue:health-check", "reports that it is alive"),
    (r"^DEL arq:queue:health-check", "signs off as a worker"),
    (r"^GET arq:result:", "reads the result of a job"),
    (r"^UNWATCH", "stops watching"),
)


@lru_cache(KNOWN)
def says(commands: Sent) -> str:
    """Return what the commands do, or the command itself if it is not known here."""
    return first_that_fits(PLACES, commands)


@lru_cache(KNOWN)
def job_of(commands: Sent) -> str:
    """Return the id of the job that the commands are about; "" for none."""
    for command in commands:
        for key in keys_of(command):
            if found := JOB_KEY.match(key):
                return found.group(1)
        if command[0] == "ZSCORE":
            return command[2]
    return ""
