"""An error and a call in words, as a job's record keeps them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any


def in_words(error: BaseException) -> str:
    """Return "ValueError: what was wrong"."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


def call_in_words(function: str, args: Sequence, kwargs: Mapping[str, Any]) -> str:
    """Return "charge('A7')": the same in every process."""
    given = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
    return re.sub(r" at 0x[0-9a-f]+", "", f"{function}({', '.join(given)})")
