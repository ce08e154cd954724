"""A reason is told only where the answer's own source shows what it claims."""

from dataclasses import replace

from lesson_code.exercises.check.reasons import reasons
from lesson_code.exercises.check.survival import forbidden
from lesson_code.exercises.exercise import Wrong, find
from lesson_code.lab.record import Fate, Step

FADES = Wrong("never happens", "x", "the mark fades within the hour.", ["ex=", "!key="])
ANY = Wrong("never happens", "x", "the worker crashed before the effect.")
PAY = replace(find("pays_twice"), wrong=[ANY, FADES])
TOLD = ["`withdraw` never happens"]


def test_a_reason_that_claims_more_is_told_first_where_all_of_it_is_seen():
    assert reasons(PAY, TOLD, "redis.set(name, 1, ex=3600)") == [FADES, ANY]


def test_a_reason_is_not_told_where_a_part_of_it_is_not_seen():
    assert reasons(PAY, TOLD, "redis.set(name, 1)") == [ANY]
    assert reasons(PAY, TOLD, "redis.set(name, 1)  # ex=3600") == [ANY]
    assert reasons(PAY, TOLD, "redis.set(name, 1, ex=3600, key=2)") == [ANY]


def test_nor_with_another_sentence():
    assert reasons(PAY, ["`withdraw` happens twice"], "redis.set(name, 1, ex=3600)") == []


def test_what_cannot_be_read_is_searched_as_it_is():
    assert reasons(PAY, TOLD, "redis.set(name, ex=") == [FADES, ANY]


def test_what_a_job_returns_breaks_no_promise_unless_the_text_asks_for_it():
    harm = ("lost", "`pay` returns 2 instead of 1")
    fate = Fate("s1w2", "lost", (), (), harms=(harm,))
    assert forbidden(fate, PAY, "order") == []
    assert forbidden(fate, replace(PAY, returns=["pay"]), "order") == [harm]
    lost = ("lost", "`pay` was never enqueued")
    assert forbidden(replace(fate, harms=(lost,)), PAY, "order") == [lost]


def test_an_effect_that_a_crash_may_repeat_does_not_happen_twice_after_it():
    def step(job: str, says: str = "causes the effect charge('A7')") -> Step:
        return Step("worker-1", job, "", (), False, says)

    def faults(*steps: Step, crash: int = 1) -> list:
        fate = Fate("d1", "twice", steps, (crash,), harms=(twice,))
        return forbidden(fate, replace(PAY, never=["lost", "repeats"]), "crash")

    twice, enqueues = ("twice", "charge('A7') happens twice"), step("web", "enqueues a job")
    assert faults(enqueues, step("web"), step("charge"), step("charge")) == [twice]
    assert faults(step("charge"), step("charge", "reads"), step("charge")) == []
    started = step("web", "notes that the job has started")
    assert faults(enqueues, started, step("charge"), step("charge")) == [twice]
    assert faults(enqueues, started, started, step("charge"), step("charge")) == []
    before_and_after = (step("charge"), enqueues, enqueues, step("charge"))
    assert faults(*before_and_after, crash=2) == []
    its_own = (step("charge", "takes the job"), step("charge"), step("charge"))
    assert faults(*its_own) == []
    other = "causes the effect pack('A7')"
    not_the_last = (step("charge"), step("charge", other), step("charge"), step("charge", other))
    assert faults(*not_the_last, crash=2) == [twice]
