"""The commands that RQ 2.12 and 3.0, ARQ 0.28 and the lesson send to Redis, with their options."""

from collections.abc import Iterable

# A command's name and its options, sorted: "SET EX NX" is `SET key value NX EX 60`.
BOTH = {  # RQ and ARQ
    *("CLIENT SETINFO", "DBSIZE", "DEL", "EXISTS", "EXPIRE", "FLUSHDB", "GET", "INCRBY", "INFO"),
    *("EXEC", "MULTI", "UNWATCH", "WATCH"),
    *("ZADD", "ZCARD", "ZRANGE", "ZRANGEBYSCORE", "ZRANGEBYSCORE LIMIT", "ZREM"),
    *("ZREMRANGEBYSCORE", "ZSCORE"),
}
ARQ = {"KEYS", "PEXPIRE", "PING", "PSETEX", "SET PX", "SETEX", "ZINCRBY", "ZRANGE WITHSCORES"}
RQ = {
    *("CLIENT LIST", "CLIENT SETNAME", "EVALSHA", "PUBLISH", "SUBSCRIBE"),
    *("SCRIPT EXISTS", "SCRIPT LOAD", "UNSUBSCRIBE"),
    *("HDEL", "HEXISTS", "HGET", "HGETALL", "HINCRBY", "HINCRBYFLOAT", "HSET"),
    *("BLMOVE LEFT RIGHT", "BLPOP", "LLEN", "LMOVE LEFT RIGHT", "LPOP", "LPOS", "LPUSH"),
    *("LRANGE", "LREM", "RPUSH"),
    *("PERSIST", "RENAME", "SET", "SET EX NX"),
    *("SADD", "SCARD", "SMEMBERS", "SREM"),
    *("XADD MAXLEN", "XLEN", "XREAD BLOCK STREAMS", "XREVRANGE", "XREVRANGE COUNT"),
    *("ZADD NX", "ZADD XX", "ZRANGE REV", "ZREMRANGEBYRANK"),
}
RQ_3 = {"CLIENT INFO", "HELLO"}
IN_SCRIPTS = {  # the scripts in Lua of RQ 2.12 and 3.0
    *("DEL", "EXISTS", "EXPIRE", "GET", "HGET", "HMGET", "HSET", "LPOP", "LPUSH", "RPUSH"),
    *("SADD", "SET EX", "SREM", "ZADD", "ZCARD", "ZCOUNT", "ZPOPMIN", "ZREM"),
}
LESSON = {  # our own modules, the tasks of our stories, and what a learner's task is likely to send
    *("DISCARD", "EVAL", "HLEN", "LINDEX", "MGET", "PTTL", "SPOP", "TTL", "TYPE"),
    *("SCAN", "SCAN MATCH", "SCAN MATCH TYPE", "SCAN TYPE"),
    *("SET KEEPTTL", "SET NX", "SET NX PX", "SET XX"),
}
SENT = BOTH | ARQ | RQ | RQ_3 | IN_SCRIPTS | LESSON

OPTIONS = {
    "BLMOVE": ("LEFT", "RIGHT"),
    "LMOVE": ("LEFT", "RIGHT"),
    "SCAN": ("MATCH", "TYPE"),  # COUNT changes no answer
    "SET": ("EX", "KEEPTTL", "NX", "PX", "XX"),
    "XADD": ("MAXLEN", "NOMKSTREAM"),
    "XREAD": ("BLOCK", "STREAMS"),
    "XREVRANGE": ("COUNT",),
    "ZADD": ("CH", "GT", "INCR", "LT", "NX", "XX"),
    "ZRANGE": ("BYSCORE", "LIMIT", "REV", "WITHSCORES"),
    "ZRANGEBYSCORE": ("LIMIT", "WITHSCORES"),
}
PARTS = {"CLIENT", "SCRIPT"}  # the second word belongs to the name


def form(words: Iterable[bytes | str]) -> str:
    """Return the name of a command with its options, as in SENT."""
    name, *given = [
        word.decode("latin-1") if isinstance(word, bytes) else str(word) for word in words
    ]
    name = name.upper()
    if name in PARTS:
        return f"{name} {given[0].upper()}"
    told = {word.upper() for word in given[1:]} | ({given[0].upper()} if name == "XREAD" else set())
    if name == "SCAN":
        told |= {word.upper() for word in given}
    return " ".join([name, *(option for option in OPTIONS.get(name, ()) if option in told)])
