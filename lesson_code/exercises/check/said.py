"""What a judge has said, and why there is no more of it."""

from dataclasses import dataclass

SILENT = "your answer ended the process that it was running in (exit code {code})"
ENDLESS = "it took {limit:g} s of processor time, and was still {note}: a loop without end?"
WAITING = "it waits for something that never comes, while {note}"
BUSY = "this machine is too busy to check it: nothing is wrong with your answer, try again later"


@dataclass(frozen=True)
class Said:
    """Lines of JSON (see judge.py). `failed` is why the judge was ended, if it was: one of the
    sentences above. `errors` is what Python has said, `code` how the process has ended.
    """

    lines: str
    failed: str = ""
    errors: str = ""
    code: int | None = None
