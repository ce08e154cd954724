"""The table of states and the table of fates: the kind of each; its glyph, word and colour."""

from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    kind: str  # "done", "failed", "never": it will not run; "waits": it has not ended yet
    glyph: str
    word: str
    fill: str
    line: str  # the colour of border and text, readable on `fill`, visible on white and on black
    dashed: bool = False


GREEN = ("#d9f2e0", "#14703a")
RED = ("#fbdcdc", "#b42318")
AMBER = ("#fdf0c8", "#8a5a00")
BLUE = ("#dbe9f9", "#1d5f9e")
GREY = ("#ececec", "#5f6368")

STATES = {
    # RQ's JobStatus, with the two that RQ 3 adds
    "created": State("waits", "+", "created", *GREY),
    "queued": State("waits", "…", "queued", *BLUE),
    "scheduled": State("waits", "»", "scheduled", *BLUE),
    "rate_limited": State("waits", "≈", "rate limited", *BLUE),
    "ready_to_enqueue": State("waits", "↑", "ready to enqueue", *BLUE),
    "deferred": State("waits", "=", "deferred", *GREY),
    "started": State("waits", "▶", "started", *AMBER),
    "finished": State("done", "✓", "finished", *GREEN),
    "failed": State("failed", "✗", "failed", *RED),
    "stopped": State("never", "■", "stopped", *RED),
    "canceled": State("never", "–", "canceled", *GREY),
    # ARQ's JobStatus; its "complete" does not tell success from failure, its result does
    "in_progress": State("waits", "▶", "in progress", *AMBER),
    "complete": State("done", "✓", "complete", *GREEN),
    "complete, failed": State("failed", "✗", "complete, failed", *RED),
    "not_found": State("never", "?", "not found", *GREY, dashed=True),
    # ours: a job that finished with the note that it gave up; a missing dependency, and a missing
    # job that was asked for. Redis knows none of them.
    "gave up": State("done", "!", "gave up", *AMBER),
    "missing": State("never", "?", "no such job", *GREY, dashed=True),
    "absent": State("never", "?", "not there", *GREY, dashed=True),
}

# The ends of one of many runs (record.Fate), the good end first
FATES = {
    "unharmed": State("done", "✓", "unharmed", *GREEN),
    "twice": State("failed", "↻", "twice", *AMBER),
    "lost": State("never", "✗", "lost", *RED),
    "hangs": State("waits", "∞", "hangs", *BLUE),
}


def look(state: str) -> State:
    """Return the row of `state`; an unknown state waits, grey, with its own word."""
    return STATES.get(state) or State("waits", "?", state.replace("_", " "), *GREY)


def fate_look(kind: str) -> State:
    """Return the row of a fate of this kind; one that is not in the table is grey."""
    return FATES.get(kind) or State("failed", "?", kind, *GREY)


def kind(state: str) -> str:
    """Return the kind of `state`: "done", "failed", "never" or "waits"."""
    return look(state).kind
