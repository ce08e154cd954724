"""Two values: are they the same, and how are they shown?"""

import reprlib
from itertools import takewhile

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlist = 80


def shortly(value: object) -> str:
    """Return the value as Python shows it; a long one is cut."""
    return _short.repr(value)


def both_shortly(got: object, right: object) -> tuple[str, str]:
    """Return two values as `shortly` shows them; if their difference is cut, the part around it."""
    short = shortly(got), shortly(right)
    if short[0] != short[1]:
        return short
    first, second = repr(got), repr(right)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    start = max(0, sum(1 for _ in alike) - 30)
    return f"…{first[start : start + 80]}…", f"…{second[start : start + 80]}…"


def same(got: object, right: object) -> bool:
    """Return whether they are equal; a list may represent a tuple (ARQ, JSON), however deep."""
    if isinstance(got, list | tuple) and isinstance(right, list | tuple):
        return len(got) == len(right) and all(map(same, got, right))
    if isinstance(got, dict) and isinstance(right, dict):
        return got.keys() == right.keys() and all(same(got[key], right[key]) for key in got)
    return type(got) is type(right) and got == right
