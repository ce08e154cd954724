"""The sentences about a wrong answer, each from two outcomes that were made up for the test."""

from dataclasses import replace
from uuid import UUID

import pytest

from lesson_code.exercises.check.differences import differences
from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.check.values import both_shortly
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab.record import Event, JobRecord, Run
from lesson_code.worlds.accidents import Deed

ORDER = Exercise(
    "order_chain", "03", "title", 1, 5, "text", "begin", "stub", ["solution"], ["hint"], "why",
    jobs=["charge", "pack", "ship"], returns=["pack"],
)  # fmt: skip
MADE_UP = (str(UUID(int=1)), UUID(int=2).hex)


def run(**states: str) -> Run:
    """A run with these jobs; those that have run did so in their order."""
    jobs = tuple(JobRecord(name, name, state) for name, state in states.items())
    ran = [name for name, state in states.items() if state in ("finished", "failed")]
    return Run(jobs, tuple(Event("worker-1", name, "started") for name in ran))


def ended(name: str, state: str = "finished", **more) -> Outcome:
    """RIGHT, but for how this job has ended."""
    jobs = [replace(job, state=state, **more) if job.id == name else job for job in RIGHT.run.jobs]
    return replace(RIGHT, run=replace(RIGHT.run, jobs=tuple(jobs)))


def deeds(*calls: str, job: str = "charge") -> tuple[Deed, ...]:
    return tuple(Deed(call, job) for call in calls)


PAID = deeds("charge('A7')")
RIGHT = Outcome(run(charge="finished", pack="finished", ship="finished"), PAID, PAID, None)


def told(mine: Outcome, wanted: Outcome = RIGHT, exercise: Exercise = ORDER, when: str = ""):
    return differences(mine, wanted, exercise, Scene(when))


def test_nothing_is_said_of_what_is_right():
    assert told(RIGHT) == []


def test_the_scene_opens_each_sentence():
    (said,) = told(ended("pack", "failed", error="no box"), when="When it rains")
    assert said == "When it rains: `pack` failed (no box)"


@pytest.mark.parametrize(("there", "more"), [
    ({}, ""),
    ({"charge": "finished"}, "; there is: `charge`"),
    ({"charge": "finished", "pack": "finished"}, "; there are: `charge`, `pack`"),
    ({MADE_UP[0]: "finished"},
     "; 1 job has an id that the library made up, because the answer gave none"),
    ({"charge": "finished", MADE_UP[0]: "failed", MADE_UP[1]: "queued"},
     "; there is: `charge`; 2 jobs have ids that the library made up, because the answer gave "
     "none"),
])  # fmt: skip
def test_a_job_that_is_missing_is_named_and_what_there_is(there, more):
    last = told(replace(RIGHT, run=run(**there)))[-1]
    assert last == f"there is no job `ship`{more}"


def test_a_job_that_ran_and_left_nothing_is_not_told_to_be_missing():
    gone = replace(RIGHT, run=run(charge="finished", pack="finished"), begun=("charge", "ship"))
    assert told(gone) == ["`ship` ran, and then nothing of it was left in Redis: keep its result"]


def test_a_job_that_is_stored_and_nowhere_listed_is_told_as_that():
    words = "`ship` says that it is queued, but RQ does not list it so"
    lost = replace(RIGHT, run=run(charge="finished", pack="finished"), ghosts=("`x`", words))
    assert told(lost) == [words]


def test_of_missing_jobs_each_is_named_and_nothing_else():
    mine = replace(RIGHT, run=run(charge="failed"), ghosts=("a ghost",))
    assert [said.partition(";")[0] for said in told(mine)] == [
        "there is no job `pack`", "there is no job `ship`",
    ]  # fmt: skip


def test_of_one_that_is_missing_nobody_is_told_who_did_not_wait_for_it():
    wanted = starved("charge", "pack")
    (said, _) = told(starved("charge", run=run(charge="finished")), wanted)
    assert said == "there is no job `pack`; there is: `charge`"


