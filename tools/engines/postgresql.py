"""An empty PostgreSQL for a lane, of the machine's own programs.

Its server ends with the process that started it.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from tools.engines.psql import Psql

DEBIAN = Path("/usr/lib/postgresql")  # each release has a folder, which is not on the PATH
USER = "postgres"  # PostgreSQL does not run as root
PATIENCE = 30  # seconds that the server may take to start
# The shell reads a pipe. We alone hold its other end, so the read ends when our process ends.
KEEPER = """
exec 3<&0
"$@" 3<&- & server=$!
{ read _ <&3; while kill -INT $server; do sleep 0.1; done; } & watch=$!
wait $server
kill $watch 2>/dev/null
"""
OPTIONS = {"fsync": "off", "autovacuum": "off", "shared_buffers": "16MB", "max_connections": "60"}


class NoPostgreSQL(Exception):
    """The error for a machine without PostgreSQL's programs; the message says what to install."""


def programs() -> Path:
    """Return the folder of PostgreSQL's programs. Raises NoPostgreSQL without them."""
    on_path = shutil.which("initdb")
    found = [Path(on_path)] if on_path else sorted(DEBIAN.glob("*/bin/initdb"), key=_release)
    if not found:
        raise NoPostgreSQL(
            "there is no PostgreSQL here; install its server (on Debian: apt install postgresql)"
        )
    return found[-1].resolve().parent


def _release(program: Path) -> float:
    return float(program.parents[1].name)


def version() -> str:
    """Return "PostgreSQL 15.18". Raises NoPostgreSQL without one."""
    words = [programs() / "postgres", "--version"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return f"PostgreSQL {said.split()[2]}"


class Cluster:
    """A server with an empty cluster in a folder. Close it, or it stays as long as this process."""

    def __init__(self, folder: Path, port: int):
        self._programs, self._data, self.port = programs(), folder / f"cluster-{port}", port
        self._user = USER if os.getuid() == 0 else None
        folder.chmod(0o755)
        self._data.mkdir()
        if self._user:
            shutil.chown(self._data, self._user)
        self._run("initdb", "-D", self._data, "-E", "UTF8", "-A", "trust", "-U", USER, "--no-sync")
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it answers. Raises NoPostgreSQL with its last words."""
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", self._data, "-h", "127.0.0.1", "-p", str(self.port), "-k", self._data]
        log = self._data / "log"
        with log.open("ab") as said:
            self._keeper = subprocess.Popen(
                ["sh", "-c", KEEPER, "sh", self._programs / "postgres", *place, *options],
                stdin=subprocess.PIPE, stdout=said, stderr=said, cwd=self._data, user=self._user,
                start_new_session=True, env=self._env(),
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._keeper.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise NoPostgreSQL(f"PostgreSQL does not start: {log.read_text()[-500:]}")
            time.sleep(0.02)

    def close(self) -> None:
        """Have the server store its data and end, and wait for that."""
        self._keeper.stdin.close()
        self._keeper.wait()

    def psql(self, database: str) -> Psql:
        """Return a connection to a database."""
        words = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER]
        return Psql([self._programs / words[0], *words[1:], "-p", str(self.port), database])

    def _answers(self) -> bool:
        words = ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return not subprocess.call([self._programs / words[0], *words[1:]])

    def _env(self) -> dict[str, str]:
        return {"LC_ALL": "C", "PATH": os.defpath}

    def _run(self, program: str, *words: object) -> None:
        subprocess.run(
            [self._programs / program, *map(str, words)], user=self._user, cwd=self._data,
            check=True, stdout=subprocess.DEVNULL, env=self._env(),
        )  # fmt: skip
