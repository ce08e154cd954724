"""The commands to Redis in words: their names, the keys that they touch, whether they write."""

import re
from functools import lru_cache
from itertools import chain

LONGEST = 200  # characters of a word
KNOWN = 2048  # round trips of which the words are kept: many runs send the same ones
MOST = 1000  # bytes of a word that is kept: of a longer one, the beginning is read
AT_ONCE = 1000  # keys that one SCAN looks at
Command = tuple[str, ...]  # its name in capitals, then its arguments
Sent = tuple[Command, ...]  # a round trip
Table = tuple[tuple[str, str], ...]  # of patterns, and the words for the commands that fit them

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
CHANGE_NOTHING = READS | NO_KEY


def unpack(packed: bytes | list[bytes]) -> Sent:
    """Return the commands that a client has packed for sending."""
    data = packed if isinstance(packed, bytes) else b"".join(packed)
    commands, at = [], 0
    while at < len(data):
        number, at = _number(data, at)
        words = []
        for _ in range(number):
            length, at = _number(data, at)
            words.append(data[at : at + min(length, MOST)].decode("utf-8", "replace"))
            at += length + 2
        commands.append((words[0].upper(), *words[1:]))
    return tuple(commands)


def in_capitals(commands: list[list[bytes]]) -> Sent:
    """Return the commands of an embedded connection as text, their names in capitals."""
    if max(map(len, chain.from_iterable(commands))) > MOST:
        commands = [[word[:MOST] for word in words] for words in commands]
    return _in_capitals(tuple(map(tuple, commands)))


@lru_cache(KNOWN)
def _in_capitals(commands: tuple[tuple[bytes, ...], ...]) -> Sent:
    texts = [[word.decode("utf-8", "replace") for word in words] for words in commands]
    return tuple((name.upper(), *given) for name, *given in texts)


def first_that_fits(table: Table, commands: Sent) -> str:
    """Return the words of the first line of a table that matches the commands.

    Without such a line, return the names of the commands. A pattern sees no long number, and only
    the beginning of a long text.
    """
    texts = [
        "0" if len(word) > 7 and word[0].isdigit() else word[:LONGEST]
        for command in commands
        for word in (*command, ";")
    ]
    return _first(table, " ".join(texts[:-1]).replace(" ;", ";")) or in_words(commands)


@lru_cache(maxsize=8192)
def _first(table: Table, line: str) -> str:
    lines = _begin_with(table, re.match(r"\w*", line)[0])
    return next((words for pattern, words in lines if pattern.search(line)), "")


@lru_cache(maxsize=1024)
def _begin_with(table: Table, name: str) -> list[tuple[re.Pattern, str]]:
    """Return the lines of the table that can match a text that begins with this name."""
    first = [(re.match(r"\^([A-Z]+)[ ;]", pattern), pattern, words) for pattern, words in table]
    return [
        (re.compile(pattern, re.DOTALL), words)
        for found, pattern, words in first
        if not found or found.group(1) == name
    ]


def is_handshake(commands: Sent) -> bool:
    """Return whether a new connection only introduces itself."""
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


@lru_cache(KNOWN)
def touched(commands: Sent) -> tuple[str, ...]:
    """Return the keys that all these commands touch, sorted."""
    return tuple(sorted({key for command in commands for key in keys_of(command)}))


@lru_cache(KNOWN)
def changed(commands: Sent) -> tuple[tuple[str, ...], ...]:
    """Return the keys of each command that may change something; an unknown command may."""
    return tuple(keys_of(one) for one in commands if one[0] not in CHANGE_NOTHING)


@lru_cache(KNOWN)
def in_words(commands: Sent) -> str:
    """Return "LMOVE", or "EXEC: HSET, ZADD" for a transaction."""
    names = ", ".join(name for name, *_ in commands if name not in ("MULTI", "EXEC"))
    return f"EXEC: {names}" if commands[-1][0] == "EXEC" else names


def _number(data: bytes, at: int) -> tuple[int, int]:
    end = data.index(b"\r\n", at)
    return int(data[at + 1 : end]), end + 2
