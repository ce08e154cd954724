"""An environment for each engine, made by uv: its pinned releases and nothing else."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2]
BUILD = PROJECT / "build" / "engines"
_PINS = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["lesson"]
ENGINES: dict[str, list[str]] = _PINS["engines"]  # the engine's name, and the releases to install
NAMES = {  # as their makers write them
    "rq2": "RQ", "rq3": "RQ", "arq": "ARQ", "celery": "Celery", "dramatiq": "Dramatiq",
    "huey": "Huey", "saq": "SAQ", "streaq": "streaQ", "taskiq": "Taskiq", "bullmq": "BullMQ",
    "procrastinate": "Procrastinate", "dbos": "DBOS",
}  # fmt: skip


class NoEnvironment(Exception):
    """The error for an unknown engine, or for releases that cannot be installed."""


def pins(engine: str, with_: tuple[str, ...] = ()) -> list[str]:
    """Return what is installed for an engine, such as `["huey==3.5.4", "redis==8.1.0"]`.

    A release in `with_` takes the place of the pinned one: `("huey==3.6",)`. Raises NoEnvironment
    for an unknown engine, and for a release of a package that the engine does not pin.
    """
    if engine not in ENGINES:
        raise NoEnvironment(f"there is no engine {engine!r}: {', '.join(ENGINES)}")
    found = {_package(pin): pin for pin in ENGINES[engine]}
    for wanted in with_:
        if _package(wanted) not in found:
            raise NoEnvironment(f"{engine} pins {', '.join(found)}, and not {_package(wanted)}")
        extras = found[_package(wanted)].partition("==")[0]
        found[_package(wanted)] = f"{extras}=={wanted.partition('==')[2]}"
    return list(found.values())


def _package(pin: str) -> str:
    return pin.partition("==")[0].partition("[")[0]


def folder_of(engine: str, with_: tuple[str, ...] = ()) -> Path:
    """Install an engine, if it is not there yet, and return the folder of its environment.

    The folder has `bin/python`, or for an engine of Node.js `node_modules`. Raises NoEnvironment
    if it cannot be installed.
    """
    wanted = pins(engine, with_)
    folder = BUILD / "-".join([engine, *(pin.replace("==", "_") for pin in with_)])
    ready = folder / "ready"
    if ready.exists() and ready.read_text("utf-8") == "\n".join(wanted):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    if engine == "bullmq":
        folder.mkdir(parents=True)
        packages = [pin.replace("==", "@") for pin in wanted]
        _run("npm", "install", "--silent", "--no-fund", "--prefix", folder, *packages)
    else:
        _run("uv", "venv", "-q", "--python", sys.executable, folder)
        _run("uv", "pip", "install", "-q", "--python", folder / "bin" / "python", *wanted)
    ready.write_text("\n".join(wanted), "utf-8")
    return folder


def python_of(engine: str, with_: tuple[str, ...] = ()) -> Path:
    """Return the Python of an engine's environment."""
    return folder_of(engine, with_) / "bin" / "python"


def _run(*words: object) -> None:
    paths = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    env = os.environ | {"PATH": os.pathsep.join(paths)}
    try:
        done = subprocess.run([*map(str, words)], capture_output=True, text=True, env=env)
    except FileNotFoundError:
        raise NoEnvironment(f"there is no {words[0]} here") from None
    if done.returncode:
        raise NoEnvironment(" ".join(done.stderr.split())[-300:])
