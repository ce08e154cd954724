"""Ids and times differ from run to run: without them, two runs can be compared."""

import re

from lesson_code.lab.engines.words import without_addresses

MADE = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}")

# The stage's time (clock.START): as a number of seconds or of a smaller unit; in ISO format; as
# Python writes a datetime.
TIME = re.compile(
    r"\b18000\d{5}(\.\d+|\d{3}|\d{6}|\d{9})?\b"
    r"|\b2027-01-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?"
    r"|\b(datetime\.)?[Dd]ate(time)?\(2027, 1, [\d, ]+"
)


def without_ids(value: object) -> str:
    """Return a value in words, without made-up ids, times and addresses of objects."""
    return TIME.sub("time", MADE.sub("id", without_addresses(repr(value))))