@pytest.mark.parametrize("leftovers", [True, False])
def test_a_job_that_never_runs_need_not_be_there(leftovers):
    mine = replace(RIGHT, run=run(charge="finished", pack="finished"))
    assert told(mine, ended("ship", "canceled"), replace(ORDER, leftovers=leftovers)) == []


@pytest.mark.parametrize(("leftovers", "says"), [
    (True, []),
    (False, ["there is no job `ship`; there are: `charge`, `pack`"]),
])  # fmt: skip
def test_nor_one_that_waits_for_ever_where_it_may_be_left_over(leftovers, says):
    mine = replace(RIGHT, run=run(charge="finished", pack="finished"))
    exercise = replace(ORDER, leftovers=leftovers)
    assert told(mine, ended("ship", "deferred"), exercise) == says


def starved(*begun: str, waits_for: str = "charge", **more) -> Outcome:
    """An outcome in which a job ran only when nothing else could, and these had begun so far."""
    return replace(RIGHT, starved=waits_for, begun=begun, **more)


def test_who_did_not_wait_is_told_for_whom():
    mine, wanted = starved("pack", "charge", "ship"), starved("charge", "pack", "ship")
    assert told(mine, wanted) == [
        "`pack` does not wait for `charge`: it started before `charge` had ended"
    ]
    late = starved("pack", "charge", "ship", delayed=frozenset({"pack"}))
    (said,) = told(late, wanted)
    assert said.endswith("before `charge` had ended; a delay is not a dependency")


def test_who_waits_without_need_is_told_so_if_it_matters():
    mine, wanted = starved("charge", "pack"), starved("pack", "charge")
    says = "`pack` waits for `charge`, although it need not: they could run at the same time"
    assert told(mine, wanted) == [says]
    assert told(mine, wanted, replace(ORDER, waits="at least")) == []


def test_where_waits_are_free_nobody_is_told_of_them():
    mine, wanted = starved("pack", "charge"), starved("charge", "pack")
    assert told(mine, wanted, replace(ORDER, waits="free")) == []


def test_a_job_that_had_not_begun_at_all_had_all_others_before_it():
    mine, wanted = starved("pack", "ship"), starved("charge", "pack", "ship")
    assert [said.partition(" does")[0] for said in told(mine, wanted)] == ["`pack`", "`ship`"]


def test_who_never_ran_where_it_is_right_is_not_told_of_waits():
    mine = starved("ship", "charge")
    wanted = starved("charge", run=run(charge="finished", pack="finished", ship="canceled"))
    assert "does not wait" not in " ".join(told(mine, wanted))


def test_what_was_done_too_early_is_told():
    journal = deeds("charge('A7')", "pack('A7')")
    mine = starved("charge", before=deeds("pack('A7')", "pack('A7')", "look()"))
    wanted = starved("charge", journal=journal)
    assert told(mine, wanted)[0] == (
        "`pack('A7')` was done before `charge` had even started; it has to wait for it"
    )
    assert len([said for said in told(mine, wanted) if "even started" in said]) == 1


@pytest.mark.parametrize(("was", "asked", "says"), [
    ("failed", "finished", "`pack` failed (no box)"),
    ("finished", "failed", "`pack` ran, but it should have failed"),
    ("finished", "canceled", "`pack` ran, but it should not run"),
    ("finished", "deferred", "`pack` ran, but it should not run"),
    ("failed", "canceled", "`pack` failed (no box), but it should not run"),
    ("canceled", "finished", "`pack` was canceled"),
    ("absent", "finished", "`pack` did not run"),
    ("ready_to_enqueue", "finished", "`pack` is still ready to enqueue: it never ran"),
])  # fmt: skip
def test_how_a_job_has_ended_otherwise(was, asked, says):
    mine = replace(ended("pack", was, error="no box"), begun=("pack",))
    assert told(mine, ended("pack", asked)) == [says]


