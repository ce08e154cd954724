"""An answer is crashed before each of its lines, and nothing else is."""

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


def test_each_line_is_the_first_that_no_longer_runs():
    done, names = calls()
    assert [*crashes(names["write"], "A")] == [("A-1", 3), ("A-2", 4), ("A-3", 5)]
    second = ["A-2 first", "A-3 first", "A-4 first", "A-4 second"]
    assert done == second


def test_the_lines_of_other_files_do_not_count():
    _, names = calls("def write(name):\n    helper(name)\n")
    names["helper"] = lambda name: [one.upper() for one in name]
    assert len([*crashes(names["write"], "A")]) == 1


def test_what_the_answer_raises_comes_out_and_the_tracing_ends():
    _, names = calls("def write(name):\n    raise OSError(name)\n")
    before = sys.gettrace()
    with pytest.raises(OSError, match="A-2"):
        [*crashes(names["write"], "A")]
    assert sys.gettrace() is before
