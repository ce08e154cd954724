"""An answer is crashed before each of its instructions, and nothing else is."""

import sys

import pytest

from lesson_code.exercises.check.counted import FILE
from lesson_code.exercises.check.line_by_line import crashes

ANSWER = """
def write(name):
    done.append(name + " first")
    try:
        done.append(name + " second")
    except Exception:
        done.append("caught")
"""


def calls(source: str = ANSWER) -> tuple[list, dict]:
    """Return what the answer has done, and its names."""
    names = {"done": []}
    exec(compile(source, FILE, "exec"), names)
    return names["done"], names


def test_each_instruction_is_the_first_that_no_longer_runs():
    done, names = calls()
    played = [*crashes(names["write"], "A")]
    lines = [line for _, line in played]
    assert sorted({*lines}) == [3, 4, 5]
    written = [sum(one.startswith(f"{name} ") for one in done) for name, _ in played]
    assert written == sorted(written) and {*written} == {0, 1, 2}


def test_a_crash_fits_between_two_calls_of_one_line():
    done, names = calls("def write(name):\n    done.append(name), done.append(name)\n")
    assert 1 in [done.count(name) for name, _ in crashes(names["write"], "A")]


def test_the_instructions_of_other_files_do_not_count():
    _, names = calls("def write(name):\n    helper(name)\n")
    played = []
    for helper in (lambda name: None), (lambda name: [one.upper() for one in name]):
        names["helper"] = helper
        played.append([*crashes(names["write"], "A")])
    assert played[0] == played[1]


def test_what_the_answer_raises_comes_out_and_the_tracing_ends():
    _, names = calls("def write(name):\n    raise OSError(name)\n")
    before = sys.gettrace()
    with pytest.raises(OSError, match="A-"):
        [*crashes(names["write"], "A")]
    assert sys.gettrace() is before
