"""What ARQ's own code does at a round trip, in a learner's words."""

import re

from lesson_code.lab.engines.redis_words import Command, in_words, keys_of

JOB_KEY = re.compile(r"arq:(?:job|in-progress|retry|result):(.+)$")

# (what the commands and keys look like, what they do); the first one that fits
PLACES = (
    (r"^ZRANGEBYSCORE arq:queue", "looks for jobs that are due"),
    (r"^ZCARD arq:queue", "looks whether the queue is empty"),
    (r"^WATCH arq:in-progress:", "keeps an eye on whether somebody works on the job"),
    (r"^EXISTS arq:in-progress:", "looks whether somebody works on the job"),
    (r"^ZSCORE arq:queue", "looks whether the job is still queued"),
    (r"PSETEX arq:in-progress:", "notes that it works on the job"),
    (r"^MULTI; GET arq:job:", "reads the job and counts this try"),
    (r"^WATCH arq:job:", "begins to enqueue a job"),
    (r"^EXISTS arq:job:", "looks whether there is such a job already"),
    (r"^MULTI; PSETEX arq:job:", "enqueues a job"),
    (r"^MULTI; SET arq:result:", "stores how the job ended and takes it from the queue"),
    (r"^MULTI; DEL arq:retry:", "stores that the job failed and takes it from the queue"),
    (r"^MULTI; .*DEL arq:in-progress:", "gives the job back"),
    (r"^P?SETEX arq:queue:health-check", "tells that it lives"),
    (r"^GET arq:result:", "reads the result of a job"),
    (r"^UNWATCH", "keeps an eye on nothing any more"),
)
TABLE = [(re.compile(pattern, re.DOTALL), words) for pattern, words in PLACES]


def says(commands: list[Command]) -> str:
    """Return what the commands do; the command itself if it is not known here."""
    line = "; ".join(" ".join(command) for command in commands)
    for pattern, words in TABLE:
        if pattern.search(line):
            return words
    return in_words(commands)


def job_of(commands: list[Command]) -> str:
    """Return the id of the job that the commands are about; "" for none."""
    for command in commands:
        for key in keys_of(command):
            if found := JOB_KEY.match(key):
                return found.group(1)
        if command[0] == "ZSCORE":
            return command[2]
    return ""
