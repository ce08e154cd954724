"""What RQ's own code does at a round trip, in a learner's words."""

import re

from lesson_code.lab.engines.redis_words import Command, in_words, keys_of

JOB_KEY = re.compile(r"rq:(?:job|results|executions):{1,2}(.+?)(?::dependents|:dependencies)?$")

TAKES, PAUSES = "takes the job from the queue", "asks whether workers are to pause"

# (what the commands and keys look like, what they do); the first one that fits
PLACES = (
    (r"^MULTI; .*RPUSH rq:queue:.*ZREMRANGEBYSCORE rq:wip:", "queues a dead worker's job again"),
    (r"^MULTI; .*XADD rq:results:.*ZREMRANGEBYSCORE rq:wip:", "calls a dead worker's job failed"),
    (r"^MULTI; .*ZREMRANGEBYSCORE rq:wip:", "takes a dead worker's job off its list"),
    (
        r"^MULTI; .*ZREM rq:deferred:.*RPUSH rq:queue:.*ZADD rq:finished:",
        "stores the result and sets the next ones free",
    ),
    (r"^MULTI; .*ZADD rq:finished:", "stores the result"),
    (r"^MULTI; .*ZADD rq:failed:", "stores that the job failed"),
    (r"^MULTI; .*XADD rq:results:.*RPUSH rq:queue:", "stores how the job ended, queues it again"),
    (r"^MULTI; .*XADD rq:results:", "stores how the job ended"),
    (r"^MULTI; .*ZREM rq:deferred:.*RPUSH rq:queue:", "sets the next ones free"),
    (r"^MULTI; .*failed_job_count.*RPUSH rq:queue:", "queues the job again"),
    (r"^MULTI; .*RPUSH rq:queue:.*ZREM rq:scheduled:", "queues the jobs whose time has come"),
    (r"^MULTI; .*RPUSH rq:queue:", "enqueues a job"),
    (r"^MULTI; .*ZADD rq:deferred:", "enqueues a job that has to wait"),
    (r"^MULTI; .*DEL rq:execution:", "notes that it no longer works on the job"),
    (r"^MULTI; .*failed_job_count", "counts the failure"),
    (r"^MULTI; SADD rq:queues \S+; EXEC", "names the queue"),
    (r"^MULTI; .*ZADD rq:wip:.* XX", "beats the heart of the job"),
    (r"^MULTI; .*ZADD rq:wip:", "registers that it works on the job"),
    (r"^MULTI; HSET rq:worker:.*HSET rq:job:.* started_at", "notes that the job has started"),
    (r"^MULTI; .*SADD rq:workers", "registers itself as a worker"),
    (r"^MULTI; .*SREM rq:workers", "signs off as a worker"),
    (r"EXISTS rq:suspended", PAUSES),
    (r"^(B?LMOVE|B?LPOP) rq:queue:", TAKES),
    (r"^SET rq:clean_registries:", "takes the lock of the cleaning"),
    (r"^DEL rq:clean_registries:", "gives back the lock of the cleaning"),
    (r"^ZREMRANGEBYSCORE rq:(finished|failed):", "forgets old jobs"),
    (r"^ZRANGEBYSCORE rq:wip:", "looks for jobs whose worker is dead"),
    (r"^ZRANGE rq:wip:", "looks whether somebody works on the job"),
    (r"^LRANGE rq:queue:.*:intermediate", "looks for jobs that were taken and never started"),
    (r"^SET rq:queue:.*:intermediate:first_seen", "notes that it saw a job taken, not started"),
    (r"^GET rq:queue:.*:intermediate:first_seen", "reads since when the job is taken, not started"),
    (r"^LREM rq:queue:.*:intermediate", "removes the job from those taken and not started"),
    (r"^SMEMBERS rq:workers", "looks for the other workers"),
    (r"^EXISTS rq:worker:", "looks whether its name is free"),
    (r"^MULTI; (EXISTS rq:worker:[^;]*; )+EXEC", "looks which workers live"),
    (r"^SMEMBERS rq:groups", "looks for groups of jobs"),
    (r"^HSET rq:worker:\S+ state busy", "says that it is busy"),
    (r"^HSET rq:worker:\S+ state idle", "says that it is idle"),
    (r"^HSET rq:worker:\S+ state", "says how it is"),
    (r"^(HSET rq:worker:\S+ last_heartbeat|EXPIRE rq:worker:)", "beats its heart"),
    (r"^HGETALL rq:job:", "reads the job"),
    (r"^MULTI; (HGETALL rq:job:[^;]*; )+EXEC", "reads other jobs"),
    (r"^MULTI; (HGET rq:job:\S+ status; )+EXEC", "reads the states of other jobs"),
    (r"^(ZREMRANGEBYSCORE|ZRANGE) rq:executions:", "looks who has worked on the job"),
    (r"^HGETALL rq:execution:", "reads who has worked on the job"),
    (r"^PERSIST rq:job:", "lets the job be kept while it runs"),
    (r"^X(REV)?RANGE rq:results:", "reads a job's result"),
    (r"^WATCH rq:job:.*:dependents", "keeps an eye on who waits for the job"),
    (r"^WATCH rq:job:", "keeps an eye on jobs"),
    (r"^UNWATCH", "keeps an eye on nothing any more"),
    (r"^SMEMBERS rq:job:.*:dependents", "reads who waits for the job"),
    (r"^SMEMBERS rq:job:.*:dependencies", "reads what the next job waits for"),
    (r"^HGET rq:job:\S+ status", "reads the state of a job"),
    (r"^HSET rq:job:\S+ status", "changes the state of the job"),
    (r"^HSET rq:job:\S+ last_heartbeat", "beats the heart of the job"),
    (r"^HSET rq:job:", "changes the job"),
    (r"^ZADD rq:scheduled:", "schedules the job for later"),
    (r"^ZRANGEBYSCORE rq:scheduled:", "looks for jobs whose time has come"),
    (r"^EVALSHA \S+ 1 rq:scheduler-lock:\S+ \S+ \d", "takes the lock of the scheduler"),
    (r"^EVALSHA \S+ 1 rq:scheduler-lock:", "gives back the lock of the scheduler"),
    (r"^SCRIPT LOAD", "teaches Redis a script"),
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