@pytest.mark.parametrize(("was", "asked"), [("deferred", "canceled"), ("canceled", "deferred")])
def test_what_waits_where_it_should_never_run_is_left_behind_if_that_matters(was, asked):
    mine, wanted = ended("pack", was), ended("pack", asked)
    assert told(mine, wanted) == []
    (said,) = told(mine, wanted, replace(ORDER, leftovers=False))
    left = "`pack` is still deferred: it should not be left behind"
    assert said == (left if was == "deferred" else "`pack` was canceled")


def test_what_follows_a_leftover_is_told_all_the_same():
    mine, wanted = ended("charge", "deferred"), ended("charge", "canceled")
    failed = [replace(job, state="failed") if job.id == "ship" else job for job in mine.run.jobs]
    (said,) = told(replace(mine, run=Run(tuple(failed))), wanted)
    assert said == "`ship` failed"


def test_a_canceled_job_is_not_a_deleted_one_where_that_is_asked_for():
    mine, wanted = ended("pack", "absent"), ended("pack", "canceled")
    assert told(mine, wanted) == []
    (said,) = told(mine, wanted, replace(ORDER, states=["pack"]))
    assert said == "`pack` is not there; it should be canceled"


def test_a_job_that_gives_up_has_failed_in_another_way():
    gave_up, failed = ended("ship", result={"gave up": "no"}), ended("ship", "failed", error="no")
    assert told(gave_up, failed) == told(failed, gave_up) == []
    assert told(ended("ship", result={"gave in": "no"}), failed) != []


ABORTED = {"state": "complete, failed", "error": "CancelledError"}


def test_an_aborted_job_is_one_that_never_ran():
    wanted = ended("ship", **ABORTED)
    assert (
        told(ended("ship", "complete, failed", error="JobExecutionFailed: expired"), wanted) == []
    )
    assert told(ended("ship", "not_found"), wanted) == []
    assert told(ended("ship"), wanted) == ["`ship` ran, but it should not run"]
    assert told(wanted, ended("ship")) == ["`ship` failed (CancelledError)"]
    begun = replace(wanted, begun=("ship",))
    assert told(begun, wanted) == ["`ship` failed (CancelledError), but it should not run"]


def test_a_job_that_another_one_enqueues_is_told_where_all_are_asked_for_at_once():
    mine = ended("pack", enqueued_by="charge")
    assert told(mine) == []
    (said,) = told(mine, RIGHT, replace(ORDER, at_once=True))
    assert said.startswith("`pack` was enqueued by the job `charge` before that one had finished")


@pytest.mark.parametrize("name", ["<lambda>", "f.<locals>.g"])
def test_a_function_without_a_name_is_explained(name):
    (said,) = told(ended("pack", "failed", error=f"no {name}"))
    assert said == (
        f"`pack` failed (no {name}; a worker imports a function by its name, and this one has none)"
    )


def test_a_result_that_was_kept_too_short_is_told_with_its_seconds():
    error = "ResultMissing: pack needs the result of charge: there is none"
    mine = replace(ended("pack", "failed", error=error), kept={"charge": 1500, "ship": 1})
    said = f"`pack` failed ({error})"
    after_it = replace(mine, begun=("charge", "pack"))
    assert told(after_it) == [f"{said}; the result of `charge` was kept for 1,500 s"]
    before_it = replace(mine, begun=("pack", "charge"))
    assert told(before_it) == [said]


def test_two_long_values_are_cut_around_their_difference():
    got, right = ("x" * 100 + letter + "y" * 100 for letter in "ab")
    assert both_shortly("short", "other") == ("'short'", "'other'")
    assert both_shortly(got, right)[0] == "…" + "x" * 30 + "a" + "y" * 49 + "…"


