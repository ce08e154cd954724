"""Two trees of the project: one at the reference commit, and the current one."""

import compileall
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.lesson import PROJECT

COMMIT = "1b8e661"
ROUNDS = 3


class NoCommit(Exception):
    """The error for a repository without the reference commit; the message has the remedy."""


@dataclass(frozen=True)
class Setting:
    """The place and the amount of the measurements."""

    then: Path
    now: Path = PROJECT
    short: bool = False
    exercises: tuple[str, ...] = ()  # their ids; none: a sample

    @property
    def rounds(self) -> int:
        return 1 if self.short else ROUNDS


@contextmanager
def checked_out(commit: str = COMMIT, project: Path = PROJECT) -> Iterator[Path]:
    """Lend the tree of that commit, a clone in a temporary folder. Raises NoCommit."""

    def git(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True)

    try:
        top = git("rev-parse", "--show-toplevel")
    except FileNotFoundError:
        raise NoCommit(f"Install git: what {commit} was like is only in the repository.") from None
    if top.returncode or Path(top.stdout.strip()).resolve() != project.resolve():
        raise NoCommit(
            f"The folder {project.name} is not a git repository, so commit {commit} is not in it: "
            "clone the repository, and run make bench there."
        )
    if git("cat-file", "-e", f"{commit}^{{commit}}").returncode:
        raise NoCommit(
            f"This clone does not have commit {commit}: if it is a shallow one, get the rest by "
            "`git fetch --unshallow`."
        )
    with TemporaryDirectory(prefix="bench-") as folder:
        tree = Path(folder).resolve() / "lesson"
        for arguments in (
            ["clone", "--quiet", "--shared", "--no-checkout", str(project), str(tree)],
            ["-C", str(tree), "checkout", "--quiet", "--detach", commit],
        ):
            if (done := git(*arguments)).returncode:
                raise NoCommit(f"git cannot check out {commit}: {done.stderr.strip()}")
        yield tree


def compiled(*trees: Path) -> None:
    """Compile all modules of the trees now, so that no run includes that time."""
    for tree in trees:
        for room in ("lesson_code", "tests", "tools"):
            compileall.compile_dir(tree / room, quiet=2)
