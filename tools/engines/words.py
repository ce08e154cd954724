"""What a place of harm means: a sentence of the engine's chain file, if there is one."""

import re
from types import ModuleType

UNEXPLAINED = "Not explained yet."
HARMLESS = "unharmed"


def sentence(chain: ModuleType, mode: str, end: str, place: str) -> str:
    """Return the first sentence of WORDS whose end and whose pattern of "mode: place" fit."""
    for of, pattern, words in chain.WORDS:
        if of == end and re.search(pattern, f"{mode}: {place}"):
            return words
    return UNEXPLAINED


def between(place: str) -> str:
    """Return a place's name as words: "between `BLPOP …` and `HGETALL …`"."""
    first, _, again = place.partition(" ‖ ")
    before, _, after = first.partition(" | ")
    after, _, times = after.partition(" (")
    number = f" ({times}" if times else ""
    if after == "effect":
        told = f"after `{before}`, its answer withheld{number}"
    elif before == "start":
        told = f"before `{after}`, the first"
    else:
        told = f"between `{before}` and `{after}`{number}"
    return told + (f"; then before `{again.partition(' #')[0]}`" if again else "")
