"""A trial: one engine on an empty server of its own, its workers, its commands and its notes."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tools import lesson
from tools.engines import environments
from tools.engines.engine import FILES
from tools.engines.processes import kill
from tools.engines.questions import stores
from tools.engines.questions.counting import Counter

STORES = {"procrastinate": stores.postgresql, "dbos": stores.sqlite}  # all others: Redis
PATIENCE = 180  # seconds for one command
POLL = 0.01  # seconds between two looks at the notes
STOP = threading.Event()  # set: all trials end now


class Failed(Exception):
    """The error for a trial that shows nothing: a command failed, or a job did not run."""


class Trial:
    """One engine on an empty server. Leave its `with` block (see `trial`) to end all of it."""

    def __init__(self, engine: str, with_: tuple[str, ...], folder: Path, stack: ExitStack) -> None:
        self.engine = engine
        self._home = environments.folder_of(engine, with_)
        self._folder, self._stack = folder, stack
        self._file = FILES.get(engine, engine)
        self._notes = folder / "notes"
        self._notes.touch()
        self._notes.chmod(0o666)
        self.store = stack.enter_context(STORES.get(engine, stores.redis)(folder))
        self._ports = {"worker": self.store.port, "client": self.store.port}
        self._workers: list[subprocess.Popen] = []
        stack.callback(self.kill)
        self.ask("prepare", default=None)

    def ask(self, command: str, *words: object, default: object = Failed) -> object:
        """Run a command of the engine's file in a process of its own; return what it returned.

        With a `default`, this is returned for an engine that has no such command. Raises Failed
        with the last line of the error.
        """
        if default is not Failed and not self.has(command):
            return default
        try:
            done = subprocess.run(
                [*self._program(), command, json.dumps(words)], env=self._env("client"),
                cwd=lesson.PROJECT, capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Failed(f"{command} took more than {PATIENCE} s") from None
        if done.returncode:
            raise Failed(done.stderr.strip().splitlines()[-1])
        return json.loads(done.stdout.splitlines()[-1])

    def begin(self, command: str) -> Future:
        """Run a command as `ask` does, and do not wait for it."""
        pool = ThreadPoolExecutor(1)
        self._stack.callback(pool.shutdown)
        return pool.submit(self.ask, command)

    def has(self, command: str) -> bool:
        """Return whether the engine's file has a command."""
        text = "".join(path.read_text("utf-8") for path in source_of(self._file))
        return f"def {command}(" in text or f"  {command}: " in text

    def worker(self) -> subprocess.Popen:
        """Start a worker in a session of its own and return its process."""
        log = (self._folder / "log").open("ab")
        with log:
            process = subprocess.Popen(
                [*self._program(), "worker"], env=self._env("worker"), cwd=lesson.PROJECT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._workers.append(process)
        return process

    def kill(self) -> None:
        """`kill -9` all workers with their children."""
        for worker in self._workers:
            kill(worker.pid)
            worker.wait()
        self._workers.clear()

    @contextmanager
    def counted(self) -> Iterator[dict[str, Counter]]:
        """Count the round trips of workers and of clients that start in the block."""
        with Counter(self.store.port) as worker, Counter(self.store.port) as client:
            counters = {"worker": worker, "client": client}
            self._ports = {name: one.port for name, one in counters.items()}
            yield counters
            self.kill()

    def notes(self, job: str = "") -> list[dict]:
        """Return the notes of the jobs, or of one job, in their order."""
        lines = self._notes.read_text("utf-8").splitlines()
        return [line for line in map(json.loads, lines) if job in ("", line["job"])]

    def wait(self, job: str, runs: int = 1, seconds: float = PATIENCE) -> dict:
        """Wait until a job has run that often, and return its note. Raises Failed."""
        if not self.until(lambda: len(self.notes(job)) >= runs, seconds):
            raise Failed(f"{job} did not run: {self.log()[-400:]}")
        return self.notes(job)[runs - 1]

    def until(self, true: Callable[[], object], seconds: float) -> bool:
        """Wait until `true()`, and return whether that happened within these seconds."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                return False
            if STOP.wait(POLL):
                raise Failed("it was stopped")
        return True

    def pass_time(self, seconds: float) -> None:
        """Let the engine go on for that long."""
        self.until(lambda: False, seconds)

    def mend(self) -> None:
        """From here on no task raises."""
        (self._folder / "mended").touch()

    def log(self) -> str:
        """Return what the workers have printed."""
        return (self._folder / "log").read_text("utf-8", errors="replace")

    def _program(self) -> list[str]:
        if (self._home / "node_modules").exists():
            return ["node", str(source_of(self._file)[-1])]
        python = str(self._home / "bin" / "python")
        return [python, "-m", "tools.engines.questions.inside", self._file]

    def _env(self, who: str) -> dict[str, str]:
        return os.environ | {
            "QUESTIONS_URL": self.store.url.format(port=self._ports[who]),
            "QUESTIONS_NOTES": str(self._notes),
            "QUESTIONS_HOME": str(self._home),
            "PYTHONPATH": str(lesson.PROJECT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }


@contextmanager
def trial(engine: str, with_: tuple[str, ...] = ()) -> Iterator[Trial]:
    """Give an engine an empty server. At the end of the block nothing of it runs any more."""
    folder = Path(tempfile.mkdtemp(prefix="questions-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        yield Trial(engine, with_, folder, stack)


def runtime_of(engine: str, with_: tuple[str, ...] = ()) -> str:
    """Return the version of the Python, or of the Node.js, that an engine runs on."""
    home = environments.folder_of(engine, with_)
    node = (home / "node_modules").exists()
    program = "node" if node else str(home / "bin" / "python")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return f"Node.js {said.strip()[1:]}" if node else said.strip()


def source_of(file: str) -> list[Path]:
    """Return the sources that hold an engine's commands."""
    here = Path(__file__).parent
    return [path for path in (here / f"{file}.py", here / f"{file}.mjs") if path.exists()]
