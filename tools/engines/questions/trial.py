"""A trial: one engine on an empty server of its own, its workers, its commands and its notes."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tools import lesson
from tools.engines import environments
from tools.engines.engine import FILES
from tools.engines.processes import kill
from tools.engines.questions import stores
from tools.engines.questions.counting import Counter
from tools.engines.questions.notes import PATIENCE, Failed, Notes

STORES = {"procrastinate": stores.postgresql, "dbos": stores.sqlite}  # all others: Redis


class Trial(Notes):
    """One engine on an empty server. Leave its `with` block (see `trial`) to end all of it."""

    def __init__(self, engine: str, with_: tuple[str, ...], folder: Path, stack: ExitStack) -> None:
        self.engine = engine
        self._home = environments.folder_of(engine, with_)
        super().__init__(folder)
        self._stack = stack
        self._file = FILES.get(engine, engine)
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

    def _program(self) -> list[str]:
        if (self._home / "node_modules").exists():
            return ["node", str(source_of(self._file)[-1])]
        python = str(self._home / "bin" / "python")
        return [python, "-m", "tools.engines.questions.inside", self._file]

    def _env(self, who: str) -> dict[str, str]:
        return os.environ | {
            "QUESTIONS_URL": self.store.url.format(port=self._ports[who]),
            "QUESTIONS_NOTES": str(self.file),
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


def source_of(file: str) -> list[Path]:
    """Return the sources that hold an engine's commands."""
    here = Path(__file__).parent
    return [path for path in (here / f"{file}.py", here / f"{file}.mjs") if path.exists()]
