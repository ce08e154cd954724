"""Each different state is played once, and has the same fate as the whole run, at every place."""

import itertools
import random

import pytest
from rq import Queue

from lesson_code.lab.record import Fate
from lesson_code.lab.stage import Story, every_crash, every_order, futures
from lesson_code.lab.stage.branches import Note
from lesson_code.lab.stage.crashes import fate_of
from lesson_code.lab.stage.director import Asked
from lesson_code.lab.stage.futures import Futures, stage_for
from lesson_code.lab.stage.story import ArqStory
from lesson_code.lab.stage.token import Choices, choices_of
from lesson_code.lab.stage.verdict import harms
from tests import remembering, stories
from tests.recipes import ALL
from tests.remembering import LIVING_BY, REMEMBERING, story_of
from tests.sampling import proof, sampled
from tests.stories import CHAIN, STEPS


def played_in_full(story: Story | ArqStory, tokens: list[str]) -> list[Fate]:
    """Return the fates of these runs, and play each of them from its start to its end."""
    plain, fates = stage_for(story, Choices()).run(), []
    for choices in map(choices_of, tokens):
        run = stage_for(story, choices)
        outcome = run.run()
        fates.append(fate_of(choices, run.director.steps, harms(plain, outcome)))
    return fates


def counted(monkeypatch) -> list[str]:
    """Return a list that gets "run" or "go_on" for each run that is played from now on."""
    kinds = []
    for kind in (futures.RQPlay, futures.ArqPlay):
        for name in ("run", "go_on"):
            real = getattr(kind, name)

            def played(self, *args, real=real, name=name):
                kinds.append(name)
                return real(self, *args)

            monkeypatch.setattr(kind, name, played)
    return kinds


@pytest.mark.parametrize("name", sampled(["TWO_QUEUES", "STEPS", "FAN", "COUNTING"], 1))
def test_each_place_has_the_fate_that_its_whole_run_has(name):
    story = getattr(stories, name)
    fates = every_crash(story).fates
    every_fifth = fates[::5]
    assert [*every_fifth] == played_in_full(story, [fate.token for fate in every_fifth])


@proof
@pytest.mark.parametrize("recipe", [one for _, one in ALL], ids=lambda one: one.name)
def test_at_every_place_of_every_recipe_the_verdict_is_that_of_the_whole_run(recipe):
    fates = every_crash(recipe.story).fates
    assert [*fates] == played_in_full(recipe.story, [fate.token for fate in fates])


@pytest.mark.parametrize("name", sampled(["CHAIN", "DIAMOND"], 1))
def test_so_has_each_pair_of_places(name):
    story = getattr(stories, name)
    pairs = every_crash(story, crashes=2, budget=20).fates
    assert [*pairs] == played_in_full(story, [fate.token for fate in pairs])
    assert len({fate.token for fate in pairs}) == 20


@pytest.mark.parametrize(
    "name", sampled(["CHAIN", "TWO_QUEUES", "STEPS", "FAN_IN", "DIAMOND", "COUNTDOWN"], 1)
)
def test_so_has_a_random_script_of_deaths(name):
    story, luck = getattr(stories, name), random.Random(7)
    every = Futures(story)
    for _ in range(10):
        seen = every.plain
        for _ in range(luck.randint(1, 3)):
            first = max(seen.choices.crashes, default=-1) + 1
            if first < len(seen.steps):
                seen = every.dies(seen, luck.randrange(first, len(seen.steps)), watch=True)
        fate = fate_of(seen.choices, seen.steps, harms(every.plain.outcome, seen.outcome))
        assert [fate] == played_in_full(story, [fate.token])


@pytest.mark.parametrize(("story", "most"), [(CHAIN, 30), (STEPS, 16)], ids=["RQ", "ARQ"])
def test_a_state_is_played_once_and_not_from_the_start(monkeypatch, story, most):
    kinds = counted(monkeypatch)
    fates = every_crash(story).fates
    assert kinds.count("run") == 1  # the plain one
    assert 10 < kinds.count("go_on") <= most < len(fates) / 2


@pytest.mark.parametrize("task", sampled(REMEMBERING, 1), ids=lambda task: task.__name__)
def test_a_task_that_remembers_is_noticed_and_its_runs_are_played_whole(task):
    story = story_of(task)
    assert Futures(story).memory.changed
    fates = every_crash(story).fates
    kinds = {fate.kind for fate in fates}
    assert len(kinds) > 1, "the task's memory makes no difference here, so this test shows nothing"
    some = fates[::4]
    assert [*some] == played_in_full(story, [fate.token for fate in some])


@pytest.mark.parametrize("task", sampled(LIVING_BY, 1), ids=lambda task: task.__name__)
def test_chance_the_clock_and_the_code_that_a_crash_runs_change_no_fate(task):
    story = story_of(task)
    fates = every_crash(story).fates
    assert len({fate.kind for fate in fates}) > 1
    assert [*fates] == played_in_full(story, [fate.token for fate in fates])


def test_a_task_that_remembers_nothing_is_known_as_one():
    assert not Futures(story_of(remembering.happens)).memory.changed


def enqueued(remember: bool) -> int:
    """Return how often a search calls `enqueue`, which may remember how often it was called."""
    numbers, times = itertools.count(), []

    def enqueue(queue: Queue) -> None:
        if remember:
            next(numbers)
        queue.enqueue(remembering.happens, job_id="a")

    def counted(queue: Queue) -> None:
        times.append("once")
        enqueue(queue)

    class Unseen:
        """A callable whose attributes a pickle does not hold."""

        def __call__(self, queue: Queue) -> None:
            counted(queue)

        def __reduce__(self) -> tuple:
            return tuple, ((enqueue,),)

    every_order(Story(Unseen()), budget=5)
    return len(times)


def test_jobs_are_enqueued_once_for_a_search_unless_that_remembers_something():
    assert enqueued(remember=False) == 1
    assert enqueued(remember=True) == 5


class Resets:
    """Enqueues two jobs, and hides from a pickle that it resets what they remember."""

    def __call__(self, queue: Queue) -> None:
        remembering.calls.clear()
        for name in "ab":
            queue.enqueue(remembering.in_a_list, job_id=name)

    def __reduce__(self) -> tuple:
        return str, ("hidden",)


def test_jobs_are_enqueued_anew_where_tasks_remember_something_that_this_resets():
    story = Story(Resets(), workers=2)
    fates = every_order(story, budget=12).fates
    assert [*fates] == played_in_full(story, [fate.token for fate in fates])


NOTE = Note("rq:worker:worker-1", here=1_800_000_100.0, there=1_800_000_101.0)


@pytest.mark.parametrize(
    ("command", "at", "matters"),
    [
        ("EXISTS", 99.0, False),  # the key is there in both
        ("EXISTS", 100.5, True),  # the key has expired in one of them
        ("EXISTS", 120.0, False),  # the key has expired in both
        ("HGETALL", 99.0, True),  # reads the value
        ("PSETEX", 99.0, False),  # overwrites it
    ],
)
def test_the_note_of_a_crashed_worker_matters_only_if_a_command_reads_it(command, at, matters):
    assert NOTE.matters([Asked("rq:worker:worker-1", command, at)]) is matters
    assert not NOTE.matters([Asked("rq:worker:worker-2", command, at)])


def test_a_note_that_was_overwritten_matters_no_more():
    asked = [Asked(NOTE.key, "PSETEX", 99.0), Asked(NOTE.key, "GET", 100.5)]
    assert not NOTE.matters(asked)
    assert NOTE.matters(asked[::-1])