def test_a_failed_job_has_no_result_that_was_kept():
    error = "ResultMissing: pack needs the result of charge: there is none"
    wanted = replace(RIGHT, run=run(charge="failed", ship="finished"))
    mine = replace(RIGHT, run=run(charge="failed", pack="failed", ship="finished"))
    jobs = [replace(job, error=error if job.id == "pack" else None) for job in mine.run.jobs]
    mine = replace(mine, run=replace(mine.run, jobs=tuple(jobs)), begun=("charge", "pack"))
    mine = replace(mine, kept={"charge": 500})
    assert told(mine, wanted) == [f"`pack` failed ({error}), but it should not run"]


def test_a_job_that_had_failed_before_the_answer_is_still_failed():
    wanted = replace(RIGHT, run=run(charge="finished", pack="canceled", ship="finished"))
    mine = replace(ended("pack", "failed"), begun=("charge", "ship"))
    assert told(mine, wanted) == ["`pack` is still failed: it should not be left behind"]


def test_a_job_that_only_its_dependents_name_is_not_there():
    mine = ended("ship", "missing")
    assert told(mine) == ["there is no job `ship`; there are: `charge`, `pack`"]


@pytest.mark.parametrize(("got", "right", "same"), [
    ([1, (2,)], (1, [2]), True),
    ({"a": [1]}, {"a": (1,)}, True),
    ([1], [1, 2], False),
    ({"a": 1}, {"b": 1}, False),
    ({"a": 1}, {"a": 2}, False),
    ([1], 1, False),
    (1, [1], False),
    ({"a": 1}, 1, False),
    (1, {"a": 1}, False),
    (1, True, False),
    (1, 1.0, False),
])  # fmt: skip
def test_a_list_may_stand_for_a_tuple_and_nothing_else_for_another(got, right, same):
    says = f"`pack` returned {got!r}; it should return {right!r}"
    assert told(ended("pack", result=got), ended("pack", result=right)) == [says] * (not same)
    value = f"`order_chain` returned {got!r}; it should return {right!r}"
    assert told(replace(RIGHT, value=got), replace(RIGHT, value=right)) == [value] * (not same)


def test_what_no_text_asks_a_job_to_return_is_not_compared():
    assert told(ended("ship", result=1), ended("ship", result=2)) == []
    assert told(ended("pack", result=1), ended("pack", result=2), replace(ORDER, returns=[])) == []


@pytest.mark.parametrize(("got", "told_of"), [
    ("Refused: the card", []),
    ("RuntimeError: no", ["`charge` failed with RuntimeError; it should fail with Refused"]),
])  # fmt: skip
def test_the_class_of_an_error_is_compared_where_the_text_names_it(got, told_of):
    mine, wanted = [ended("charge", "failed", error=one) for one in (got, "Refused: no money")]
    assert told(mine, wanted, replace(ORDER, errors=["charge"])) == told_of
    assert told(mine, wanted) == []


@pytest.mark.parametrize(("got", "told_of"), [
    ({"pack": 0.01}, []),
    ({"pack": 5}, ["`pack` waits 5 s before its second attempt; it should wait 0.01 s"]),
    ({"pack": 0}, ["`pack` does not wait before its second attempt; it should wait 0.01 s"]),
    ({}, ["`pack` does not wait before its second attempt; it should wait 0.01 s"]),
])  # fmt: skip
def test_the_first_wait_is_compared_where_the_text_names_it(got, told_of):
    mine, wanted = replace(RIGHT, rests=got), replace(RIGHT, rests={"pack": 0.01})
    exercise = replace(ORDER, rests=["pack"])
    assert told(mine, wanted, exercise) == told_of
    assert told(mine, wanted) == told(wanted, RIGHT, exercise) == []
    assert differences(mine, wanted, exercise, Scene(workers=3)) == []  # chance has a part in it
    assert told(replace(mine, starved="ship"), replace(wanted, starved="ship"), exercise) == []


def test_who_deletes_what_belongs_to_others_is_told_that_only():
    mine = replace(RIGHT, run=run(), deleted=True)
    (said,) = told(mine)
    assert said.startswith("keys in Redis are gone that belong to other programs")


