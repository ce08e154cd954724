"""Every crash of a worker: the figures are those of real servers and real SIGKILLs."""

import threading
from collections import Counter
from dataclasses import replace

import pytest
from rq import Queue, Retry, get_current_job

from lesson_code.lab.record import Fates
from lesson_code.lab.stage import Story, every_crash, play
from lesson_code.lab.stage.director import Director
from lesson_code.lab.stage.token import Choices, choices_of
from lesson_code.worlds import accidents
from tests.stories import CHAIN, STEPS, TWO_QUEUES


def kinds(fates: Fates) -> dict[str, int]:
    return dict(Counter(fate.kind for fate in fates.fates))


@pytest.fixture(scope="module")
def chain() -> Fates:
    return every_crash(CHAIN)


def test_a_worker_on_one_queue_loses_nothing_but_the_good_name_of_a_finished_job(chain):
    assert kinds(chain) == {"unharmed": 67, "twice": 20, "lost": 3}
    assert chain.possible == 90
    assert {fate.says for fate in chain.fates if fate.kind == "lost"} == {
        "worker-1 crashes after it registers that it works on the job, before it notes that the job"
        f" has started (`{job}`): `{job}` finished, and then RQ marked it as failed"
        for job in "abc"
    }


def test_each_step_of_the_plain_run_is_a_place(chain):
    plain = play(CHAIN)
    assert plain.kind == "unharmed" and plain.token == "plain"
    assert [fate.crashes for fate in chain.fates] == [(at,) for at in range(len(plain.steps))]
    for fate in chain.fates:
        assert fate.steps[: fate.crashes[0] + 1] == plain.steps[: fate.crashes[0] + 1]


def test_a_dead_worker_does_nothing_any_more(chain):
    for fate in chain.fates:
        dead = fate.steps[fate.crashes[0]].worker
        assert all(step.worker != dead for step in fate.steps[fate.crashes[0] + 1 :])


def test_a_place_that_is_skipped_is_missed(monkeypatch):
    def skipping(self, worker, commands, step=Director.round_trip):
        if "arq:result:" not in str(commands):
            step(self, worker, commands)

    monkeypatch.setattr(Director, "round_trip", skipping)
    assert kinds(every_crash(STEPS)) != {"unharmed": 28, "twice": 9}


def test_a_worker_on_two_queues_loses_a_job_at_13_places():
    fates = every_crash(TWO_QUEUES)
    assert kinds(fates) == {"unharmed": 66, "twice": 20, "lost": 13}
    lost = [fate.says for fate in fates.fates if fate.kind == "lost"]
    assert all("says queued and is in no queue" in text for text in lost)
    assert (
        "worker-1 crashes after it takes the job from the queue, before it reads the job (`b`):"
        " `b` says queued and is in no queue"
    ) in lost


def test_arq_loses_nothing():
    fates = every_crash(STEPS)
    assert kinds(fates) == {"unharmed": 28, "twice": 9}


def test_every_step_of_the_libraries_is_told_in_words():
    for fate in (play(CHAIN), play(STEPS), play(TWO_QUEUES)):
        assert [step.command for step in fate.steps if step.says == step.command] == []
    (taken,) = {step.says for step in play(CHAIN).steps if step.command == "LMOVE" and step.job}
    assert taken == "takes the job from the queue"


def test_two_deaths_within_a_budget():
    fates = every_crash(STEPS, crashes=2, budget=40)
    assert len(fates.fates) == 40 < fates.possible
    assert {len(fate.crashes) for fate in fates.fates} == {2}


def test_a_budget_begins_with_the_places_right_after_the_end_of_a_job():
    steps = play(CHAIN).steps
    ends = [at for at, step in enumerate(steps, 1) if step.says.startswith("stores")]
    few = every_crash(CHAIN, budget=len(ends) + 2, ends_first=True)
    crashed = [fate.crashes[0] for fate in few.fates]
    assert len(ends) == 3 and {0, *ends} < {*crashed} and crashed == sorted(crashed)
    assert len(crashed) == len(ends) + 2
    assert [
        fate.crashes[0] for fate in every_crash(CHAIN, budget=2, ends_first=True).fates
    ] == ends[:2]


def test_whoever_dies_at_the_repair_is_followed_by_another_one():
    def one(queue):
        queue.enqueue("tests.stories.first", job_id="a", retry=Retry(max=5))

    cleaning, taken = "d5", "d5d18"  # the lock of the cleaning is kept for a quarter of an hour
    assert play(Story(one), cleaning).kind == play(Story(one), taken).kind == "unharmed"
    assert "lost" not in kinds(every_crash(Story(one), crashes=2, budget=25))
    assert "lost" not in kinds(every_crash(STEPS, crashes=2, budget=30))


def test_while_an_arq_job_is_a_dead_workers_the_others_do_not_look_again_and_again():
    both = every_crash(replace(STEPS, workers=2))
    assert kinds(both) == {"unharmed": 50, "twice": 9}
    assert max(len(fate.steps) for fate in both.fates) < 150


