"""A lane on PostgreSQL: between two trials its database is made anew, with the engine's tables."""

from contextlib import AbstractContextManager

from tools.engines.engine import Engine
from tools.engines.lane import Lane
from tools.engines.postgresql import USER, Cluster
from tools.engines.psql import Psql
from tools.engines.statements import GREETING, Statements

DATABASE, EMPTY = "chain", "empty"  # of a trial, and what each is copied from


class PostgreSQLLane(Lane):
    """A lane whose server is a PostgreSQL of its own. Raises NoPostgreSQL on a machine without."""

    url = f"postgresql://{USER}@127.0.0.1:{{port}}/{DATABASE}?sslmode=disable&gssencmode=disable"
    reader, greeting = Statements, GREETING
    store: Psql

    def _serve(self) -> None:
        self._cluster = Cluster(self.folder, self.port)
        self.store = self._cluster.psql("postgres")

    def _end_server(self) -> None:
        self.store.close()
        self._cluster.close()

    def restart_server(self) -> None:
        """Have the server store its data and end, and start it again on its port."""
        self._end_server()
        self._cluster.start()
        self.store = self._cluster.psql(DATABASE)

    def empty_server(self) -> None:
        """Make the database anew; the first time, the engine makes its tables."""
        self.store.ask("\\connect postgres")
        known = self.store.ask(f"SELECT 1 FROM pg_database WHERE datname = '{EMPTY}'")
        if not known:
            self.store.ask(f"CREATE DATABASE {DATABASE}")
            self.ask("prepare", next(iter(self.engine.variants)))
            self.store.ask(f"ALTER DATABASE {DATABASE} RENAME TO {EMPTY}")
        self.store.ask(
            f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)",
            f"CREATE DATABASE {DATABASE} TEMPLATE {EMPTY}",
            f"\\connect {DATABASE}",
        )


def lane_of(engine: Engine, room: AbstractContextManager | None = None) -> Lane:
    """Return a lane on the server that the engine keeps its jobs on; for `room` see Lane."""
    return (PostgreSQLLane if engine.on_postgresql else Lane)(engine, room)