def test_what_a_setting_says_is_told_as_it_is():
    exercise = replace(ORDER, setting="def start(queue, answer): ...")
    mine, wanted = replace(RIGHT, value="two are alike"), replace(RIGHT, value="all is well")
    assert told(mine, wanted, exercise) == ["two are alike"]
    assert told(wanted, wanted, exercise) == []
    assert told(mine, wanted) == [
        "`order_chain` returned 'two are alike'; it should return 'all is well'"
    ]


def test_a_result_that_is_long_is_told_in_short():
    (said,) = told(ended("pack", result="x" * 200), ended("pack", result="y"))
    assert "xx...xx" in said and len(said) < 160


def test_what_an_answer_returns_is_compared_only_if_it_is_plain():
    assert told(replace(RIGHT, value=3), replace(RIGHT, value=object())) == []


@pytest.mark.parametrize(("was", "asked", "says"), [
    (0, 1, "was not done; it should be done once"),
    (2, 1, "was done twice; it should be done once"),
    (3, 2, "was done 3 times; it should be done twice"),
    (1, 0, "was done once; it should not be"),
])  # fmt: skip
def test_how_often_something_was_done(was, asked, says):
    mine, wanted = [
        replace(RIGHT, journal=deeds(*["pack('A7')"] * number)) for number in (was, asked)
    ]
    assert told(mine, wanted) == [f"`pack('A7')` {says}"]


def test_tries_are_counted_too_unless_they_do_not_matter():
    mine = replace(RIGHT, tried=PAID * 3)
    assert told(mine) == ["`charge('A7')` was tried 3 times; it should be tried once"]
    assert told(mine, exercise=replace(ORDER, attempts=False)) == []


def test_a_task_that_was_called_and_not_enqueued():
    called = deeds("pack(box('A7'))", job="")
    mine = replace(RIGHT, tried=PAID + called * 2)
    assert told(mine)[0] == (
        "`pack(box('A7'))` was done before any worker started. If you called it: pass `pack`"
        " without brackets, and its arguments after it"
    )
    assert "before any worker" not in " ".join(told(mine, replace(RIGHT, tried=called)))


@pytest.mark.parametrize(("job", "place"), [("ship", "`ship`"), (MADE_UP[0], "another job")])
def test_what_was_done_in_another_job_is_told_where_it_belongs(job, place):
    mine = replace(RIGHT, journal=deeds("charge('A7')", job=job))
    assert told(mine) == [f"`charge('A7')` was done in {place}; it belongs to `charge`"]
    assert told(mine, exercise=replace(ORDER, in_its_job=False)) == []


def test_what_may_be_done_in_either_of_two_jobs():
    either = replace(RIGHT, journal=PAID + deeds("charge('A7')", job="pack"))
    mine = replace(either, journal=PAID + deeds("charge('A7')", job="ship"))
    assert told(mine, either) == [
        "`charge('A7')` was done in `ship`; it belongs to `charge` or `pack`"
    ]
    nameless = replace(RIGHT, journal=deeds("charge('A7')", job=MADE_UP[0]))
    assert told(RIGHT, nameless) == []


def test_the_order_of_what_was_done_is_told_if_it_matters():
    right = replace(RIGHT, journal=deeds("a()", "b()"))
    mine = replace(RIGHT, journal=deeds("b()", "a()"))
    assert told(mine, right) == []
    assert told(mine, right, replace(ORDER, in_order=True)) == [
        "the tasks ran in the order b(), a(); the right order is a(), b()"
    ]


def test_ghosts_are_told_when_there_is_nothing_else():
    mine, wanted = replace(RIGHT, ghosts=("old", "new")), replace(RIGHT, ghosts=("old",))
    assert told(mine, wanted) == ["new"]
    assert told(replace(mine, value=1), replace(wanted, value=2)) == [
        "`order_chain` returned 1; it should return 2"
    ]
