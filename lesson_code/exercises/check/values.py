"""Two values: are they the same, and how are they shown?"""

import reprlib

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlist = 80


def shortly(value: object) -> str:
    """Return the value as Python shows it; a long one is cut."""
    return _short.repr(value)


def same(got: object, right: object) -> bool:
    """Return whether they are equal; a list may represent a tuple (ARQ, JSON), however deep."""
    if isinstance(got, list | tuple) and isinstance(right, list | tuple):
        return len(got) == len(right) and all(map(same, got, right))
    if isinstance(got, dict) and isinstance(right, dict):
        return got.keys() == right.keys() and all(same(got[key], right[key]) for key in got)
    return type(got) is type(right) and got == right
