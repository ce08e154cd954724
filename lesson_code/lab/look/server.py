"""The server and its settings, in its own words."""

import time

from redis import Redis, ResponseError

from lesson_code.lab.look.client import ReadingClient, text
from lesson_code.lab.look.facts import ServerFacts
from lesson_code.lab.look.rq_keys import SUSPENDED


def read_server(redis: ReadingClient) -> ServerFacts:
    """Return the facts. A question that this user cannot ask is named in `untold`."""
    untold = []
    sections: dict = {}
    try:
        for section in ("server", "memory", "persistence"):
            sections |= redis.info(section)
    except ResponseError:
        untold.append("INFO")
    snapshots = None
    try:
        snapshots = redis.config_get("save").get("save")
    except ResponseError:
        untold.append("CONFIG GET")
    append_only = sections.get("aof_enabled")
    now = time.time()
    try:
        now = clock(redis)
    except ResponseError:
        untold.append("TIME")
    return ServerFacts(
        now=now,
        version=sections.get("valkey_version") or sections.get("redis_version"),
        maxmemory=sections.get("maxmemory"),
        policy=sections.get("maxmemory_policy"),
        append_only=None if append_only is None else bool(append_only),
        snapshots=None if snapshots is None else text(snapshots),
        suspended=bool(redis.exists(SUSPENDED)),
        untold=tuple(untold),
    )


def clock(redis: Redis) -> float:
    """Return the server's time in seconds since 1970."""
    seconds, microseconds = redis.time()
    return seconds + microseconds / 1_000_000
