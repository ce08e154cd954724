"""The results of a check that plays every crash and every order, and the display of one run."""

import re
import time
from collections import Counter
from dataclasses import replace

import pytest
from rq import Callback, Queue, Retry, get_current_job

from lesson_code.exercises.check import survival
from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.examiner import examine, show
from lesson_code.exercises.check.survival import survivals
from lesson_code.exercises.exercise import BadExercise, exercises, find, parse
from lesson_code.lab.stage import ArqStory, Story, every_crash, every_order, play
from lesson_code.lab.stage.crashes import changes
from lesson_code.with_arq import parallel
from tests.sampling import proof, sampled
from tests.stories import STEPS, total
from tools import exercise_cells, lesson

ASKED = [one for one in exercises().values() if one.survives]


def quiet(what: str) -> None:
    """Nobody is told what is going on."""


def enqueue_one(queue: Queue) -> None:
    queue.enqueue("tests.stories.first", job_id="a", retry=Retry(max=1))


@pytest.mark.parametrize("story", sampled([Story(enqueue_one), STEPS], 1), ids=["RQ", "ARQ"])
def test_places_between_which_nothing_changes_have_the_same_end(story):
    steps, fates = play(story).steps, every_crash(story).fates
    few = changes(steps)
    assert len(few) < 0.6 * len(steps)
    for at, fate in enumerate(fates):
        first = fates[max(one for one in few if one <= at)]
        assert (fate.kind, fate.harms) == (first.kind, first.harms)
    assert every_crash(story, only_changes=True).possible == len(few)


def test_the_plain_answer_and_its_harm_are_counted_and_told():
    exercise = find("all_weighed")
    (wrong,) = [one for one in exercise.wrong if "DECRBY" in one.says]
    verdict = examine(exercise, [wrong.answer])[0]
    (sentence,) = verdict["sentences"]
    assert sentence == (
        "it survives 33 of 37 crashes; worker-1 crashes after it sends HSET, before it sends DECRBY"
        " (`A7-lamp`): `A7-postage` was never enqueued."
        ' Step by step: `show_run(all_weighed, "d50")`'
    )
    assert (
        "lost after it sends HSET, before it begins to enqueue a job" in verdict["picture"]["text"]
    )
    assert verdict["picture"]["text"].startswith("37 places: 31 unharmed, 2 twice, 4 lost")
    shown = show(exercise, wrong.answer, "d50")
    assert "† crashes  before: A7-lamp: DECRBY" in shown["text/plain"]
    assert "lesson-replay" in shown["text/html"] or "<img" in shown["text/html"]


def test_a_right_answer_is_told_what_it_survives():
    exercise = find("payday")
    survived = examine(exercise, [exercise.solutions[0]])[0]["survived"]
    assert re.fullmatch(r"14 of 14 crashes and (\d\d) of \1 orders of the workers' steps", survived)


def test_a_token_of_no_run_is_told():
    exercise = find("all_weighed")
    for token, words in (("d4000", "it ends after"), ("r7k2", "is not a token of a run")):
        assert words in show(exercise, exercise.solutions[0], token)["text/plain"]


@proof
def test_a_scene_in_which_a_task_fails_is_played_too_and_has_tokens_of_its_own():
    exercise = replace(find("last_call"), survives=["crash"])
    answer = Answer(exercise, exercise.solutions[0])
    crashes = [*survivals(answer, quiet)]
    assert [look.scene.when for look in crashes][1:] == [one.when for one in exercise.scenes]
    assert {fate.token.partition("/")[0] for fate in crashes[2].fates.fates} == {"2"}
    source = exercise.solutions[0]
    assert "hostel" in show(exercise, source, crashes[2].fates.fates[0].token)["text/plain"]
    assert "hostel" not in show(exercise, source, "d1")["text/plain"]
    for token in ("9/d1", "-1/d1", "a/d1", "d9999", "d1/", ""):
        assert f"there is no run {token!r}" in show(exercise, source, token)["text/plain"]


def test_an_error_that_only_a_death_brings_is_the_answers_own():
    exercise = find("payday")
    answer = exercise.solutions[0].replace(
        "    return bank",
        "    if ctx['job_try'] > 1:\n        raise SystemExit(3)\n    return bank",
    )
    (verdict,) = examine(exercise, [answer])
    sentence = "line 5, `raise SystemExit(3)`: SystemExit: 3"
    assert verdict["sentences"] == [sentence]
    shown = [show(exercise, answer, f"d{at}")["text/plain"] for at in range(10, 60, 10)]
    assert sentence in shown


@proof
def test_a_transaction_of_a_recipe_that_is_split_in_two_is_found(monkeypatch):
    async def split(redis, run, part, outcome):
        await redis.srem(f"parts:{run}:open", part)
        await redis.hset(f"parts:{run}:outcomes", part, outcome)
        return await redis.scard(f"parts:{run}:open")

    exercise = replace(find("all_weighed"), survives=["order"])
    answer = Answer(exercise, exercise.solutions[0])
    monkeypatch.setattr(parallel, "complete_part", split)
    (orders,) = survivals(answer, quiet)
    assert {fate.kind for fate in orders.harmed} == {"lost"}  # the sum without the last part


