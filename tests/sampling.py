"""The exhaustive tests: `make proofs` runs all of their cases, `make test` a sample. In a browser
`make browser-all` and `make browser` do.

Each commit has its own sample. The head of a pytest run names its seed, and `SAMPLE=<seed> make
test` draws the same one again.
"""

import hashlib
import os
import random
import subprocess
from collections.abc import Callable, Iterable
from functools import cache

import hypothesis
import pytest

from tools import lesson

PROOF, LEFT_OUT = pytest.mark.proof, pytest.mark.left_out
SOURCES = ("lesson_code", "notebooks", "tests")


@cache
def seed() -> str:
    """Return what SAMPLE says, else the commit; without git, a hash of the sources."""
    if told := os.environ.get("SAMPLE", "").strip():
        return told
    os.environ["SAMPLE"] = drawn = _commit() or _hash()  # the workers of xdist draw the same
    return drawn


def proof(test: Callable) -> Callable:
    """Let a test run in `make proofs` only."""
    return PROOF(LEFT_OUT(test))


def sampled(cases: Iterable, number: int) -> list:
    """Return the cases as parameters of a test that is a proof; so many are in the sample.

    A case that is a tuple has several parameters. A test with two lists of parameters is in the
    sample where both are.
    """
    return _parameters(cases, number, [PROOF])


def looked_at(cases: Iterable, number: int) -> list:
    """Return the same for a test in a browser, which is no proof."""
    return _parameters(cases, number, [])


def _parameters(cases: Iterable, number: int, marks: list) -> list:
    cases = [*cases]
    chosen = drawn(len(cases), number)
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=marks if at in chosen else [*marks, LEFT_OUT],
        )
        for at, case in enumerate(cases)
    ]


def examples(number: int, luck: int) -> Callable:
    """Return a decorator: Hypothesis draws so many examples for the test, always the same for the
    same `luck`.
    """
    options = {"deadline": None, "database": None, "max_examples": number}
    return lambda test: hypothesis.seed(luck)(hypothesis.settings(**options)(test))


def drawn(of: int, number: int) -> set[int]:
    """Return so many of the numbers below `of`: the same ones whenever the commit is the same."""
    return {*random.Random(seed()).sample(range(of), min(number, of))}


def _commit() -> str:
    """Return the hash of the commit, "" where the project is not a git repository of its own."""
    command = ["git", "rev-parse", "--show-prefix", "--short=12", "HEAD"]
    try:
        told = subprocess.run(command, cwd=lesson.PROJECT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    prefix, *commit = told.stdout.split("\n")[:2] if told.returncode == 0 else ("not here",)
    return "" if prefix else commit[0]


def _hash() -> str:
    digest = hashlib.sha256()
    for folder in SOURCES:
        for file in sorted((lesson.PROJECT / folder).rglob("*.*")):
            if file.suffix in (".py", ".ipynb", ".toml"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
