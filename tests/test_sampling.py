"""The commit determines the sample of the proofs; its seed is shown; `make proofs` takes all."""

import os
import shutil
import subprocess
import sys

import pytest

from tests import sampling
from tests.sampling import drawn, looked_at, proof, sampled
from tools import lesson


@pytest.fixture
def fresh(monkeypatch):
    """Nothing was drawn yet."""
    monkeypatch.delenv("SAMPLE", raising=False)
    sampling.seed.cache_clear()
    yield monkeypatch
    sampling.seed.cache_clear()


def marks(cases) -> list[set[str]]:
    return [{mark.name for mark in case.marks} for case in cases]


def test_each_case_is_a_proof_and_so_many_are_in_the_sample():
    cases = sampled("abcdefgh", 3)
    assert [case.values for case in cases] == [(letter,) for letter in "abcdefgh"]
    assert all("proof" in one for one in marks(cases))
    assert sum("left_out" not in one for one in marks(cases)) == 3
    assert marks(sampled("ab", 5)) == [{"proof"}] * 2
    assert sampled([("a", 1)], 1)[0].values == ("a", 1)


def test_what_is_looked_at_in_a_browser_is_no_proof_and_the_same_are_in_the_sample():
    proofs, looks = marks(sampled("abcdefgh", 3)), marks(looked_at("abcdefgh", 3))
    assert looks == [one - {"proof"} for one in proofs]


def test_a_proof_alone_is_never_in_the_sample():
    @proof
    def test_it(): ...

    assert {mark.name for mark in test_it.pytestmark} == {"proof", "left_out"}


def test_another_seed_draws_another_sample_and_the_same_one_the_same(fresh):
    samples = []
    for seed in ("a", "b", "c", "a"):
        fresh.setenv("SAMPLE", seed)
        sampling.seed.cache_clear()
        samples.append(frozenset(drawn(1000, 5)))
    assert len({*samples}) == 3 and samples[0] == samples[3]
    assert all(len(one) == 5 and max(one) < 1000 for one in samples)


def test_the_seed_is_the_commit(fresh):
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(command, cwd=lesson.PROJECT, capture_output=True, text=True)
    if commit.returncode == 0:
        assert sampling.seed() == commit.stdout.strip()
    assert os.environ["SAMPLE"] == sampling.seed()  # for the processes that the tests start


def test_without_git_or_in_another_repository_it_is_made_of_the_sources(fresh, tmp_path):
    shutil.copytree(lesson.PROJECT / "tests", tmp_path / "lesson" / "tests")
    fresh.setattr(sampling.lesson, "PROJECT", tmp_path / "lesson")
    first = sampling.seed()
    (tmp_path / "lesson" / "tests" / "new.py").write_text("x = 1")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    os.environ.pop("SAMPLE")
    sampling.seed.cache_clear()
    assert len(first) == len(sampling.seed()) == 12 and first != sampling.seed()


def collected(*words: str) -> set[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q"]
    told = subprocess.run(
        [*command, *words, "tests/test_game.py"], cwd=lesson.PROJECT, capture_output=True, text=True
    )
    return {line for line in told.stdout.splitlines() if "::" in line}


@proof
def test_a_sample_is_part_of_the_proofs_and_both_together_are_all_tests():
    sample, proofs, every = collected(), collected("-m", "proof"), collected("-m", "not browser")
    assert sample & proofs and proofs - sample and sample - proofs
    assert sample | proofs == every
