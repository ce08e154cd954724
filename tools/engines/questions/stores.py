"""The server that an engine keeps its jobs on: started for one question, and gone after it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from redis import Redis

from lesson_code.lab.server import own
from tools.engines import versions
from tools.engines.ports import free_port

NOBODY = "postgres"  # PostgreSQL does not run as root


class Store(NamedTuple):
    """A server: its URL with a `{port}` to fill in, its port (None: a file), and its version."""

    url: str
    port: int | None
    version: str


@contextmanager
def redis(folder: Path) -> Iterator[Store]:
    """Start an empty server of the lesson's own."""
    port = free_port()
    url, pipe = own.start(port=str(port), bind="127.0.0.1")
    try:
        with Redis.from_url(url) as asked:
            version = versions.of_server(asked)
        yield Store("redis://127.0.0.1:{port}/0", port, version)
    finally:
        own.kill(url, pipe)


@contextmanager
def postgresql(folder: Path) -> Iterator[Store]:
    """Start an empty cluster of Debian's PostgreSQL, as an unprivileged user."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    port, data = free_port(), folder / "cluster"
    user = NOBODY if os.getuid() == 0 else None
    data.mkdir()
    if user:
        folder.chmod(0o777)
        os.chown(data, *_ids(user))

    env = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}

    def run(*words: object) -> str:
        done = subprocess.run(
            [programs / words[0], *map(str, words[1:])], user=user, cwd=data,
            capture_output=True, text=True, check=True, env=env,
        )  # fmt: skip
        return done.stdout

    run("initdb", "-D", data, "-E", "UTF8", "-A", "trust", "-U", NOBODY, "--no-sync")
    listen = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    run("pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", listen, "start")
    try:
        version = run("postgres", "--version").split()[2]
        url = f"postgresql://{NOBODY}@127.0.0.1:{{port}}/postgres"
        yield Store(url, port, f"PostgreSQL {version}")
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


@contextmanager
def sqlite(folder: Path) -> Iterator[Store]:
    """Name a file, which the engine makes a database of."""
    import sqlite3

    yield Store(f"sqlite:///{folder}/jobs.sqlite", None, f"SQLite {sqlite3.sqlite_version}")


def _ids(user: str) -> tuple[int, int]:
    import pwd

    found = pwd.getpwnam(user)
    return found.pw_uid, found.pw_gid
