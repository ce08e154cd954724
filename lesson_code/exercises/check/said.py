"""A judge's messages, and why there are no more of them."""

from dataclasses import dataclass

SILENT = "your answer ended the process that it was running in (exit code {code})"
ENDLESS = "{counted}, and it was still {note}: an endless loop?"
WAITING = "it waits for something that never happens, while {note}"
PROCESSES = "it starts more and more processes: an answer must not start processes of its own"
BUSY = "this machine is too busy now to tell whether your answer is right: try again later"
FUSE = (
    "the check ran out of time while {note}: something that cannot be counted takes too long"
    " there, or this machine is too slow. The check cannot tell whether your answer is right"
)
ENDED = "something stopped the process of the check: run the check again"
OF_THE_MACHINE = (BUSY, FUSE, ENDED)  # they say nothing about the answer


@dataclass(frozen=True)
class Said:
    """Lines of JSON (see judge.py). `failed` is why the judge was ended, if it was.

    It is one of the sentences above. `errors` holds Python's messages, `code` is the exit code of
    the process.
    """

    lines: str
    failed: str = ""
    errors: str = ""
    code: int | None = None
