"""A lane: a server, a proxy before it, and an engine's zygote; a trial has a lane for itself."""

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from redis import Redis

from lesson_code.lab.server import own
from tools.engines.engine import Engine
from tools.engines.environments import PROJECT
from tools.engines.ports import on_free_port
from tools.engines.processes import kill
from tools.engines.proxy import Proxy
from tools.engines.sends import GREETING, Commands, Tally
from tools.engines.watch import Watch


class TrialFailed(Exception):
    """The error for a trial that the driver could not carry out; the message has the reason."""


class Lane:
    """Where trials run, one after another. Close it, or its folder and its proxy stay.

    `room` is what a trial enters for the life of its first worker, so that not too many of them
    run at the same time.
    """

    url, reader, greeting = "redis://127.0.0.1:{port}", Commands, GREETING

    def __init__(self, engine: Engine, room: AbstractContextManager | None = None):
        self.engine, self.room = engine, room or nullcontext()
        self.folder = Path(tempfile.mkdtemp(prefix="engines-"))
        self.effects, self.log = self.folder / "effects", self.folder / "log"
        try:
            on_free_port(self._serve_at)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.proxy = Proxy(self.port, self.reader)
        self.beside = Proxy(self.port, self.reader)  # for a second worker
        self.worker = 0  # the session of the living worker
        self.nothing_there = False  # a strike found no process that it could hit
        self.warm: set[str] = set()  # the variants whose scripts the server knows
        with (self.folder / "zygote").open("w") as said:
            self._zygote = subprocess.Popen(
                [engine.python, "-m", "tools.engines.zygote", engine.chain.__name__.split(".")[-1]],
                cwd=PROJECT, start_new_session=True, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                env=os.environ | self._env(),
            )  # fmt: skip

    def __enter__(self) -> "Lane":
        return self

    def __exit__(self, *_: object) -> None:
        self.end_worker()
        self._zygote.stdin.close()
        self._zygote.wait()
        self._zygote.stdout.close()
        self.proxy.close()
        self.beside.close()
        self._end_server()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _env(self) -> dict[str, str]:
        # Celery's processes have folders of their own, which they leave behind when they are killed
        return {"ENVIRONMENT": str(self.engine.environment), "TMPDIR": str(self.folder)}

    def _serve_at(self, port: int) -> None:
        self.port = port
        self._serve()

    def _serve(self) -> None:
        files = {"dir": str(self.folder), "port": str(self.port), "bind": "127.0.0.1"}
        self._url, self._pipe = own.start(**files)
        self.redis = self.store = Redis(port=self.port)

    def _end_server(self) -> None:
        self.redis.close()
        own.kill(self._url, self._pipe)

    def restart_server(self) -> None:
        """Have the server store its data and end, and start it again on its port."""
        self.redis.shutdown(save=True)
        own.kill(self._url, self._pipe)
        self._serve()
        self.warm.clear()

    def ask(self, do: str, variant: str, turn: object = 0, url: str = "") -> int:
        """Have a client enqueue the chain or probe, or start a worker; return its process.

        Raises TrialFailed if the client fails, with the last lines of its log.
        """
        env = {"EFFECTS": str(self.effects), "ROUND": str(turn)}
        url = url or self.url.format(port=self.port)
        asked = {"do": do, "url": url, "variant": variant, "env": env}
        print(json.dumps(asked | {"log": str(self.log)}), file=self._zygote.stdin, flush=True)
        answer = self._zygote.stdout.readline()
        if not answer:
            raise TrialFailed((self.folder / "zygote").read_text()[-2000:])
        pid, code = json.loads(answer)
        if code:
            raise TrialFailed(f"{do}: {self.log.read_text()[-2000:]}")
        return pid

    def start_worker(self, variant: str, turn: int) -> None:
        """Start a worker through the proxy; from the second turn on, its waits are shortened."""
        self.worker = self.ask("work", variant, turn, self.url.format(port=self.proxy.port))

    def start_beside(self, variant: str) -> Watch:
        """Start a second worker, which takes the place of the first as the lane's worker."""
        watch = self.beside.begin(Watch(self.tally(), effects=self.effects))
        self.worker = self.ask("work", variant, "beside", self.url.format(port=self.beside.port))
        return watch

    def tally(self, first: bool = True) -> Tally:
        """Return a tally by the engine's patterns: from its first poll on, or from the start."""
        chain = self.engine.chain
        first = chain.FIRST if first else ""
        return Tally(first, chain.POLL, getattr(chain, "BEAT", ""), self.greeting)

    def end_worker(self) -> None:
        """Kill the worker with its whole session, and end its connections."""
        if self.worker:
            kill(self.worker)
        self.worker = 0
        self.proxy.begin()

    def clear(self) -> None:
        """Forget the last trial: its keys, its effects and its log."""
        self.end_worker()
        self.nothing_there = False
        self.empty_server()
        for path in (self.effects, self.log):
            path.unlink(missing_ok=True)

    def empty_server(self) -> None:
        self.redis.flushall()

    def done(self) -> str:
        """Return the effects in their order, a letter each: "abc"."""
        lines = self.effects.read_text().splitlines() if self.effects.exists() else []
        return "".join(line[0] for line in lines)

    def left(self) -> dict:
        """Return what the engine still has to do; empty when there is nothing."""
        return self.engine.chain.left(self.store)

    def later(self) -> None:
        """Have the time pass that the engine's recovery needs."""
        self.engine.chain.later(self.store)
