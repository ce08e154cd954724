"""The work of an answer is counted, and no other part of its behaviour changes."""

import pytest

from lesson_code.exercises.check.counted import TICK, compile_counted
from lesson_code.exercises.check.effort import FACTOR, LEAST, Effort, Work, allowed

SOURCE = '''
def plain():
    """Says what it does."""
    return 1

def loops():
    for one in range(3):
        pass
    while one < 4:
        one += 1
        continue
    else:
        return one

def comprehends():
    return [a + b for a in range(2) for b in range(3) if b], {n: n for n in range(4)}

def generates():
    return [*(n for n in range(5))]

def calls():
    double = lambda n: 2 * n
    return double(0), double(4)

class Thing:
    kept = [n for n in range(2)]
    def __len__(self):
        return 7

async def awaits():
    """Has a docstring, too."""
    async for one in further():
        pass

async def further():
    yield 1
    yield 2

def fails():
    for one in "ab":
        one / 2
'''


@pytest.fixture
def answer():
    """The names of SOURCE, and `ticks`: how often TICK was called."""
    names = {"ticks": []}

    def tick() -> bool:
        names["ticks"].append(1)
        return True

    names[TICK] = tick
    exec(compile_counted(SOURCE, "<answer>"), names)
    return names


@pytest.mark.parametrize(("call", "value", "ticks"), [
    ("plain()", 1, 1),
    ("loops()", 4, 1 + 3 + 2),
    ("comprehends()", ([1, 2, 2, 3], {0: 0, 1: 1, 2: 2, 3: 3}), 1 + 2 + 6 + 4),
    ("generates()", [0, 1, 2, 3, 4], 1 + 5),
    ("calls()", (0, 8), 1 + 2),
    ("len(Thing())", 7, 1),
])  # fmt: skip
def test_each_turn_of_a_loop_and_each_call_is_counted(answer, call, value, ticks):
    before = len(answer["ticks"])
    assert eval(call, answer) == value
    assert len(answer["ticks"]) - before == ticks


def test_a_loop_of_a_coroutine_is_counted_too(answer):
    before = len(answer["ticks"])
    with pytest.raises(StopIteration):
        answer["awaits"]().send(None)
    assert len(answer["ticks"]) - before == 1 + 1 + 2


def test_a_loop_outside_of_all_functions_is_counted(answer):
    exec(compile_counted("for n in range(9): pass", "<answer>"), answer)
    assert len(answer["ticks"]) == 2 + 9  # of the class, and of this


def test_docstrings_and_line_numbers_stay_as_they_are(answer):
    assert answer["plain"].__doc__ == "Says what it does."
    assert answer["awaits"].__doc__ == "Has a docstring, too."
    lines = SOURCE.splitlines()
    for name in ("plain", "loops", "fails", "further"):
        assert f"def {name}" in lines[answer[name].__code__.co_firstlineno - 1]
    with pytest.raises(TypeError) as caught:
        answer["fails"]()
    assert lines[caught.traceback[-1].lineno].strip() == "one / 2"  # it counts from 0


def test_what_is_not_python_says_its_line():
    with pytest.raises(SyntaxError) as caught:
        compile_counted("def f():\n    return 1 +\n", "<answer>")
    assert (caught.value.lineno, caught.value.filename) == (2, "<answer>")


def test_a_deep_expression_is_no_trouble():
    names = {TICK: lambda: True}
    exec(compile_counted("x = " + " + ".join(["1"] * 900), "<answer>"), names)
    assert names["x"] == 900


class Over(Exception):
    """It was too much."""


@pytest.fixture
def effort():
    def over(counted: str) -> None:
        raise Over(counted)

    effort = Effort()
    effort.over = over
    effort.new_answer(Work(turns=5, trips=3))
    return effort


def test_the_limit_is_for_one_trial(effort):
    for _ in range(3):
        effort.begin()
        for _ in range(5):
            assert effort.turn()
        effort.trip()
    assert effort.most == (5, 1)
    with pytest.raises(Over, match="it took 5 turns of its loops and calls of its functions"):
        effort.turn()


def test_round_trips_have_a_limit_of_their_own(effort):
    for _ in range(3):
        effort.trip()
    with pytest.raises(Over, match="it and its workers asked Redis 3 times"):
        effort.trip()


def test_the_work_of_a_solution_is_no_work_of_the_answer(effort):
    effort.turn()
    with effort.aside():
        effort.begin()
        for _ in range(50):
            effort.turn()
        assert effort.now == (50, 0)
    assert effort.now == effort.most == (1, 0)
    effort.new_answer(LEAST)
    assert effort.most == (0, 0)


def test_an_answer_may_work_twenty_times_as_much_as_the_dearest_solution():
    assert allowed(Work(1, 100)) == LEAST
    dear = allowed(Work(10_000, 1_000))
    assert dear == (10_000 * 2 * FACTOR, 1_000 * 2 * FACTOR) and FACTOR >= 20
