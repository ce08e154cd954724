"""The suite's own waits: they are over in time on a quiet machine, and adapt to a busy one."""

import time

import pytest
from _pytest.outcomes import Failed, Skipped

from tests import patience
from tests.patience import steps, until, within


@pytest.fixture
def slow(monkeypatch):
    """Make the machine so many times as slow."""
    return lambda times: monkeypatch.setattr(patience, "slowdown", lambda: times)


def wait(seconds: float):
    with within(seconds):
        time.sleep(0.05)


def test_what_is_late_fails_on_a_quiet_machine(slow):
    slow(1)
    with pytest.raises(Failed, match=r"0\.01 s of a quiet machine are allowed"):
        wait(0.01)
    with pytest.raises(Failed):
        until(lambda: False, 0.01)


def test_a_busy_machine_has_more_time(slow):
    slow(15)
    wait(0.04)
    looks = iter([False] * 5 + [True])
    until(lambda: next(looks), 0.04)


def test_a_machine_that_is_too_busy_is_told(slow):
    slow(17)
    with pytest.raises(Skipped, match="too busy to say: all takes 17 times as long"):
        wait(0.01)


def test_a_machine_is_at_least_as_slow_as_a_quiet_one():
    assert patience.slowdown() >= 1


def test_the_same_work_has_the_same_steps_on_each_machine():
    def loop():
        for _ in range(2_000_000):
            pass

    assert 1_000_000 < steps(loop) < 4_000_000
