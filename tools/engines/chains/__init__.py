"""The same chain A → B → C in each engine, one small file each.

Each file runs in its engine's environment, and the driver reads its patterns and calls `later` and
`left`. So a file imports its engine only inside of functions. All of them have

    VARIANTS            what is configured, and the modes in which it is played (modes.py)
    FIRST, POLL, BEAT   patterns of its first send, of a poll, of what it repeats by the clock
    WAITS               how long the driver waits, where it is not the default (engine.py)
    RACES               the variants whose processes or threads race, and the modes to repeat
    PROMISE             what its documentation promises, and where
    WORDS               mode, end and place (patterns) of each known harm, and what it means
    warm()              imports the engine, before the zygote forks
    enqueue(url, variant), probe(url, variant), work(url, variant)
    prepare(url, variant)    on PostgreSQL: makes the engine's tables
    later(redis)        the time that recovery needs passes, in the engine's keys
    left(redis)         what is still to do in Redis; under `failed`: what waits for a person

On PostgreSQL the last two get a `psql` to ask (../postgresql.py).
"""

import os


def effect(name: str) -> str:
    """Append a line to the file of effects: the one visible effect of a job."""
    file = os.open(os.environ["EFFECTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{name} {os.getpid()}\n".encode())
    os.close(file)
    return name


def recovers() -> bool:
    """Return whether this worker is a fresh one after a kill, whose waits are shortened."""
    return os.environ["ROUND"] != "0"


def is_beside() -> bool:
    """Return whether this worker is the second one, which lives on while the first is killed."""
    return os.environ["ROUND"] == "beside"


def pass_ttls(redis, seconds: float, pattern: str = "*") -> None:
    """Make the times to live of these keys shorter, as if so many seconds had passed."""
    for key in redis.scan_iter(pattern):
        ttl = redis.pttl(key)
        if ttl >= 0:
            redis.pexpire(key, max(1, int(ttl - seconds * 1000)))


def pass_scores(redis, seconds: float, *patterns: str, unit: int = 1) -> None:
    """Make the times in these sorted sets older by so many seconds; `unit` is 1000 for ms."""
    for pattern in patterns:
        for key in redis.scan_iter(pattern, _type="zset"):
            for member, score in redis.zrange(key, 0, -1, withscores=True):
                redis.zadd(key, {member: score - seconds * unit})
