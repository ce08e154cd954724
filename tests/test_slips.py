"""Slips that are seen in an answer: each is told where it explains the check's sentence."""

import pytest

from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.check.lacks import lacks
from lesson_code.exercises.check.slips import slips
from lesson_code.exercises.exercise import exercises, find
from lesson_code.exercises.learner import sentences

HEAD = "from lesson_code.worlds import shop\n\n"
RQ = {
    "`depend_on=` is no option of `enqueue`": """
        a = queue.enqueue(shop.charge, "A7", job_id="charge")
        queue.enqueue(shop.pack, "A7", depend_on=a, job_id="pack")""",
    "`id=` is no option of `enqueue`": """
        queue.enqueue(shop.charge, "A7", id="charge")""",
    "`a` is a job, and a job cannot be an argument of a task. To wait for it": """
        a = queue.enqueue(shop.charge, "A7", job_id="charge")
        queue.enqueue(shop.pack, a, job_id="pack")""",
    "`shop.charge('A7')` calls the task at once": """
        queue.enqueue(shop.charge("A7"), job_id="charge")""",
    "`enqueue(shop.charge, …)` passes no arguments to the task": """
        a = queue.enqueue(shop.charge, job_id="charge")
        b = queue.enqueue(shop.pack, "A7", depends_on=a, job_id="pack")
        queue.enqueue(shop.ship, "A7", depends_on=b, job_id="ship")""",
    "`enqueue(shop.charge, …)` gives the job no id: add `job_id=`": """
        queue.enqueue(shop.charge, "A7")""",
    "no worker runs before `order_chain` has returned": """
        a = queue.enqueue(shop.charge, "A7", job_id="charge")
        while not a.is_finished:
            pass""",
}
IMPORTED = "from lesson_code.exercises import check, hint\n"
RIGHT = find("order_chain").solutions[0]
ARQ_HEAD = HEAD + "async def charge(ctx, order):\n    return shop.charge(order)\n\n"
ARQ = {
    '`enqueue_job` takes the *name* of a task: write `"charge"` in quotes': """
        await pool.enqueue_job(charge, "A7", _job_id="charge")""",
    "an option of `enqueue_job` begins with `_`: write `_job_id=`": """
        await pool.enqueue_job("charge", "A7", job_id="charge")""",
    "no worker runs before `next_in_line` has returned, so `await job.result(poll_delay=0.01)`": """
        job = await pool.enqueue_job("charge", "A7", _job_id="charge")
        await job.result(poll_delay=0.01)""",
    "ARQ has no `depends_on`: it passes the word to the task": """
        await pool.enqueue_job("charge", "A7", depends_on="A7", _job_id="charge")""",
}


def said(name: str, source: str) -> str:
    exercise = find(name)
    return "\n".join(sentences(exercise, examine(exercise, [source])[0], source))


@pytest.mark.parametrize("slip", RQ)
def test_a_slip_with_rq_is_told(slip):
    body = RQ[slip].replace("\n        ", "\n    ")
    told = said("order_chain", f"{HEAD}def order_chain(queue):{body}\n")
    assert f"In your answer: {slip}" in told and "Often the reason" not in told


@pytest.mark.parametrize("slip", ARQ)
def test_a_slip_with_arq_is_told(slip):
    body = ARQ[slip].replace("\n        ", "\n    ")
    told = said("next_in_line", f"{ARQ_HEAD}async def next_in_line(pool):{body}\n")
    assert f"In your answer: {slip}" in told


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda one: one.id)
def test_a_right_answer_has_none(exercise):
    told = "cannot pickle, is no job, Invalid attribute, not found: an endless loop?"
    for source in exercise.solutions:
        assert slips(source, exercise.id, exercise.engine, told) == []


def test_a_slip_that_explains_nothing_is_not_told():
    source = (
        'def f(queue):\n    a = queue.enqueue(g)\n    queue.enqueue(g, a, depend_on=a, id="a")\n'
    )
    assert slips(source, "f", "rq", "`b` does not wait for `a`") == []
    assert lacks(source, "`b` does not wait for `a`") == []
    assert slips("def f(", "f", "rq", "cannot pickle") == lacks("def f(", "f") == []


def test_a_question_is_not_ended_twice():
    source = "def order_chain(queue):\n    while True:\n        pass\n"
    assert said("order_chain", source).endswith("an endless loop?")


def test_an_answer_may_import_the_check_and_not_call_it():
    assert examine(find("order_chain"), [IMPORTED + RIGHT])[0]["solved"]
    for head in ("", IMPORTED):
        told = said("order_chain", f"{head}{RIGHT}\ncheck(order_chain)\n")
        assert "the check runs this cell: write `check(order_chain)` in another one" in told


def test_a_job_that_needs_no_id_is_not_said_to_lack_one():
    exercise = find("in_groups")
    told = "there is no job `all`; 96 jobs have ids that the library made up"
    assert lacks(exercise.stub, told)
    assert "job_id=" not in " ".join(sentences(exercise, {"sentences": [told]}, exercise.stub))
