"""The same script of commands, played to the embedded Redis and to a real server."""

from itertools import zip_longest

from redis import Redis

from lesson_code.lab.stage.clock import Clock
from tests.command_templates import LIFE, LUA
from tests.random_commands import CLIENTS, WAIT
from tests.raw_client import Client
from tests.two_servers import Fake, Real, Server, TooSlow

LIVES = (15, 60, 250, 1000, 4000)  # milliseconds that LIFE may be: the first that is long enough
VALUE = {  # how to read a key of each type
    "string": "GET {}",
    "hash": "HGETALL {}",
    "list": "LRANGE {} 0 -1",
    "set": "SMEMBERS {}",
    "zset": "ZRANGE {} 0 -1 WITHSCORES",
    "stream": "XREVRANGE {} + -",
    "none": "TYPE {}",  # it has expired since
}


def play(server: Server, script: list[str], life: int) -> list[str]:
    """Return a line for each step with its answer, and one for each key that is there at last.

    Raises TooSlow.
    """
    with server.redis.pipeline(transaction=False) as loading:
        for text in LUA.values():
            loading.script_load(text)
        loading.execute()
    clients = {name: Client(server, life) for name in CLIENTS}
    lines = []
    for step in script:
        if step == WAIT:
            server.wait(life)
            lines.append(WAIT)
        else:
            lines.append(f"{step}: {clients[step[0]].ask(step[2:])}")
    look = Client(server, life)
    for key in sorted(server.redis.keys()):
        kind = server.redis.type(key).decode()
        value, ttl = (look.ask(one.format(key.decode())) for one in (VALUE[kind], "PTTL {}"))
        lines.append(f"{key.decode()} is at last a {kind}, {value}, PTTL {ttl}")
    if any(LIFE in step for step in script):
        server.check(life)
    for client in (*clients.values(), look):
        client.connection.disconnect()
    return lines


def played_to_both(script: list[str], redis: Redis) -> list[tuple[str, str]]:
    """Return pairs of lines: what the embedded Redis says, and what the real server says."""
    for life in LIVES:
        try:
            real = play(Real(redis), script, life)
        except TooSlow:
            continue
        clock = Clock()
        with clock.instead_of_time():
            return [*zip_longest(play(Fake(clock), script, life), real, fillvalue="nothing")]
    raise TooSlow(f"this machine takes longer than {LIVES[-1]} ms for: {script}")


def difference(script: list[str], redis: Redis) -> tuple[str, str] | None:
    """Return the first pair of lines that differ."""
    return next((both for both in played_to_both(script, redis) if len({*both}) > 1), None)


def shortened(script: list[str], redis: Redis) -> list[str]:
    """Return the script without the steps that it does not need for the same difference."""
    wanted, at = difference(script, redis), len(script)
    while at:
        at -= 1
        shorter = script[:at] + script[at + 1 :]
        if difference(shorter, redis) == wanted:
            script, at = shorter, len(shorter)
    return script


def report(script: list[str], redis: Redis) -> str:
    """Return a script that fails, shortened, with both answers where they differ."""
    lines = [
        fake if fake == real else f"{fake}   <- the real server: {real}"
        for fake, real in played_to_both(shortened(script, redis), redis)
    ]
    return "\n".join(lines)
