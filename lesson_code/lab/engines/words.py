"""An error in words, as a record of a job keeps it."""


def in_words(error: BaseException) -> str:
    """Return "ValueError: what was wrong"."""
    return f"{type(error).__name__}: {error}".rstrip(": ")
