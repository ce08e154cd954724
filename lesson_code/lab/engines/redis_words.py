"""What goes to Redis, in words: its commands, the keys that they touch, and whether they write."""

Command = tuple[str, ...]  # its name in capitals, then its arguments

NO_KEY = {
    *("CLIENT", "HELLO", "SELECT", "AUTH", "PING", "INFO", "TIME", "SCRIPT"),
    *("MULTI", "EXEC", "UNWATCH", "PUBLISH", "SCAN", "KEYS"),
}
ALL_KEYS = {"DEL", "UNLINK", "EXISTS", "MGET", "WATCH", "SUNION", "SINTER", "SDIFF", "RENAME"}
TWO_KEYS = {"LMOVE", "BLMOVE", "SMOVE", "RPOPLPUSH", "COPY"}
LAST_IS_TIME = {"BLPOP", "BRPOP"}
SCRIPTS = {"EVAL", "EVALSHA"}
READS = {
    *("GET", "MGET", "STRLEN", "EXISTS", "TYPE", "TTL", "PTTL", "WATCH", "UNWATCH"),
    *("LRANGE", "LLEN", "LINDEX", "LPOS", "SMEMBERS", "SISMEMBER", "SCARD"),
    *("HGET", "HGETALL", "HMGET", "HEXISTS", "HLEN", "HKEYS", "HVALS"),
    *("SUNION", "SINTER", "SDIFF", "XRANGE", "XREVRANGE", "XLEN"),
    *("ZRANGE", "ZRANGEBYSCORE", "ZREVRANGE", "ZSCORE", "ZRANK", "ZCARD", "ZCOUNT"),
}


def unpack(packed: bytes | list[bytes]) -> list[Command]:
    """Return the commands that a client has packed to send them."""
    data = packed if isinstance(packed, bytes) else b"".join(packed)
    commands, at = [], 0
    while at < len(data):
        number, at = _number(data, at)
        words = []
        for _ in range(number):
            length, at = _number(data, at)
            words.append(data[at : at + length].decode("utf-8", "replace"))
            at += length + 2
        commands.append((words[0].upper(), *words[1:]))
    return commands


def is_handshake(commands: list[Command]) -> bool:
    """Whether a new connection only says what it is."""
    return commands[0][0] in ("HELLO", "SELECT", "AUTH") or commands[0][1:2] == ("SETINFO",)


def keys_of(command: Command) -> tuple[str, ...]:
    """Return the keys that a command touches."""
    name, *given = command
    if name in NO_KEY:
        return ()
    if name in ALL_KEYS:
        return tuple(given)
    if name in TWO_KEYS:
        return tuple(given[:2])
    if name in LAST_IS_TIME:
        return tuple(given[:-1])
    if name in SCRIPTS:
        return tuple(given[2 : 2 + int(given[1])])
    if name in ("MSET", "MSETNX"):
        return tuple(given[::2])
    return tuple(given[:1])


def touched(commands: list[Command]) -> tuple[str, ...]:
    """Return the keys that all these commands touch, sorted."""
    return tuple(sorted({key for command in commands for key in keys_of(command)}))


def writes(command: Command) -> bool:
    """Whether it may change something: a command that is not known here may."""
    return command[0] not in READS | NO_KEY


def in_words(commands: list[Command]) -> str:
    """Return "LMOVE", or "EXEC: HSET, ZADD" for a transaction."""
    names = ", ".join(name for name, *_ in commands if name not in ("MULTI", "EXEC"))
    return f"EXEC: {names}" if commands[-1][0] == "EXEC" else names


def _number(data: bytes, at: int) -> tuple[int, int]:
    end = data.index(b"\r\n", at)
    return int(data[at + 1 : end]), end + 2
