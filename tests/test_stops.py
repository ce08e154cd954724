"""A worker that gets SIGTERM at any place: what its library does, and what becomes of the jobs."""

from dataclasses import replace

import pytest
from rq import Queue, Retry

from lesson_code.lab.engines.rq_stops import StoppableWorker
from lesson_code.lab.engines.rq_words import TAKES
from lesson_code.lab.pictures import lanes
from lesson_code.lab.record import Step
from lesson_code.lab.stage import every_stop, play
from lesson_code.lab.stage.stops import around_changes
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.with_rq.audit import enqueue_again, find_orphaned_jobs
from lesson_code.worlds.accidents import task
from tests.sampling import proof, sampled
from tests.stories import CHAIN, COUNTDOWN, DIAMOND, STEPS, TWO_QUEUES, Steps, enqueue_steps

REGISTERS = "registers that it works on the job"  # from here on RQ calls its worker busy


def has_taken(steps: tuple[Step, ...], at: int) -> bool:
    """Return whether the worker has taken a job before this step, and is still idle for RQ."""
    for step in reversed(steps[:at]):
        if step.says == TAKES:
            return steps[at].says != REGISTERS
        if step.says == REGISTERS:
            return False
    return False


def fates_of(story: Story | ArqStory, only_changes: bool = True) -> dict[int, str]:
    """Return the kind of each stop's fate, by place."""
    fates = every_stop(story, only_changes=only_changes).fates
    return {fate.stops[0]: fate.kind for fate in fates}


@task
def pack() -> None:
    pass


def enqueue_once(queue, *others) -> None:
    queue.enqueue(pack, job_id="pack")


ONE = Story(enqueue_once)
ONE_OF_TWO = replace(ONE, queues=("default", "other"))


@pytest.fixture(scope="module")
def two_queues() -> dict[int, str]:
    return fates_of(ONE_OF_TWO, only_changes=False)


def test_on_two_queues_a_stop_loses_the_job_that_rq_has_taken_and_not_begun(two_queues):
    steps = play(ONE_OF_TWO).steps
    lost = {at for at in range(len(steps)) if has_taken(steps, at)}
    assert len(lost) >= 3
    assert two_queues == {at: "lost" if at in lost else "unharmed" for at in range(len(steps))}


def test_a_place_without_a_change_around_it_has_no_other_kind(two_queues):
    some = around_changes(play(ONE_OF_TWO).steps)
    assert {two_queues[at] for at in some} == {*two_queues.values()}
    assert len(some) < len(two_queues) / 1.5


def test_a_worker_that_ignored_the_signal_would_lose_nothing(monkeypatch, two_queues):
    monkeypatch.setattr(StoppableWorker, "tell_to_stop", lambda worker: None)
    at = next(at for at, kind in two_queues.items() if kind == "lost")
    assert play(ONE_OF_TWO, f"t{at}").kind == "unharmed"


def taken(story: Story) -> str:
    """Return the token of a stop right after the worker has taken the job."""
    says = [step.says for step in play(story).steps]
    return f"t{says.index(TAKES) + 1}"


def test_on_one_queue_maintenance_calls_the_job_failed_though_it_never_ran():
    fate = play(ONE, taken(ONE))
    assert ("lost", "`pack` ends failed instead of finished") in fate.harms
    assert ("lost", "pack() never happens") in fate.harms


def test_on_one_queue_a_retry_makes_all_stops_harmless():
    again = Story(lambda queue: queue.enqueue(pack, job_id="pack", retry=Retry(max=1)))
    assert {*fates_of(again).values()} == {"unharmed"}


def check_that_the_audit_finds_each_lost_job(story: Story, kinds: dict[int, str]) -> None:
    """Play each stop that loses a job again; now an operator puts back what the audit finds."""
    found = []

    def put_back(*queues: Queue) -> None:
        redis = queues[0].connection
        found.append(find_orphaned_jobs(redis))
        enqueue_again(redis, found[-1])

    lost, steps = [at for at, kind in kinds.items() if kind == "lost"], play(story).steps
    assert lost
    for at in lost:
        assert play(replace(story, repair=put_back), f"t{at}").kind == "unharmed"
        assert found[-2:] == [[], [steps[at].job]]  # in the plain run, and after the stop


def test_the_audit_finds_the_lost_job_and_puts_it_back(two_queues):
    check_that_the_audit_finds_each_lost_job(ONE_OF_TWO, two_queues)


@proof
def test_so_it_does_at_each_lost_place_of_a_chain():
    check_that_the_audit_finds_each_lost_job(TWO_QUEUES, fates_of(TWO_QUEUES, only_changes=False))


def test_arq_runs_a_job_that_was_cut_short_again():
    assert {*fates_of(STEPS).values()} == {"unharmed", "twice"}


def test_a_command_of_arq_that_is_on_its_way_reaches_redis_and_its_answer_is_not_read():
    at = [step.says for step in play(STEPS).steps].index("enqueues a job")
    fate = play(STEPS, f"t{at}")
    assert fate.steps[at] == fate.steps[at + 1]  # the signal, and then the step itself
    assert fate.says.endswith("first() happens twice")  # for ARQ the job has not ended


@pytest.mark.parametrize("story", sampled([STEPS, DIAMOND, COUNTDOWN], 1))
def test_job_completion_wait_makes_all_stops_of_arq_harmless(story):
    patient = type("Patient", (story.settings,), vars(story.settings) | {"job_completion_wait": 5})
    assert {*fates_of(replace(story, settings=patient)).values()} == {"unharmed"}


def test_a_signal_that_meets_no_handler_kills_the_worker():
    class Deaf:
        functions, handle_signals = Steps.functions, False

    for story in (CHAIN, ArqStory(enqueue_steps, Deaf)):
        fate = play(story, "t0")
        assert [step.worker for step in fate.steps[:2]] == ["worker-1", "worker-2"]
    assert play(ArqStory(enqueue_steps, Deaf), "t12").kind == "twice"  # its handler is never there


def test_a_busy_worker_goes_on_and_notes_that_it_has_to_stop():
    says = [step.says for step in play(CHAIN, "t50").steps]
    assert says[51] == "notes that it was told to stop"
    assert says[50] == says[52] == play(CHAIN).steps[50].says


def test_a_second_signal_within_a_second_changes_nothing():
    assert play(CHAIN, "t50t52").kind == "unharmed"


def test_another_worker_goes_on_while_one_stops():
    story = replace(TWO_QUEUES, workers=2)
    fate = play(story, taken(story))
    assert fate.kind == "lost" and "says queued and is in no queue" in fate.says
    assert play(replace(CHAIN, workers=2), "t50").kind == "unharmed"


def test_a_stop_is_told_in_words_and_drawn():
    fate = play(TWO_QUEUES, taken(TWO_QUEUES))
    where = "worker-1 is told to stop (SIGTERM) after it takes the job from the queue, before it"
    assert fate.where == f"{where} reads the job (`a`)"
    assert "■ SIGTERM  before: a: reads the job" in lanes(fate).text


@proof
@pytest.mark.parametrize("story", [CHAIN, TWO_QUEUES, STEPS, DIAMOND, COUNTDOWN])
def test_no_kind_of_fate_is_left_out_with_only_the_changes(story):
    every, some = fates_of(story, only_changes=False), fates_of(story)
    assert {*some.values()} == {*every.values()}


@proof
@pytest.mark.parametrize("story", [TWO_QUEUES, DIAMOND], ids=["RQ", "ARQ"])
def test_each_run_has_the_fate_that_play_gives_its_token(story):
    assert all(play(story, fate.token) == fate for fate in every_stop(story).fates)
