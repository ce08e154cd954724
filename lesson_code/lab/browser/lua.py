"""Lua for the fake Redis where lupa is missing: an interpreter of Lua, written in Python."""

import hashlib
from typing import Any

from abstra_lua import LuaSession
from fakeredis import _msgs as messages
from fakeredis._command_args_parsing import Int
from fakeredis._commands import command
from fakeredis._helpers import SimpleError, SimpleString
from fakeredis._socket._fakesocket import FakeSocket


class Scripting:
    """EVAL, EVALSHA and SCRIPT LOAD."""

    @command((bytes, Int), (bytes,), flags=messages.FLAG_NO_SCRIPT)
    def eval(self, script: bytes, number: int, *given: bytes) -> Any:
        return _run(self, script, number, *given)

    @command((bytes, Int), (bytes,), flags=messages.FLAG_NO_SCRIPT)
    def evalsha(self, sha1: bytes, number: int, *given: bytes) -> Any:
        if sha1 not in self._server.script_cache:
            raise SimpleError(messages.NO_MATCHING_SCRIPT_MSG)
        return _run(self, self._server.script_cache[sha1], number, *given)

    @command(name="SCRIPT LOAD", fixed=(bytes,), flags=messages.FLAG_NO_SCRIPT)
    def script_load(self, script: bytes) -> bytes:
        sha1 = hashlib.sha1(script).hexdigest().encode()
        self._server.script_cache[sha1] = script
        return sha1


def install() -> None:
    for name in ("eval", "evalsha", "script_load"):
        setattr(FakeSocket, name, getattr(Scripting, name))


def _run(socket: FakeSocket, script: bytes, number: int, *given: bytes) -> Any:
    def call(name: str, *args: Any) -> Any:
        what = socket._name_to_func(name.lower())
        words = [str(one).encode("latin-1") for one in args]
        return _to_lua(socket._run_command(*what, words, True))

    session = LuaSession()
    session.set("redis", {"call": call})
    session.set("KEYS", _to_lua(list(given[:number])))
    session.set("ARGV", _to_lua(list(given[number:])))
    source = script.decode("latin-1")
    return _to_redis(session.eval(f"(function()\n{source}\nend)()"))


def _to_lua(answer: Any) -> Any:
    match answer:
        case SimpleError():
            raise answer
        case SimpleString():
            return {"ok": answer.value.decode()}
        case list() | tuple():
            return [_to_lua(one) for one in answer]
        case None:
            return False
        case bytes():
            return answer.decode("latin-1")
    return answer


def _to_redis(value: Any) -> Any:
    match value:
        case list():
            return [_to_redis(one) for one in value]
        case bool():
            return 1 if value else None
        case str():
            return value.encode("latin-1")
        case float():
            return int(value)
    return value
