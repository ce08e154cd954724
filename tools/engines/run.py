"""Run studies, several crews at a time, keep what they find, and say what is new."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event, Lock

from tools.engines import compare, kept, page, versions
from tools.engines.crew import Crew, room_for
from tools.engines.study import Study

CREWS = 2  # at a time, since most of a trial is waiting; with more, signals and answers race more


def play(todo: list[tuple[str, str, str]], with_: tuple[str, ...], lanes: int) -> int:
    """Run the studies, keep what they find, and print what is new; return 1 if anything is.

    Each crew has the studies of one variant, since "again" needs what "kill" has found. Those that
    took longest the last time are the first to begin. An error of one crew ends the others.
    """
    variants = defaultdict(list)
    for name, variant, mode in todo:
        variants[name, variant].append(mode)
    run = Run(len(todo), with_, lanes)
    with ThreadPoolExecutor(CREWS) as pool:
        jobs = [pool.submit(run.variant, *one, variants[one]) for one in longest_first(variants)]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            run.stop()
            raise
    if not with_:
        page.write()
    print(f"{run.changed} changes" if run.changed else "nothing has changed")
    return int(bool(run.changed))


def longest_first(variants: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Sort engines' variants by the seconds that their studies took the last time."""
    took = defaultdict(int)
    for name in {name for name, _ in variants}:
        for one in kept.read(name):
            took[name, one.variant] += one.seconds
    return sorted(variants, key=lambda one: -took[one])


class Run:
    """What the crews have in common: the room for first workers, the terminal, what is kept."""

    def __init__(self, total: int, with_: tuple[str, ...], lanes: int):
        self.changed = 0
        self._total, self._with, self._lanes = total, with_, lanes
        self._room = room_for(lanes)
        self._lock, self._stopped = Lock(), Event()
        self._crews: list[Crew] = []
        self._begun = 0

    def stop(self) -> None:
        """End all crews."""
        self._stopped.set()
        for crew in self._crews:
            crew.stop()

    def variant(self, name: str, variant: str, modes: list[str]) -> None:
        """Play a variant in these modes. Raises TrialFailed as Study does, and if it is stopped."""
        if self._stopped.is_set():
            return
        with Crew(name, self._with, self._lanes, self._room) as crew:
            self._crews.append(crew)
            signed = versions.signature(crew.engine, self._with)
            for mode in modes:
                if self._stopped.is_set():
                    return
                self._study(crew, variant, mode, signed)

    def _study(self, crew: Crew, variant: str, mode: str, signed: dict[str, str]) -> None:
        with self._lock:
            self._begun += 1
            where = f"[{self._begun}/{self._total}] {crew.engine.name}, {variant}, {mode}"
            before = {one.key: one for one in kept.read(crew.engine.name)}
        begun = time.monotonic()
        last, kills = before.get((variant, mode)), before.get((variant, "kill"))
        run = Study(crew, variant, mode, lambda *numbers: self._progress(where, *numbers))
        ends = kills.ends().items() if kills else ()
        harmless = [name for name, seen in ends if set(seen) == {"unharmed"}]
        found = run.run(harmless, last.ends() if last else None)
        result = kept.Result(
            crew.engine.name, variant, mode, versions.today(), **signed, file=crew.engine.file,
            passes=run.passes, races=crew.engine.races(variant), missed=run.missed,
            seconds=round(time.monotonic() - begun), places=found,
        )  # fmt: skip
        news = [*(compare.news(last, result) if last else ()), *run.troubles]
        with self._lock:
            self.changed += len(news)
            self._shown("")
            print(f"{where}: {page.counted(result)}; {result.seconds} s", *news, sep="\n")
            sys.stdout.flush()
            if not self._with:
                kept.keep(crew.engine.name, [kept.united(last, result)])

    def _progress(self, where: str, done: int, total: int) -> None:
        with self._lock:
            self._shown(f"{where}: {done} of {total} trials")

    def _shown(self, words: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{words}\033[K", end="", file=sys.stderr, flush=True)
