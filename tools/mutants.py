"""Change the code a little, at one place at a time: does the suite notice? make mutants

python -m tools.mutants                 all mutants of the rooms of advice, a sample of the others
python -m tools.mutants with_rq lab     only of these rooms

mutmut makes the mutants, and runs for each the tests that call the function that it changes. A
mutant that no test notices is a survivor; survivors.toml has a verdict on each that is known. Ends
with 1 when there is another one, or when a room notices less than its bar.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

from tools import lesson

VERDICTS = lesson.PROJECT / "tools" / "survivors.toml"
NOTICED = {"killed", "timeout", "segfault", "suspicious"}


class Room(NamedTuple):
    bar: int  # per cent of its mutants that the suite has to notice
    sample: int | None  # so many of its mutants are tried, the same ones each time


ROOMS = {
    "with_rq": Room(95, None),
    "with_arq": Room(95, None),
    "patterns": Room(95, None),
    "lab": Room(85, 300),
    "exercises.check": Room(85, 150),
}


class Survivor(NamedTuple):
    function: str
    change: str  # its lines of the diff, as "- x = 1\n+ x = 2"

    def __str__(self) -> str:
        return f"{self.function}\n{self.change}"


def main(chosen: list[str]) -> int:
    """Try the mutants of these rooms, print what came out; return 1 if that is not good enough."""
    if unknown := [room for room in chosen if room not in ROOMS]:
        sys.exit(f"There is no room {', '.join(unknown)}; there are {', '.join(ROOMS)}.")
    known, good = verdicts(), True
    for name in chosen or ROOMS:
        room, tried = ROOMS[name], sample(name)
        mutmut("run", *tried, quiet=False)
        ended = [one for one in outcomes() if one[0] in {*tried}]
        left = [survivor(mutant) for mutant, end in ended if end not in NOTICED]
        noticed = 100 * (1 - len(left) / len(ended))
        new = [one for one in left if one not in known]
        print(f"{name}: {noticed:.1f} % of {len(ended)} noticed (bar: {room.bar} %)")
        print(*(f"\nno verdict: {one}" for one in new), sep="\n")
        good = good and noticed >= room.bar and not new
    return int(not good)


def sample(name: str) -> list[str]:
    """Return the names of a room's mutants, or as many of them as its sample has."""
    pattern = f"lesson_code.{name}."
    mutmut("print-time-estimates", f"{pattern}*")  # makes them
    names = [mutant for mutant, _ in outcomes() if mutant.startswith(pattern)]
    return sorted(names, key=lambda one: crc32(one.encode()))[: ROOMS[name].sample]


def outcomes() -> Iterator[tuple[str, str]]:
    """Yield each mutant's name, and how it ended."""
    for line in mutmut("results", "--all", "true").splitlines():
        name, _, end = line.strip().partition(": ")
        yield name, end


def survivor(mutant: str) -> Survivor:
    """Return what the mutant changes, without its number, which is another one tomorrow."""
    lines = mutmut("show", mutant).splitlines()
    changed = [line for line in lines if re.match(r"[-+](?![-+])", line)]
    function = re.sub(r"\.x_|ǁ", ".", mutant.rpartition("__mutmut_")[0])
    return Survivor(function, "\n".join(f"{one[0]} {one[1:].strip()}" for one in changed))


def verdicts() -> dict[Survivor, str]:
    """Return the survivors that are known, and why each may live."""
    found = tomllib.loads(VERDICTS.read_text(encoding="utf-8")).get("survivor", [])
    return {Survivor(one["function"], one["change"].strip()): one["verdict"] for one in found}


def mutmut(*words: str, quiet: bool = True) -> str:
    """Run mutmut; return what it prints, or let it print that. Exits if it fails."""
    command = [sys.executable, "-m", "mutmut", *words]
    done = subprocess.run(command, cwd=lesson.PROJECT, capture_output=quiet, text=True)
    if done.returncode:
        sys.exit(f"mutmut {words[0]} failed:\n{(done.stdout or '')[-2000:]}{done.stderr or ''}")
    return done.stdout or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
