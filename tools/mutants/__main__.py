"""Change the code a little, at one place at a time: does the suite notice? make mutants

python -m tools.mutants                 a sample of each room's mutants, the same ones each time
python -m tools.mutants with_rq lab     only of these rooms
python -m tools.mutants --all with_rq   all of them: hours
python -m tools.mutants --few with_rq   three of each room, the three nearest files of tests

mutmut makes the changes. Each is made in a copy of the project, and the tests run there until one
of them fails. The quick tests are first, above all those that name the changed module. The
notebooks follow, and then the slow tests for this room. So a process that a test starts has the
change, too, and so has a thread. A mutant that no test notices is a survivor. survivors.toml has a
verdict on each known one; mutants that are the same program, only written otherwise, are not tried.
Ends with 1 when there is another survivor, or when the suite notices less of a room than its bar.
"""

import signal
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from tools import lesson
from tools.mutants.changes import Change, dotted, mutants
from tools.mutants.trial import copy, failure, rounds, survives

VERDICTS = Path(__file__).parent / "survivors.toml"
BUILD = lesson.PROJECT / "build" / "mutants"
AT_ONCE = 2  # copies of the project, with a mutant in each


class Room(NamedTuple):
    bar: int  # per cent of its mutants that the suite must notice
    one_in: int  # one mutant of so many is tried
    tests: list[str]  # the rounds of tests that run until one of them notices a mutant


OURS = ["quick", "notebooks", "survival", "recipes"]
ROOMS = {
    "patterns": Room(95, 1, OURS),
    "with_rq": Room(95, 5, OURS),
    "with_arq": Room(95, 5, OURS),
    "exercises/check": Room(
        85, 120,
        ["differences proof learner puzzles", "judge exercises",
         "bad_answers cheats other_mistakes", "survival"],
    ),
    "lab": Room(
        85, 300,
        ["quick", "notebooks", "self_test", "survival", "crashes", "game", "one_decision",
         "lab_gone", "kill9", "recipes"],
    ),
}  # fmt: skip


def main(words: list[str]) -> int:
    """Try the mutants of these rooms, and print the result; return 1 if it is not good enough."""
    rooms = [word for word in words if not word.startswith("--")] or list(ROOMS)
    if unknown := [room for room in rooms if room not in ROOMS]:
        sys.exit(f"There is no room {', '.join(unknown)}; there are {', '.join(ROOMS)}.")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C does not wait for the tests that run
    if "--few" in words:
        for room in rooms:
            few(room)
        return 0
    copies = SimpleQueue()
    for number in range(AT_ONCE):
        copies.put(copy(BUILD / str(number)))
    names = dict.fromkeys(name for room in rooms for name in ROOMS[room].tests)
    for tests in rounds("lesson_code", names):
        if (output := failure(BUILD / "0", tests)) is not None:
            sys.exit(f"The tests fail without any mutant:\n{output[-3000:]}")
    return int(not all([good(room, "--all" in words, copies) for room in rooms]))


def few(room: str) -> None:
    """Try three mutants of a room with the three nearest files of tests; print each."""
    folder = copy(BUILD / "0")
    copies = SimpleQueue()
    copies.put(folder)
    for mutant in islice(mutants(room, ROOMS[room].one_in), 3):
        (quick,) = rounds(dotted(mutant.file), ["quick"])
        names = " ".join(Path(test).stem.removeprefix("test_") for test in quick[:3])
        noticed = "survives" if survives(mutant, [names], copies) else "is noticed"
        print(f"{mutant.change}\n{noticed} by the tests of {names}", flush=True)


def good(room: str, every: bool, copies: SimpleQueue) -> bool:
    """Try a room's mutants; print how many were noticed, and each survivor without a verdict."""
    bar, one_in, tests = ROOMS[room]
    known = verdicts()
    tried = [
        mutant
        for mutant in mutants(room, 1 if every else one_in)
        if not known.get(mutant.change, {}).get("same")
    ]
    print(f"{room}: {len(tried)} mutants", flush=True)
    survivors = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda mutant: survives(mutant, tests, copies), tried)
        for mutant, survived in zip(tried, found, strict=True):
            print("s" if survived else ".", end="", flush=True)
            if survived:
                survivors.append(mutant.change)
    noticed = 100 * (1 - len(survivors) / len(tried))
    print(f"\n{room}: {noticed:.1f} % of {len(tried)} noticed (bar: {bar} %)")
    new = [one for one in survivors if one not in known]
    for one in new:
        print(f"\nno verdict on a survivor:\n{one}", flush=True)
    return noticed >= bar and not new


def verdicts() -> dict[Change, dict]:
    """Return the verdicts in survivors.toml on the known survivors."""
    found = tomllib.loads(VERDICTS.read_text(encoding="utf-8")).get("survivor", [])
    return {Change(one["function"], one["change"].strip()): one for one in found}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