def child():
    return "child"


def parent():
    """Enqueue two jobs whose ids the library makes up: others in each run."""
    queue = Queue(connection=get_current_job().connection)
    return queue.enqueue(child).id, queue.enqueue(child).id


def test_an_id_made_anew_is_found_and_no_other_run_is_blamed_for_its_ids():
    story = Story(lambda queue: queue.enqueue(parent, job_id="p", retry=Retry(max=2)), requeue=True)
    fates = every_crash(story, only_changes=True)
    assert kinds(fates).keys() == {"unharmed", "twice"}
    twice = [fate.says for fate in fates.fates if fate.kind == "twice"]
    assert any(
        "crashes after it enqueues a job, before" in text
        and text.endswith("`child()` is enqueued again, with a new id")
        for text in twice
    )


def test_a_job_that_is_deleted_when_it_ends_is_not_missed():
    def one(queue):
        queue.enqueue("tests.stories.first", job_id="a", result_ttl=0, retry=Retry(max=2))

    assert "lost" not in kinds(every_crash(Story(one), only_changes=True))


def test_a_job_that_waits_for_what_never_comes_hangs():
    def one(queue):
        queue.enqueue(wait_for_nobody, job_id="a", job_timeout=-1)

    assert play(Story(one)).kind == "hangs"


def wait_for_nobody():
    threading.Event().wait()


def test_without_a_retry_a_job_fails_and_an_operator_can_requeue_it():
    def one(queue):
        queue.enqueue("tests.stories.first", job_id="a")

    plain = Story(one)
    assert "lost" in kinds(every_crash(plain, only_changes=True))
    assert "lost" not in kinds(every_crash(replace(plain, requeue=True), only_changes=True))


def test_results_that_are_gone_when_somebody_notices():
    late = replace(CHAIN, noticed=812)  # RQ keeps a result for 500 s
    fate = play(late, "d46")
    assert (fate.kind, play(CHAIN, "d46").kind) == ("lost", "unharmed")
    assert "before it stops the job from expiring while it runs (`b`): `b` ends failed" in fate.says


def marked_first():
    """Do the effect once, but note it before it is done."""
    redis = get_current_job().connection
    if redis.set("done", 1, nx=True):
        accidents.task(paid)()


def done_first():
    redis = get_current_job().connection
    if not redis.get("done"):
        accidents.task(paid)()
        redis.set("done", 1)


def paid():
    return "paid"


def test_a_key_set_before_the_effect_is_found():
    def one(function):
        return Story(lambda queue: queue.enqueue(function, job_id="a", retry=Retry(max=2)))

    assert set(kinds(every_crash(one(marked_first), only_changes=True))) == {"unharmed", "lost"}
    assert set(kinds(every_crash(one(done_first), only_changes=True))) == {"unharmed", "twice"}


def test_a_transaction_split_in_two_is_found():
    def line_by_line(queue):
        """What a task does that enqueues the next ones one by one."""
        queue.enqueue(move, 1, job_id="a", retry=Retry(max=2))

    def stroke(queue):
        queue.enqueue(move, 0, job_id="a", retry=Retry(max=2))

    def left(redis):
        return Counter(here=redis.llen("here"), there=redis.llen("there"))

    assert "lost" in kinds(every_crash(Story(line_by_line, effects=left), only_changes=True))
    assert kinds(every_crash(Story(stroke, effects=left), only_changes=True)).keys() == {"unharmed"}


def move(split):
    """Move one thing from here to there, once."""
    redis = get_current_job().connection
    if not split:
        with redis.pipeline() as pipe:
            pipe.delete("here").delete("there").rpush("there", "thing").execute()
    elif redis.set("begun", 1, nx=True):
        redis.rpush("there", "thing")


def test_a_token_says_all_choices():
    choices = Choices((40, 77), ((17, 1),), 2, (12,), (60,))
    assert choices.token == "x2f12s17w2d40t60d77"
    assert (choices.number, choices.last) == (5, 77)
    assert choices_of(choices.token) == choices
    assert choices_of("plain") == Choices()
    with pytest.raises(ValueError, match="is not a token"):
        choices_of("r7k2")
    with pytest.raises(ValueError, match="no run 'd4000'"):
        play(CHAIN, "d4000")


paid_so_far = Counter()


def pay() -> str:
    """Pay into books of its own."""
    paid_so_far["payment"] += 1
    return f"receipt {paid_so_far['payment']}"


def test_what_happened_twice_is_called_so_where_the_second_result_is_another_one():
    def one(queue):
        paid_so_far.clear()
        queue.enqueue(pay, job_id="a", retry=Retry(max=1))

    fates = every_crash(Story(one, effects=lambda redis: Counter(paid_so_far))).fates
    ends = {fate.says.rpartition(": ")[2] for fate in fates if fate.kind == "twice"}
    assert ends == {"payment happens twice"}
