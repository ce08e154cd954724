"""docs/engines.md, generated."""

from tools.engines.ends import ENDS


def counted(result):
    return (
        f"{len(result.places)} places, "
        + ", ".join(f"{e} {result.counts(e)}" for e in ENDS if any(result.counts(e)))
        + (f", {result.missed} missed" if result.missed else "")
    )


def write():
    pass
