"""How each state looks: by colour, and by glyph, and by word."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    glyph: str
    word: str
    fill: str
    line: str  # the colour of border and text, readable on `fill`, visible on white and on black
    dashed: bool = False


def _green(glyph: str, word: str) -> Look:
    return Look(glyph, word, "#d9f2e0", "#14703a")


def _red(glyph: str, word: str) -> Look:
    return Look(glyph, word, "#fbdcdc", "#b42318")


def _amber(glyph: str, word: str) -> Look:
    return Look(glyph, word, "#fdf0c8", "#8a5a00")


def _blue(glyph: str, word: str) -> Look:
    return Look(glyph, word, "#dbe9f9", "#1d5f9e")


def _grey(glyph: str, word: str, dashed: bool = False) -> Look:
    return Look(glyph, word, "#ececec", "#5f6368", dashed)


LOOKS = {
    # RQ's JobStatus, with the two that RQ 3 adds
    "created": _grey("+", "created"),
    "queued": _blue("…", "queued"),
    "scheduled": _blue("»", "scheduled"),
    "rate_limited": _blue("≈", "rate limited"),
    "ready_to_enqueue": _blue("↑", "ready to enqueue"),
    "deferred": _grey("=", "deferred"),
    "started": _amber("▶", "started"),
    "finished": _green("✓", "finished"),
    "failed": _red("✗", "failed"),
    "stopped": _red("■", "stopped"),
    "canceled": _grey("–", "canceled"),
    # ARQ's JobStatus; its "complete" does not tell success from failure, its result does
    "in_progress": _amber("▶", "in progress"),
    "complete": _green("✓", "complete"),
    "complete, failed": _red("✗", "complete, failed"),
    "not_found": _grey("?", "not found", dashed=True),
    # ours: a job that another one depends on, and one that was asked for, and Redis knows neither
    "missing": _grey("?", "no such job", dashed=True),
    "absent": _grey("?", "not there", dashed=True),
}


def look(state: str) -> Look:
    """Return the look of `state`; one that a later version adds is grey, with its own word."""
    return LOOKS.get(state) or _grey("?", state.replace("_", " "))
