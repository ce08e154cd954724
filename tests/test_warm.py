"""A warm judge behaves like a new one: it is forked, and no data of an answer reach another."""

import json
import os
import subprocess
import sys

import pytest

from lesson_code.exercises.check import process, warm
from lesson_code.exercises.check.said import ENDED
from tests.real import URL, real
from tools import lesson

pytestmark = pytest.mark.skipif(not warm.CAN_FORK, reason="each judge is a new process here")

SCRIPT = """
import json, os, sys, threading, time
from pathlib import Path

import psutil

from lesson_code.exercises import predict, reason
from lesson_code.exercises import hint, play, progress, reset, solution
from lesson_code.exercises.check import process, warm
found = {"for a question": len(warm._servers)}
from lesson_code.exercises import check, show_run
found["functions"] = [*map(callable, (hint, play, progress, reset, solution, check, show_run))]
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import find

def server(seed="0"):
    return warm._servers[seed].process.pid

def verdict(*lines, name="order_chain"):
    body = [f"    {line}" for line in lines]
    return examine(find(name), ["\\n".join([f"def {name}(queue):", *body])])[0]

def printed(*lines):
    return verdict(*lines)["printed"]

def said(answer, seed):
    asked = {"exercise": "order_chain", "answers": [answer], "prove": True, "token": None}
    return process.ask(asked, False, seed).lines

def messages(lines):
    sent = map(json.loads, lines.splitlines())
    return [one for one in sent if "waiting" not in one]

found["at import"] = psutil.pid_exists(server())
folder = Path(sys.argv[1])

(folder / "neighbour.py").write_text("WORD = 'a module beside the notebook'")
os.chdir(folder)
found["beside"] = printed("import neighbour", "print(neighbour.WORD)")
(folder / "far").mkdir()
(folder / "far" / "distant.py").write_text("WORD = 'on the path'")
sys.path.append(str(folder / "far"))
os.environ |= {"LESSON_WORD": "said later", "TZ": "Asia/Tokyo", "REDIS_URL": "redis://nowhere"}
found["path"] = printed("import distant", "print(distant.WORD)")
found["environment"] = printed(
    "import os, time", "print(os.getcwd(), os.environ.get('LESSON_WORD'), time.tzname[0],"
    " os.environ.get('REDIS_URL'))",
)
del os.environ["REDIS_URL"]

answer = "print([*{'a', 'b', 'c', 'd', 'e'}])\\n" + find("order_chain").solutions[0]
forked = {seed: said(answer, seed) for seed in "01"}
warm.CAN_FORK = False
found["as new"] = [messages(said(answer, s)) == messages(forked[s]) for s in "01"]
warm.CAN_FORK = True
found["seeds"] = forked["0"] != forked["1"]

verdict("import sys", "sys.modules['json'].left = 1", "import random", "random.left = 1")
look = "print(hasattr(json, 'left'), hasattr(random, 'left'))"
found["left"] = printed("import json, random", look)

together = {}
def ask(number):
    together[number] = printed(f"print('from', {number})")
threads = [threading.Thread(target=ask, args=[n]) for n in range(4)]
[one.start() for one in threads]
[one.join() for one in threads]
found["together"] = together

family = [one for one in psutil.Process().children(recursive=True)]
found["zombies"] = sum(one.status() == psutil.STATUS_ZOMBIE for one in family)
found["threads"] = psutil.Process(server()).num_threads()
seed_0 = [psutil.Process(server()), *psutil.Process(server()).children()]
found["memory"] = sum(one.memory_full_info().uss for one in seed_0)

before = server()
psutil.Process(before).kill()
found["killed"] = printed("print('again')"), server() != before
before = server()
found["oracle killed"] = None
for one in psutil.Process(before).children():
    one.kill()
found["oracle killed"] = printed("print('again')"), server() == before
kill = "import ctypes, os", "ctypes.CDLL(None).kill(os.getppid(), 9)"
found["kills its parent"] = verdict(*kill, "import threading", "threading.Event().wait()")

if not (pid := os.fork()):
    os._exit(bool(warm._servers))
found["in a fork"] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

warm.PACKAGE = folder
verdict("pass")
first = server()
verdict("pass")
second = server()
(folder / "far" / "distant.py").write_text("WORD = 'changed'")
verdict("pass")
found["stale"] = first == second, second == server()
(folder / "an_exercise.toml").write_text("")
before = server()
verdict("pass")
found["stale toml"] = before == server()
family = psutil.Process().children(recursive=True)
warm.end()
_, alive = psutil.wait_procs(family, timeout=20)
found["at the end"] = len(alive)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> dict:
    """What was found in one process with warm judges."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path_factory.mktemp("warm"))]
    environment = {**os.environ, "LESSON_FRAMES": ""}  # as where a learner works
    told = subprocess.run(
        command, cwd=lesson.PROJECT, env=environment, capture_output=True, text=True
    )
    assert not told.returncode, told.stderr
    return json.loads(told.stdout)


def test_the_first_one_is_started_when_check_is_imported(prepared):
    assert prepared["at import"]
    assert prepared["for a question"] == 0
    assert prepared["functions"] == [True] * 7


def test_it_sees_what_the_notebook_sees_at_that_moment(prepared):
    assert prepared["beside"] == "a module beside the notebook"
    assert prepared["path"] == "on the path"
    folder, *more = prepared["environment"].rsplit(maxsplit=4)
    assert more == ["said", "later", "JST", "None"]
    assert folder


def test_it_says_what_a_new_process_says(prepared):
    assert prepared["as new"] == [True, True]
    assert prepared["seeds"]


def test_nothing_of_an_answer_is_there_for_the_next(prepared):
    assert prepared["left"] == "False False"
    assert prepared["zombies"] == 0


def test_several_checks_at_once_do_not_disturb_each_other(prepared):
    assert prepared["together"] == {str(n): f"from {n}" for n in range(4)}


def test_it_has_one_thread_and_little_memory(prepared):
    assert prepared["threads"] == 1
    assert prepared["memory"] < 120 * 2**20


def test_one_that_was_killed_is_replaced(prepared):
    assert prepared["killed"] == ["again", True]
    assert prepared["oracle killed"] == ["again", True]


def test_an_answer_that_kills_it_is_told_so_and_is_no_try(prepared):
    verdict = prepared["kills its parent"]
    assert verdict["busy"] and verdict["sentences"] == [ENDED]


def test_a_fork_of_the_notebook_starts_its_own(prepared):
    assert prepared["in a fork"] == 0


def test_a_changed_source_of_the_lesson_gives_no_stale_verdict(prepared):
    assert prepared["stale"] == [True, False]
    assert not prepared["stale toml"]


def test_nothing_is_left_when_the_notebook_ends(prepared):
    assert prepared["at the end"] == 0


def test_where_a_process_cannot_be_forked_a_new_one_judges(monkeypatch):
    monkeypatch.setattr(warm, "CAN_FORK", False)
    assert warm.start({"PYTHONHASHSEED": "0"}) is None
    process.warm_up()  # and starts nothing


@real
def test_after_a_check_on_a_real_redis_an_oracle_still_plays_on_the_stage():
    script = """
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import find
exercise = find("side_by_side")
for on_real in (True, False):  # the first one starts the fork server
    (verdict,) = examine(exercise, exercise.solutions[:1], on_real)
    assert verdict["solved"], verdict["sentences"]
"""
    environment = {**os.environ, "REDIS_URL": URL}
    subprocess.run([sys.executable, "-c", script], cwd=lesson.PROJECT, env=environment, check=True)
