"""A client that sends one command at a time, and tells its answer the same way for any server."""

import re
from hashlib import sha1
from typing import Any

from redis import RedisError

from tests.command_templates import LIFE, LUA, SHORT, VALUES
from tests.two_servers import Server

UNORDERED = {"SMEMBERS", "KEYS", "HGETALL"}


class Client:
    """One client. It tells each answer in a form that is the same for every server."""

    def __init__(self, server: Server, life: int):
        self.connection = server.redis.connection_pool.make_connection()
        self.life = life
        self.queued: list[str] = []  # the commands since MULTI

    def ask(self, command: str) -> str:
        words = [self._word(word) for word in command.split()]
        self.connection.send_command(*words)
        try:
            answer = self.connection.read_response()
        except RedisError as error:
            answer = error
        return self._of_transaction(command, answer)

    def _word(self, word: str) -> str:
        kind, _, name = word.partition(":")
        if kind == "lua":
            return LUA[name]
        if kind == "sha":
            return sha1(LUA.get(name, name).encode()).hexdigest()
        return {LIFE: str(self.life), SHORT: "0.001"}.get(word, word)

    def _of_transaction(self, command: str, answer: Any) -> str:
        if answer == b"QUEUED":
            self.queued.append(command)
            return "queued"
        if command == "MULTI" and answer == b"OK":
            self.queued = []
        if command == "EXEC" and isinstance(answer, list):
            return "; ".join(map(self.told, self.queued, answer)) or "nothing to do"
        return self.told(command, answer)

    def told(self, command: str, answer: Any) -> str:
        name = command.split()[0]
        if isinstance(answer, RedisError):
            return type(answer).__name__
        if name in ("TTL", "PTTL") and isinstance(answer, int) and answer >= 0:
            return self._about(answer / (1000 if name == "PTTL" else 1))
        if name == "INFO":
            return "has redis_version" if b"redis_version:" in answer else repr(answer)
        if name == "HGETALL":
            answer = [*zip(answer[::2], answer[1::2], strict=True)]
        if name == "SCAN":
            answer = [answer[0], sorted(answer[1])]
        if name in UNORDERED:
            answer = sorted(answer)
        return re.sub(r"\d{13}-\d+", "an id", repr(answer))

    def _about(self, seconds: float) -> str:
        """Return which of the times to live a key was given, not long ago."""
        lives = [int(ttl) for ttl in VALUES["{ttl}"]]
        return next((f"about {ttl} s" for ttl in lives if ttl - 50 < seconds <= ttl), LIFE)
