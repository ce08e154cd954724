"""Words for a learner about what RQ's own code does at a round trip."""

import re
from functools import lru_cache

from lesson_code.lab.engines.redis_words import KNOWN, Sent, first_that_fits, keys_of

JOB_KEY = re.compile(r"rq:(?:job|results|executions):{1,2}(.+?)(?::dependents|:dependencies)?$")

TAKES, PAUSES = "takes the job from the queue", "asks whether workers are to pause"

# (a pattern for the commands and keys, the words for them); the first one that fits
PLACES = (
    (r"^MULTI; .*RPUSH rq:queue:.*ZREMRANGEBYSCORE rq:wip:", "queues a crashed worker's job again"),
    (
        r"^MULTI; .*XADD rq:results:.*ZREMRANGEBYSCORE rq:wip:",
        "marks a crashed worker's job as failed",
    ),
    (r"^MULTI; .*ZREMRANGEBYSCORE rq:wip:", "removes a crashed worker's job from the registry"),
    (
        r"^MULTI; .*ZREM rq:deferred:.*RPUSH rq:queue:.*ZADD rq:finished:",
        "stores the result and enqueues the dependents",
    ),
    (r"^MULTI; .*ZADD rq:finished:", "stores the result"),
    (r"^MULTI; .*ZADD rq:failed:", "stores that the job failed"),
    (r"^MULTI; .*XADD rq:results:.*RPUSH rq:queue:", "stores how the job ended, queues it again"),
    (r"^MULTI; .*XADD rq:results:", "stores how the job ended"),
    (r"^MULTI; .*ZREM rq:deferred:.*RPUSH rq:queue:", "enqueues the dependents"),
    (r"^MULTI; .*failed_job_count.*RPUSH rq:queue:", "queues the job again"),
    (r"^MULTI; .*RPUSH rq:queue:.*ZREM rq:scheduled:", "queues the jobs whose time has come"),
    (r"^MULTI; .*RPUSH rq:queue:", "enqueues a job"),
    (r"^MULTI; .*ZADD rq:deferred:", "enqueues a job that has to wait"),
    (r"^MULTI; .*DEL rq:execution:", "notes that it no longer works on the job"),
    (r"^MULTI; .*failed_job_count", "counts the failure"),
    (r"^MULTI; SADD rq:queues \S+; EXEC", "names the queue"),
    (r"^MULTI; .*ZADD rq:wip:.* XX", "sends the job's heartbeat"),
    (r"^MULTI; .*ZADD rq:wip:", "registers that it works on the job"),
    (r"^MULTI; HSET rq:worker:.*HSET rq:job:.* started_at", "notes that the job has started"),
    (r"^MULTI; .*SADD rq:workers", "registers itself as a worker"),
    (r"^MULTI; .*SREM rq:workers", "signs off as a worker"),
    (r"EXISTS rq:suspended", PAUSES),
    (r"^(B?LMOVE|B?LPOP) rq:queue:", TAKES),
    (r"^SET rq:clean_registries:", "takes the lock of the cleaning"),
    (r"^DEL rq:clean_registries:", "gives back the lock of the cleaning"),
    (r"^ZREMRANGEBYSCORE rq:(finished|failed):", "forgets old jobs"),
    (r"^ZRANGEBYSCORE rq:wip:", "looks for jobs whose worker has crashed"),
    (r"^ZRANGE rq:wip:", "checks whether a worker has the job"),
    (r"^LRANGE rq:queue:.*:intermediate", "looks for jobs that were taken and never started"),
    (r"^SET rq:queue:.*:intermediate:first_seen", "notes that it saw a job taken, not started"),
    (r"^GET rq:queue:.*:intermediate:first_seen", "reads since when the job is taken, not started"),
    (r"^LREM rq:queue:.*:intermediate", "removes the job from those taken and not started"),
    (r"^SMEMBERS rq:workers", "looks for the other workers"),
    (r"^EXISTS rq:worker:", "checks whether its name is free"),
    (r"^MULTI; (EXISTS rq:worker:[^;]*; )+EXEC", "checks which workers are alive"),
    (r"^SMEMBERS rq:groups", "looks for groups of jobs"),
    (r"^HSET rq:worker:\S+ state busy", "says that it is busy"),
    (r"^HSET rq:worker:\S+ state idle", "says that it is idle"),
    (r"^HSET rq:worker:\S+ state", "says how it is"),
    (r"^HSET rq:worker:\S+ shutdown_requested_date", "notes that it was told to stop"),
    (r"^(HSET rq:worker:\S+ last_heartbeat|EXPIRE rq:worker:)", "sends its heartbeat"),
    (r"^HGETALL rq:job:", "reads the job"),
    (r"^MULTI; (HGETALL rq:job:[^;]*; )+EXEC", "reads other jobs"),
    (r"^MULTI; (HGET rq:job:\S+ status; )+EXEC", "reads the states of other jobs"),
    (r"^(ZREMRANGEBYSCORE|ZRANGE) rq:executions:", "looks who has worked on the job"),
    (r"^HGETALL rq:execution:", "reads who has worked on the job"),
    (r"^PERSIST rq:job:", "stops the job from expiring while it runs"),
    (r"^X(REV)?RANGE rq:results:", "reads a job's result"),
    (r"^WATCH rq:job:.*:dependents", "watches the job's dependents"),
    (r"^WATCH rq:job:", "watches jobs"),
    (r"^UNWATCH", "stops watching"),
    (r"^SMEMBERS rq:job:.*:dependents", "reads who waits for the job"),
    (r"^SMEMBERS rq:job:.*:dependencies", "reads what the next job waits for"),
    (r"^HGET rq:job:\S+ status", "reads the state of a job"),
    (r"^HSET rq:job:\S+ status", "changes the state of the job"),
    (r"^HSET rq:job:\S+ last_heartbeat", "sends the job's heartbeat"),
    (r"^HSET rq:job:", "changes the job"),
    (r"^ZADD rq:scheduled:", "schedules the job for later"),
    (r"^ZRANGEBYSCORE rq:scheduled:", "looks for jobs whose time has come"),
    (r"^EVALSHA \S+ 1 rq:scheduler-lock:\S+ \S+ \d", "takes the lock of the scheduler"),
    (r"^EVALSHA \S+ 1 rq:scheduler-lock:", "gives back the lock of the scheduler"),
    (r"^SCRIPT LOAD", "loads a script into Redis"),
    (r"^INFO", "asks Redis for its version"),
    (r"^CLIENT", "tells Redis its name"),
)


@lru_cache(KNOWN)
def says(commands: Sent) -> str:
    """Return what the commands do, or the command itself if it is not known here."""
    return first_that_fits(PLACES, commands)


@lru_cache(KNOWN)
def job_of(commands: Sent) -> str:
    """Return the id of the job whose key the commands touch; "" for none."""
    for command in commands:
        for key in keys_of(command):
            if found := JOB_KEY.match(key):
                return found.group(1)
    return ""
