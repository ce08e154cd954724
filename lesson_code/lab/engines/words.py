"""An error and a call in words, as a job's record keeps them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any


def in_words(error: BaseException) -> str:
    """Return "ValueError: what was wrong"."""
    try:
        words = str(error)
    except Exception:  # an error of someone's own class
        words = "<exception str() failed>"  # Python's own words
    return f"{type(error).__name__}: {words}".rstrip(": ")


def call_in_words(function: str, args: Sequence, kwargs: Mapping[str, Any]) -> str:
    """Return "charge('A7')": the same in every process."""
    given = [*map(_said, args), *(f"{key}={_said(value)}" for key, value in kwargs.items())]
    return without_addresses(f"{function}({', '.join(given)})")


def without_addresses(words: str) -> str:
    """Return the words without "at 0x7f…", so that they are the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", words)


def _said(thing: Any) -> str:
    try:
        return repr(thing)
    except Exception:  # a thing of someone's own class
        return f"<{type(thing).__name__}>"
