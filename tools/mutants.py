"""Change the code a little, at one place at a time: does the suite notice? make mutants

python -m tools.mutants                 a sample of each room's mutants, the same ones each time
python -m tools.mutants with_rq lab     only of these rooms
python -m tools.mutants --all with_rq   all of them: hours

mutmut makes the mutants, and runs for each the tests that call the function that it changes; those
that do so in a thread of their own it does not know, so they have a second look. A mutant that no
test notices is a survivor; survivors.toml has a verdict on each that is known. Those that are the
same program, only written otherwise, are left out of the count. Ends with 1 when there is another
survivor, or when the suite notices less of a room than its bar.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from tools import lesson

VERDICTS = lesson.PROJECT / "tools" / "survivors.toml"
BUILD = lesson.PROJECT / "build" / "mutants"
ALL_CODE = 'source_paths = ["lesson_code"]\n'  # as pyproject.toml has it
SECOND_LOOK = ["tests/test_recipes.py"]
NOTICED = {"killed", "timeout", "segfault", "suspicious"}


class Room(NamedTuple):
    bar: int  # per cent of its mutants that the suite has to notice
    sample: str  # a pattern of their numbers, of which each function has its own from 1 on


ROOMS = {
    "patterns": Room(95, "*"),
    "with_rq": Room(95, "*[37]"),
    "with_arq": Room(95, "*[37]"),
    "exercises.check": Room(85, "7"),
    "lab": Room(85, "17"),
}


class Survivor(NamedTuple):
    function: str
    change: str  # its lines of the diff, as "- x = 1\n+ x = 2"

    def __str__(self) -> str:
        return f"{self.function}\n{self.change}"


def main(words: list[str]) -> int:
    """Try the mutants of these rooms, print what came out; return 1 if that is not good enough."""
    chosen = [word for word in words if word != "--all"]
    if unknown := [room for room in chosen if room not in ROOMS]:
        sys.exit(f"There is no room {', '.join(unknown)}; there are {', '.join(ROOMS)}.")
    return int(not all([good(name, "--all" in words) for name in chosen or ROOMS]))


def good(name: str, every: bool) -> bool:
    """Try a room's mutants; print how many were noticed, and each survivor without a verdict."""
    folder = copy(name)
    wanted = f"*__mutmut_{'*' if every else ROOMS[name].sample}"
    mutmut(folder, "run", wanted, quiet=False)
    tried = [(mutant, end) for mutant, end in outcomes(folder) if fnmatch(mutant, wanted)]
    known, found = verdicts(), []
    for mutant in (mutant for mutant, end in tried if end not in NOTICED):
        one = survivor(folder, mutant)
        if one in known or not second_look(folder, mutant):
            found.append(one)
    new = [one for one in found if one not in known]
    left = [one for one in found if not known.get(one, {}).get("same")]
    others = len(tried) - len(found) + len(left)
    noticed = 100 * (1 - len(left) / others)
    print(f"{name}: {noticed:.1f} % of {others} noticed (bar: {ROOMS[name].bar} %)")
    for one in new:
        print(f"\nno verdict on a survivor:\n{one}")
    return noticed >= ROOMS[name].bar and not new


def copy(name: str) -> Path:
    """Copy the project so that mutmut changes this room only, and the others stay as fast as they
    are; return the folder.
    """
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=lesson.PROJECT, capture_output=True)
    for file in listed.stdout.decode().rstrip("\0").split("\0"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(lesson.PROJECT / file, folder / file)
    settings = folder / "pyproject.toml"
    text, only = settings.read_text(encoding="utf-8"), name.replace(".", "/")
    this_room = f'{ALL_CODE}only_mutate = ["lesson_code/{only}/*"]\n'
    settings.write_text(text.replace(ALL_CODE, this_room), encoding="utf-8")
    return folder


def outcomes(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each mutant's name, and how it ended."""
    for line in mutmut(folder, "results", "--all", "true").splitlines():
        name, _, end = line.strip().partition(": ")
        yield name, end


def second_look(folder: Path, mutant: str) -> bool:
    """Run the tests of SECOND_LOOK with this mutant; return whether they notice it."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *SECOND_LOOK],
        cwd=folder / "mutants",
        env=os.environ | {"MUTANT_UNDER_TEST": mutant},
        capture_output=True,
    )
    return done.returncode == 1


def survivor(folder: Path, mutant: str) -> Survivor:
    """Return what the mutant changes, without its number, which is another one tomorrow."""
    lines = mutmut(folder, "show", mutant).splitlines()
    changed = [line for line in lines if re.match(r"[-+](?![-+])", line)]
    function = re.sub(r"\.x_|\.xǁ|ǁ", ".", mutant.rpartition("__mutmut_")[0])
    return Survivor(function, "\n".join(f"{one[0]} {one[1:].strip()}" for one in changed))


def verdicts() -> dict[Survivor, dict]:
    """Return what survivors.toml says of the survivors that are known."""
    found = tomllib.loads(VERDICTS.read_text(encoding="utf-8")).get("survivor", [])
    return {Survivor(one["function"], one["change"].strip()): one for one in found}


def mutmut(folder: Path, *words: str, quiet: bool = True) -> str:
    """Run mutmut there; return what it prints, or let it print that. Exits if it fails."""
    command = [sys.executable, "-m", "mutmut", *words]
    done = subprocess.run(command, cwd=folder, capture_output=quiet, text=True)
    if done.returncode:
        sys.exit(f"mutmut {words[0]} failed:\n{(done.stdout or '')[-2000:]}{done.stderr or ''}")
    return done.stdout or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
