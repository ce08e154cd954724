"""The versions that a result is signed with: of an engine's packages, of Python and the server."""

import json
import subprocess
from datetime import date
from functools import cache
from pathlib import Path

from redis import Redis

from lesson_code.lab.server import own
from tools.engines import environments, postgresql
from tools.engines.engine import CONTROL, Engine

ASK = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in json.load(sys.stdin):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""
CLIENTS = ["redis", "coredis", "kombu", "psycopg"]  # whether the engine pins them or not


@cache
def signature(engine: Engine, with_: tuple[str, ...] = ()) -> dict[str, str]:
    """Return what a result is signed with; an engine's variants share it."""
    return {
        "versions": packages(engine, with_),
        "python": runtime(engine.environment),
        "server": server(engine),
    }


def packages(engine: Engine, with_: tuple[str, ...] = ()) -> str:
    """Return the versions of the engine's packages and of its server's client, as installed."""
    if engine.name == CONTROL:
        names = ["redis"]
    else:
        pins = environments.pins(engine.name, with_)
        names = [pin.partition("==")[0].partition("[")[0] for pin in pins]
    if engine.name == "bullmq":
        return ", ".join(f"{name} {_of_node(engine, name)}" for name in names)
    asked = json.dumps(list(dict.fromkeys([*names, *CLIENTS])))
    words = [engine.python, "-c", ASK]
    done = subprocess.run(words, input=asked, capture_output=True, text=True, check=True)
    return ", ".join(f"{name} {number}" for name, number in json.loads(done.stdout).items())


def _of_node(engine: Engine, name: str) -> str:
    file = engine.environment / "node_modules" / name / "package.json"
    return json.loads(file.read_text("utf-8"))["version"]


def runtime(environment: Path) -> str:
    """Return what an engine of this environment runs on: "Python 3.11.7", "Node.js 20.20.2"."""
    node = (environment / "node_modules").exists()
    program = "node" if node else environment / "bin" / "python"
    words = [program, "--version"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    return f"Node.js {told.lstrip('v')}" if node else told


def server(engine: Engine) -> str:
    """Return "Valkey 9.1.2" or "PostgreSQL 15.18": the server that the engine's lanes use.

    Raises NoOwnServer or NoPostgreSQL without one.
    """
    if engine.on_postgresql:
        return postgresql.version()
    url, pipe = own.start()
    with Redis.from_url(url) as redis:
        found = of_server(redis)
    own.kill(url, pipe)
    return found


def of_server(redis: Redis) -> str:
    """Return what a server says of itself: "Valkey 9.1.2", "Redis 7.0.15"."""
    told = redis.info("server")
    name = told.get("server_name", "redis").capitalize()
    return f"{name} {told.get('valkey_version', told['redis_version'])}"


def today() -> str:
    return str(date.today())
