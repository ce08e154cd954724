"""What RQ's own code does at a round trip, in a learner's words."""

import re

from lesson_code.lab.engines.redis_words import Command, in_words, keys_of

JOB_KEY = re.compile(r"rq:(?:job|results|executions):{1,2}(.+?)(?::dependents|:dependencies)?$")

TAKES, PAUSES = "takes the job from the queue", "asks whether workers are to pause"

# (what the commands and keys look like, what they do); the first one that fits
PLACES = (
    (
        r"^MULTI; .*XADD rq:results:.*RPUSH rq:queue:",
        "stores how the job ended, queues it again",
    ),
    (
        r"^MULTI; .*RPUSH rq:queue:.*XADD rq:results:",
        "stores how the job ended and sets the next ones free",
    ),
    (r"^MULTI; .*XADD rq:results:", "stores how the job ended"),
    (r"^MULTI; .*RPUSH rq:queue:", "sets the next ones free"),
    (r"^MULTI; .*ZADD rq:wip:.* XX", "beats the heart of the job"),
    (r"^MULTI; .*ZADD rq:wip:", "registers that it works on the job"),
    (r"^MULTI; HSET rq:worker:.*HSET rq:job:.* started_at", "notes that the job has started"),
    (r"^MULTI; .*SADD rq:workers", "registers itself as a worker"),
    (r"^MULTI; .*SREM rq:workers", "signs off as a worker"),
    (r"EXISTS rq:suspended", PAUSES),
    (r"^(B?LMOVE|B?LPOP) ", TAKES),
    (r"^SET rq:clean_registries:", "takes the lock of the cleaning"),
    (r"^DEL rq:clean_registries:", "gives back the lock of the cleaning"),
    (r"^(ZREMRANGEBYSCORE|ZRANGEBYSCORE|ZRANGE) rq:(finished|wip|failed):", "looks for old jobs"),
    (r"^LRANGE rq:queue:.*:intermediate", "looks for jobs that were taken and never started"),
    (r"^SET rq:queue:.*:intermediate:first_seen", "notes that it saw a job taken, not started"),
    (r"^GET rq:queue:.*:intermediate:first_seen", "reads since when the job is taken, not started"),
    (r"^LREM rq:queue:.*:intermediate", "removes the job from those taken and not started"),
    (r"^SMEMBERS rq:workers", "looks for the other workers"),
    (r"^EXISTS rq:worker:", "looks whether its name is free"),
    (r"^MULTI; (EXISTS rq:worker:[^;]*; )+EXEC", "looks which workers live"),
    (r"^SMEMBERS rq:groups", "looks for groups of jobs"),
    (r"^HSET rq:worker:\S+ state", "says whether it is busy"),
    (r"^HSET rq:worker:\S+ last_heartbeat", "beats its heart"),
    (r"^(HSET|EXPIRE|HINCRBY\w*) rq:worker:", "beats its heart"),
    (r"^HGETALL rq:job:", "reads the job"),
    (r"^MULTI; (HGETALL rq:job:[^;]*; )+EXEC", "reads other jobs of the chain"),
    (r"^PERSIST rq:job:", "lets the job be kept while it runs"),
    (r"^X(REV)?RANGE rq:results:", "reads the result of the job before"),
    (r"^WATCH rq:job:.*:dependents", "keeps an eye on who waits for the job"),
    (r"^WATCH rq:job:", "keeps an eye on the job"),
    (r"^SMEMBERS rq:job:.*:dependents", "reads who waits for the job"),
    (r"^SMEMBERS rq:job:.*:dependencies", "reads what the next job waits for"),
    (r"^HGET rq:job:\S+ status", "reads the state of a job"),
    (r"^HSET rq:job:\S+ status", "changes the state of the job"),
    (r"^HSET rq:job:", "changes the job"),
    (r"^INFO", "asks Redis for its version"),
    (r"^CLIENT", "tells Redis its name"),
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
    """Return the id of the job whose key the commands touch; "" for none."""
    for command in commands:
        for key in keys_of(command):
            if found := JOB_KEY.match(key):
                return found.group(1)
    return ""
