"""RQ and ARQ are given the same workflows, and both do what plain Python says."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rq import Queue

from lesson_code.lab import Lab, Run, work
from lesson_code.patterns.workflow import Steps
from lesson_code.with_arq import workflow as arq_workflow
from lesson_code.with_rq import workflow as rq_workflow
from tests import scenarios
from tests.sampling import examples, sampled
from tests.scenarios import NEVER, Parents, fates, in_arq, misdeeds, told, workflow


def run_in_rq(lab: Lab, steps: Steps, again: bool, workers: int) -> Run:
    queue = Queue(connection=lab.redis)
    if not again:
        rq_workflow.enqueue_workflow(queue, steps)
    for job_id in queue.failed_job_registry.get_job_ids():
        queue.failed_job_registry.requeue(job_id)
    return work(lab, workers)


def run_in_arq(lab: Lab, steps: Steps, again: bool) -> Run:
    enqueue = partial(arq_workflow.enqueue_workflow, steps=steps)  # also to enqueue it again
    return in_arq(lab, enqueue, arq_workflow.run_step)


ENGINES = {
    "RQ, 1 worker": partial(run_in_rq, workers=1),
    "RQ, 3 workers": partial(run_in_rq, workers=3),
    "ARQ": run_in_arq,
}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys())
def engine(request):
    return request.param


def check(engine: Callable, lab: Lab, parents: Parents, broken: set[str]) -> None:
    """Run the workflow with its broken steps; mend them and go on: both times all is as it must."""
    lab.empty()
    scenarios.begin(broken)
    answer = told(engine(lab, workflow(parents), again=False))
    assert {step: answer.get(step, NEVER) for step in parents} == fates(parents, broken)
    assert misdeeds(parents) == []

    scenarios.break_only(set())
    assert told(engine(lab, workflow(parents), again=True)) == fates(parents, set())
    assert misdeeds(parents) == []


SHAPES = {
    "chain": {"a": [], "b": ["a"], "c": ["b"]},
    "fan-out": {"a": [], "b": ["a"], "c": ["a"], "d": ["a"]},
    "fan-in": {"a": [], "b": [], "c": [], "d": ["c", "a", "b"]},
    "diamond": {"a": [], "b": ["a"], "c": ["a"], "d": ["c", "b"]},
    "one parent twice": {"a": [], "b": [], "c": ["b", "a", "b"]},
    "two that know nothing of each other": {"a": [], "b": ["a"], "c": [], "d": ["c"]},
    "children named first": {"d": ["c", "b"], "c": ["a"], "b": ["a"], "a": []},
    "no step": {},
}


@pytest.mark.parametrize("parents", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("broken", [set(), {"b"}], ids=["all is well", "b fails at first"])
def test_each_shape_of_workflow(engine, lab, parents, broken):
    check(engine, lab, parents, broken & set(parents))


def test_the_reference_itself_says_what_we_mean():
    assert fates(SHAPES["diamond"], {"b"}) == {
        "a": "a()",
        "b": "ValueError: b is broken",
        "c": "c(a)",
        "d": NEVER,
    }
    assert fates(SHAPES["fan-in"], set())["d"] == "d(c, a, b)"


@st.composite
def workflows(draw: st.DrawFn) -> tuple[Parents, set[str]]:
    """Any workflow of up to 30 steps, in any order, and which of its steps are broken."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 30)))]
    parents: Parents = {"s0": []}
    for number, name in enumerate(names[1:], start=1):
        parents[name] = draw(st.lists(st.sampled_from(names[:number]), max_size=4))
    broken = draw(st.sets(st.sampled_from(names), max_size=3))
    return {name: parents[name] for name in draw(st.permutations(names))}, broken


WIDE = {"in": [], **{f"part-{n}": ["in"] for n in range(28)}}
WIDE["out"] = [f"part-{n}" for n in reversed(range(28))]


def test_a_wide_workflow(engine, lab):
    check(engine, lab, WIDE, {"part-7"})


@pytest.mark.parametrize("luck", sampled(range(10), 1))
def test_any_workflow(engine, lab, luck):
    @examples(5, luck)
    @given(workflows())
    def draw(asked: tuple[Parents, set[str]]) -> None:
        check(engine, lab, *asked)

    draw()
