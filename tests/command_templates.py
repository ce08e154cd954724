"""Commands that RQ, ARQ and the lesson send, with gaps for keys and values.

LIFE is a time to live, in milliseconds, that runs out during a script; SHORT is the time that a
client waits for an element of an empty list; "sha:NAME" and "lua:NAME" are a script of RQ's.
"""

import re
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace

from rq import Queue, scripts

LIFE, SHORT = "LIFE", "SHORT"
KEYS = {  # no XREAD meets a key of another type: fakeredis raises an error of Python then
    "{s}": ("s1", "s2"),
    "{h}": ("h1", "h2"),
    "{l}": ("l1", "l2"),
    "{m}": ("m1", "m2"),
    "{z}": ("z1", "z2"),
    "{x}": ("x1",),
}
VALUES = {
    "{v}": ("1", "2"),
    "{f}": ("status", "origin", "f"),
    "{score}": ("0", "1", "2.5", "-1"),
    "{step}": ("1", "2.5", "-1"),
    "{n}": ("1", "-2", "0"),
    "{ttl}": ("100", "500"),
    "{end}": ("0", "1", "-1", "-2"),
}

# Who sends them is in sent.py. A key is of the right type, except now and then.
COMMANDS = """
GET {s}|SET {s} {v}|SET {s} {v} EX {ttl}|SET {s} {v} PX LIFE|SET {s} {v} NX|SET {s} {v} XX
SET {s} {v} NX EX {ttl}|SET {s} {v} NX PX LIFE|SET {s} {v} KEEPTTL|SETEX {s} {ttl} {v}
PSETEX {s} LIFE {v}|INCRBY {s} {n}|MGET {s} {any}
DEL {any}|DEL {any} {any}|EXISTS {any}|EXISTS {any} {any}|RENAME {l} {l}|TYPE {any}|KEYS *
EXPIRE {any} {ttl}|EXPIRE {any} {n}00|PEXPIRE {any} LIFE|PERSIST {any}|TTL {any}|PTTL {any}
SCAN 0 COUNT 99|SCAN 0 MATCH {s} COUNT 99|SCAN 0 TYPE list COUNT 99|PUBLISH {s} {v}
SCAN 0 MATCH ?1 TYPE zset COUNT 99|FLUSHDB|PING|INFO
HSET {h} {f} {v}|HSET {h} {f} {v} {f} {v}|HSET {h} status rate_limited origin {v}|HGET {h} {f}
HGETALL {h}|HMGET {h} {f} {f}|HDEL {h} {f}|HDEL {h} {f} {f}|HEXISTS {h} {f}|HLEN {h}
HINCRBY {h} f {n}|HINCRBYFLOAT {h} f 0.5
LPUSH {l} {v}|RPUSH {l} {v}|RPUSH {l} {v} {v}|LPOP {l}|LLEN {l}|LINDEX {l} {end}|LPOS {l} {v}
LRANGE {l} 0 -1|LRANGE {l} {end} {end}|LREM {l} {n} {v}|LMOVE {l} {l} LEFT RIGHT
BLMOVE {l} {l} LEFT RIGHT SHORT|BLPOP {l} {any} SHORT
SADD {m} {v}|SADD {m} {v} {v}|SREM {m} {v}|SREM {m} {v} {v}|SCARD {m}|SMEMBERS {m}
ZADD {z} {score} {v}|ZADD {z} {score} {v} {score} {v}|ZADD {z} NX {score} {v}
ZADD {z} XX {score} {v}|ZCARD {z}|ZSCORE {z} {v}|ZINCRBY {z} {step} {v}|ZREM {z} {v}
ZREM {z} {v} {v}|ZRANGE {z} 0 -1|ZRANGE {z} {end} {end}|ZRANGE {z} 0 -1 WITHSCORES
ZRANGE {z} {end} {end} REV|ZRANGEBYSCORE {z} -inf {score}|ZRANGEBYSCORE {z} 0 +inf LIMIT 0 1
ZRANGEBYSCORE {z} ({score} +inf|ZREMRANGEBYSCORE {z} {score} {score}|ZREMRANGEBYSCORE {z} 0 inf
ZREMRANGEBYRANK {z} 0 -2|ZCOUNT {z} ({score} +inf|ZPOPMIN {z}
XADD {x} MAXLEN ~ 10 * f {v}|XLEN {x}|XREVRANGE {x} + -|XREVRANGE {x} + - COUNT 1
XREAD BLOCK 1 STREAMS {x} 0-0
EVALSHA sha:UNIQUE_ENQUEUE_SCRIPT 2 {h} {l} {v} R -1 status {v}
EVALSHA sha:UNIQUE_ENQUEUE_SCRIPT 2 {h} {l} {v} L {ttl} status {v}
EVALSHA sha:UNIQUE_SCHEDULE_SCRIPT 3 {h} {z} {m} {v} {ttl} {score} {v} status {v}
EVALSHA sha:ACQUIRE_OR_REFRESH_LOCK_SCRIPT 1 {s} {v} {ttl}
EVALSHA sha:RELEASE_LOCK_SCRIPT 1 {s} {v}|EVAL lua:RELEASE_LOCK_SCRIPT 1 {s} {v}
EVALSHA sha:EMPTY 1 {l}|EVALSHA sha:unknown 0|SCRIPT LOAD lua:EMPTY
SCRIPT EXISTS sha:EMPTY sha:unknown
"""
LIMITS = """
EVALSHA sha:ACQUIRE_AND_ENQUEUE_SCRIPT 2 {z} {z} 1 7 now l h
EVALSHA sha:RELEASE_AND_ENQUEUE_SCRIPT 2 {z} {z} 1 7 now l h {v}
EVALSHA sha:RELEASE_STALE_AND_ENQUEUE_SCRIPT 4 {z} {z} {h} {z} 1 1 now l h {v}
EVALSHA sha:CLEANUP_REGISTRY_SCRIPT 4 {z} {z} {h} {m} {v}
"""


def _script_of_empty() -> str:
    """Return the script of `Queue.empty`, for jobs whose keys begin with "h"."""
    told = []
    redis = SimpleNamespace(register_script=lambda text: told.append(text) or (lambda keys: None))
    queue = Queue(connection=redis)
    queue.job_class = SimpleNamespace(redis_job_namespace_prefix="h")
    queue.empty()
    return told[0].decode()


def _lua() -> dict[str, str]:
    modules = [scripts]
    with suppress(ImportError):  # RQ 2.12 has none
        modules.append(import_module("rq.rate_limit"))
    found = {name: text for one in modules for name, text in vars(one).items()}
    return {name: text for name, text in found.items() if name.endswith("_SCRIPT")}


LUA = {**_lua(), "EMPTY": _script_of_empty()}
TEMPLATES = re.split(r"[|\n]", COMMANDS.strip())
TEMPLATES += LIMITS.strip().split("\n") if "CLEANUP_REGISTRY_SCRIPT" in LUA else []
FILLED = {
    "{s}": "SET s1 1",
    "{h}": "HSET h1 status rate_limited origin 1",
    "{l}": "RPUSH l1 1 2",
    "{m}": "SADD m1 1 2",
    "{z}": "ZADD z1 1 1 2 2",
    "{x}": "XADD x1 MAXLEN ~ 10 * f 1",
}


def gaps(template: str) -> set[str]:
    return {*re.findall(r"\{\w+\}", template)}