@proof
def test_an_id_made_anew_is_found():
    exercise = replace(find("full_house"), survives=["crash"])
    source = exercise.solutions[1].replace('_job_id=f"{order}-note"', "_job_id=None")
    assert source != exercise.solutions[1]
    (crashes,) = survivals(Answer(exercise, source), quiet)
    assert "note_weight('B2', 6500) happens twice" in str(
        [one.harms for one in crashes.fates.fates]
    )


def test_an_exercise_that_asks_for_something_else_is_refused(tmp_path):
    file = lesson.PROJECT / "lesson_code/exercises/data/notebook_07/charge_once.toml"
    text = file.read_text(encoding="utf-8")
    (tmp_path / "notebook_07").mkdir()
    bad = tmp_path / "notebook_07/bad.toml"
    bad.write_text(text.replace('"crash", "order"', '"crashes"'), encoding="utf-8")
    with pytest.raises(BadExercise, match=r"'survives' may hold \('crash', 'order'\)"):
        parse(bad)


def test_what_is_promised_is_in_the_text():
    assert len(ASKED) >= 5
    assert "It plays every crash, or every" in exercise_cells.GAME
    for one in ASKED:
        if one.misunderstanding:  # a level: the head of the levels has said it
            continue
        assert "crash" not in one.survives or "crashes" in one.text, one.id
        assert "order" not in one.survives or "interleavings" in one.text, one.id


# Time: who is asleep may wake, and go on, before somebody else's next step.


def read_sleep_write() -> None:
    redis = get_current_job().connection
    seen = int(redis.get("sum") or 0)
    redis.set("sum", seen + 10)


def late() -> None:
    time.sleep(1)
    read_sleep_write()


async def count(ctx: dict) -> None:
    await ctx["redis"].set("sum", int(await ctx["redis"].get("sum") or 0) + 10)


async def count_late(ctx: dict) -> None:
    import asyncio

    await asyncio.sleep(1)
    await count(ctx)


class Counting:
    functions = (count, count_late)


async def enqueue_counting(pool) -> None:
    await pool.enqueue_job("count", _job_id="x")
    await pool.enqueue_job("count_late", _job_id="y")


def enqueue_both(queue: Queue) -> None:
    queue.enqueue(read_sleep_write, job_id="x")
    queue.enqueue(late, job_id="y")


SLEEPERS = [
    (Story(enqueue_both, effects=total), 2),
    (ArqStory(enqueue_counting, Counting, effects=total), 1),
]


@pytest.mark.parametrize(("story", "workers"), sampled(SLEEPERS, 1), ids=["RQ", "ARQ"])
def test_whoever_is_slow_for_once_meets_whoever_slept(story, workers):
    fates = every_order(story, workers, budget=100)
    lost = [fate for fate in fates.fates if fate.kind == "lost"]
    assert "sum: 10 instead of 20" in lost[0].says
    assert play(story, lost[0].token) == lost[0]


def refund(job, connection, *args) -> None:
    connection.incr("refunded")


def test_the_cleaning_calls_a_dead_workers_failure_callback():
    def enqueue(queue: Queue) -> None:
        queue.enqueue("tests.stories.first", job_id="a", on_failure=Callback(refund))

    def refunds(redis) -> Counter:
        return Counter(refunded=int(redis.get("refunded") or 0))

    fates = every_crash(Story(enqueue, effects=refunds), only_changes=True)
    assert any("`a` ends failed" in fate.says for fate in fates.fates)
    again = replace(Story(enqueue, effects=refunds), requeue=True)
    assert "refunded happens once" in " ".join(
        fate.says for fate in every_crash(again, only_changes=True).fates
    )


def wrong_sum() -> int:
    """Read how often it ran; do its effect."""
    from lesson_code.worlds import accidents

    runs = get_current_job().connection.incr("runs")
    accidents.task(paid)()
    return runs


def paid() -> None:
    """The effect."""


def test_a_wrong_result_is_told_behind_an_effect_that_happened_twice():
    def enqueue(queue: Queue) -> None:
        queue.enqueue(wrong_sum, job_id="a", retry=Retry(max=1))

    fates = every_crash(Story(enqueue), only_changes=True)
    both = [fate.harms for fate in fates.fates if len(fate.harms) > 1]
    assert (("twice", "paid() happens twice"), ("lost", "`a` returns 2 instead of 1")) in both


def test_the_budget_is_told(monkeypatch):
    monkeypatch.setattr(survival, "CRASHES", 5)
    exercise = replace(find("charge_once"), survives=["crash"], scenes=[])
    (look,) = survivals(Answer(exercise, exercise.solutions[0]), quiet)
    assert survival.told([look]) == "5 of 5 crashes (32 are possible)"
