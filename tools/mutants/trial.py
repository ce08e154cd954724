"""A copy of the project with a mutant in it, in which the tests run until one of them fails."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from queue import SimpleQueue
from threading import Timer

from tools import lesson
from tools.mutants.changes import Mutant, dotted

LIMIT = 1800  # seconds for the tests of one mutant; after that it hangs, which counts as noticed
HANGS = ["-o", "faulthandler_timeout=900", "-o", "faulthandler_exit_on_timeout=true"]
# Python takes bytecode for that of a file of the same second and size, as two mutants often are.
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
CLEAN = ["-p", "no:cacheprovider"]
# Tests that read the project itself, make another one of it, or try what another tool does.
NOT_OF_THE_CODE = {
    "drift", "floors", "lesson", "mutants", "project", "race", "suite_can_fail", "teach",
    "working_copy",
}  # fmt: skip
# Each of these takes a quarter of a minute or more, and runs only for the rooms that it names.
SLOW = {
    "bad_answers", "crashes", "exercises", "game", "judge", "kill9", "lab_gone", "one_decision",
    "recipes", "self_test", "survival",
}  # fmt: skip


def survives(mutant: Mutant, names: list[str], copies: SimpleQueue) -> bool:
    """Make this change in one of the copies, and return whether all tests pass there."""
    folder = copies.get()
    file = folder / mutant.file
    kept = file.read_bytes()
    file.write_text(mutant.code, encoding="utf-8")
    try:
        tried = rounds(dotted(mutant.file), names)
        return all(failure(folder, tests) is None for tests in tried)
    finally:
        file.write_bytes(kept)
        copies.put(folder)


def rounds(module: str, names: Iterable[str]) -> Iterator[list[str]]:
    """Yield pytest's arguments for each of these names: files of tests, "notebooks", or "quick".

    "quick" are all tests that are not slow, the nearest to a module first.
    """
    parts = list(accumulate(module.split("."), "{}.{}".format))
    near = {
        file.stem.removeprefix("test_"): sum(part in file.read_text("utf-8") for part in parts)
        for file in sorted((lesson.PROJECT / "tests").glob("test_*.py"))
    }
    quick = sorted(near.keys() - NOT_OF_THE_CODE - SLOW, key=lambda one: (-near[one], one))
    for name in names:
        if name == "notebooks":
            yield ["--nbval", "notebooks"]
        else:
            yield [f"tests/test_{one}.py" for one in (quick if name == "quick" else name.split())]


def failure(folder: Path, tests: list[str]) -> str | None:
    """Run tests in a copy until one fails; return what pytest printed, or None if all passed."""
    output = ""
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-qx", "-m", "not browser", *CLEAN, *HANGS, *tests],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)} | NO_BYTECODE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        late = Timer(LIMIT, end, [process])
        late.start()
        for line in process.stdout:
            output += line
            if "stopping after 1 failures" in line:
                end(process)  # does not wait for the processes of the failed test
        late.cancel()
    end(process)
    return output if process.returncode else None


def end(process: subprocess.Popen) -> None:
    """Kill a run of the tests, if it still runs, and all processes that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def copy(folder: Path) -> Path:
    """Copy the project as it is now, without untracked files; return the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=lesson.PROJECT, capture_output=True)
    for file in listed.stdout.decode().rstrip("\0").split("\0"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(lesson.PROJECT / file, folder / file)
    return folder
