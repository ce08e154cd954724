"""The server that an engine keeps its jobs on: started for one question, and gone after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from redis import Redis

from lesson_code.lab.server import own
from tools.engines import versions
from tools.engines.ports import on_free_port
from tools.engines.postgresql import USER, Cluster, version


class Store(NamedTuple):
    """A server: its URL with a `{port}` to fill in, its port (None: a file), and its version."""

    url: str
    port: int | None
    version: str


@contextmanager
def redis(folder: Path) -> Iterator[Store]:
    """Start an empty server of the lesson's own."""

    def start(port: int) -> tuple[int, str, int]:
        return port, *own.start(port=str(port), bind="127.0.0.1")

    port, url, pipe = on_free_port(start)
    try:
        with Redis.from_url(url) as asked:
            told = versions.of_server(asked)
        yield Store("redis://127.0.0.1:{port}/0", port, told)
    finally:
        own.kill(url, pipe)


@contextmanager
def postgresql(folder: Path) -> Iterator[Store]:
    """Start an empty PostgreSQL. Raises NoPostgreSQL on a machine without its programs."""
    cluster = on_free_port(partial(Cluster, folder))
    try:
        yield Store(f"postgresql://{USER}@127.0.0.1:{{port}}/postgres", cluster.port, version())
    finally:
        cluster.close()


@contextmanager
def sqlite(folder: Path) -> Iterator[Store]:
    """Name a file, which the engine makes a database of."""
    import sqlite3

    yield Store(f"sqlite:///{folder}/jobs.sqlite", None, f"SQLite {sqlite3.sqlite_version}")
