"""An answer that loops, waits, crashes or floods gets a clear sentence, and nothing of it stays."""

import json
import subprocess
import sys
import time

import psutil
import pytest

from lesson_code.exercises.check import said
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import find
from tools import lesson

SHOP = "from lesson_code.worlds import shop\n"


def in_order_chain(*lines: str) -> str:
    return SHOP + "def order_chain(queue):\n" + "\n".join(f"    {line}" for line in lines)


def in_a_task(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    enqueue = "for name in ('charge', 'pack', 'ship'): queue.enqueue(mine, job_id=name)"
    return f"def mine():\n{body}\ndef order_chain(queue):\n    {enqueue}"


ANSWERS = {
    "raises": (in_order_chain("1 / 0"), "line 3, `1 / 0`: ZeroDivisionError: division by"),
    "is not Python": (in_order_chain("queue.enqueue("), "line 3 is not Python: '(' was never"),
    "knows no such name": (in_order_chain("enqueue(1)"), "import or define it in the cell"),
    "loops": (
        in_order_chain("while True: pass"),
        "it took 2 s of processor time, and was still running the cell: a loop without end?",
    ),
    "loops in a task": (in_a_task("while True: pass"), "still running the job `charge`"),
    "loops in C": (in_order_chain("sum(range(10**12))"), "was still running the cell"),
    "waits for ever": (
        in_order_chain("import threading", "threading.Event().wait()"),
        "it waits for something that never comes, while running the cell",
    ),
    "waits for ever in a task": (
        in_a_task("import threading", "threading.Event().wait()"),
        "`charge` failed (JobTimeoutException: Task exceeded maximum timeout value (180 seconds))",
    ),
    "locks itself out": (
        in_a_task("import threading", "lock = threading.Lock()", "lock.acquire(), lock.acquire()"),
        "it waits for something that never comes, while running the job `charge`",
    ),
    "waits in C": (
        in_order_chain("import ctypes", "ctypes.CDLL(None).sleep(99)"),
        "it waits for something that never comes",
    ),
    "sleeps in a task": (in_a_task("import time", "time.sleep(999)"), "JobTimeoutException"),
    "forks": (in_order_chain("import os", "os.fork()"), "an answer starts no process of its own"),
    "starts a process": (
        in_order_chain("import subprocess", "subprocess.run(['sleep', '99'])"),
        "an answer starts no process of its own",
    ),
    "forks behind Python's back": (
        in_order_chain("import ctypes", "ctypes.CDLL(None).fork()", "while True: pass"),
        "a loop without end?",
    ),
    "kills the notebook": (
        in_order_chain("import os", "os.kill(os.getppid(), 9)"),
        "an answer ends no other process",
    ),
    "uses another Redis": (
        in_order_chain("from redis import Redis", "Redis().ping()"),
        "an answer uses no connection but that of its queue",
    ),
    "eats the memory": (in_order_chain("'x' * 10**11"), "MemoryError"),
    "reads the solution": (
        in_order_chain(
            "from pathlib import Path",
            "Path(shop.__file__).parents[1].joinpath("
            "'exercises/data/notebook_03/order_chain.toml').read_text()",
        ),
        "the solutions are not for reading",
    ),
    "reads the solution from where it stands": (
        in_order_chain(
            "import os",
            "from pathlib import Path",
            "os.chdir(Path(shop.__file__).parents[1])",
            "open('exercises/data/notebook_03/order_chain.toml')",
        ),
        "the solutions are not for reading",
    ),
    "imports the solutions": (
        in_order_chain(
            "from lesson_code.exercises import exercise",
            "exec(exercise.find('order_chain').solutions[0], globals())",
            "order_chain(queue)",
        ),
        "belongs to the check",
    ),
    "imports the check": (
        in_order_chain("import lesson_code.exercises.check.trial"),
        "belongs to the check",
    ),
    "replaces a task": (
        in_order_chain("shop.charge = print"),
        "it has replaced `shop.charge`, which the check needs as it is",
    ),
    "requeues what has not failed": (
        in_order_chain("queue.enqueue(shop.charge, 'A7', job_id='charge').requeue()"),
        "`charge` has not failed, it waits (queued): only a failed job can be requeued",
    ),
    "enqueues a lambda": (
        in_order_chain(
            "for name in ('charge', 'pack', 'ship'):", "    queue.enqueue(lambda: 1, job_id=name)"
        ),
        "a worker imports a function by its name, and this one has none",
    ),
    "gives no ids": (
        in_order_chain("queue.enqueue(shop.charge, 'A7')"),
        "there is no job `charge`; 1 job has an id that the library made up",
    ),
    "has no such function": (SHOP + "def other(queue): pass", "there is no `order_chain`"),
    "takes too little": (
        SHOP + "def order_chain(): pass",
        "it should be `def order_chain(queue)`, and is `def order_chain()`",
    ),
    "is async": (SHOP + "async def order_chain(queue): pass", "and is `async def order_chain"),
    "takes too much": (
        SHOP + "def order_chain(queue, more): pass",
        "and is `def order_chain(queue",
    ),
    "is a class": (SHOP + "class order_chain: pass", "and is `class order_chain`"),
    "exits": (in_order_chain("exit(3)"), "SystemExit: 3"),
    "exits at once": (in_order_chain("import os", "os._exit(3)"), "(exit code 3)"),
    "kills itself": (in_order_chain("import os", "os.kill(os.getpid(), 9)"), "(exit code -9)"),
    "exits in a task": (in_a_task("import os", "os._exit(3)"), "(exit code 3)"),
    "enqueues no function": (
        in_order_chain("queue.enqueue(7)"),
        "line 3, `queue.enqueue(7)`: AttributeError",
    ),
    "enqueues the result": (in_order_chain("queue.enqueue(shop.charge('A7'))"), "no job `charge`"),
    "empties Redis": (
        in_order_chain("queue.enqueue(shop.charge, 'A7')", "queue.connection.flushall()"),
        "there is no job `charge`",
    ),
    "breaks the connection": (
        in_order_chain("queue.connection.connection_pool = None"),
        "after your function had run, Redis could not be used",
    ),
    "recurses": (in_order_chain("order_chain(queue)"), "RecursionError"),
    "leaves a thread": (
        in_order_chain(
            "import threading, time", "threading.Thread(target=time.sleep, args=[99]).start()"
        ),
        "there is no job `charge`",
    ),
}


def prepare(folder: str) -> dict[str, dict]:
    """Return the verdicts; each answer has 2 s of processor time: on a busy machine a second
    goes into starting.
    """
    return {
        what: examine(find("order_chain"), [answer], 2)[0] for what, (answer, _) in ANSWERS.items()
    }


@pytest.mark.parametrize("what", ANSWERS)
def test_a_bad_answer_gets_a_clear_sentence(prepared, what):
    verdict, (_, sentence) = prepared[what], ANSWERS[what]
    assert not verdict["solved"] and not verdict.get("busy")
    assert any(sentence in one for one in verdict["sentences"]), verdict["sentences"]


ASK = """
import sys
import psutil
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import find
examine(find("order_chain"), [sys.argv[1]], 0.5)
gone, alive = psutil.wait_procs(psutil.Process().children(recursive=True), timeout=1)
print(len(alive), "left")
"""


def test_nothing_of_an_answer_stays():
    answer = in_order_chain("import ctypes", "ctypes.CDLL(None).fork()", "while True: pass")
    command = [sys.executable, "-c", ASK, answer]
    asked = subprocess.run(command, cwd=lesson.PROJECT, capture_output=True, text=True)
    assert asked.stdout == "0 left\n"


def test_what_is_still_there_when_its_notebook_dies_ends_by_itself():
    answer = in_order_chain("import threading", "threading.Event().wait()")
    notebook = psutil.Popen([sys.executable, "-c", ASK, answer], cwd=lesson.PROJECT)
    while not (judges := notebook.children()):
        time.sleep(0.02)
    notebook.kill()
    gone, _ = psutil.wait_procs(judges, timeout=20)
    assert gone == judges


BUSY = """
import json, sys
from lesson_code.exercises.check import examiner, process
from lesson_code.exercises.exercise import find
process.PATIENCE = 0.05
print(json.dumps(examiner.examine(find("order_chain"), [sys.argv[1]])))
"""


def test_a_machine_that_is_too_busy_is_told_as_that():
    command = [sys.executable, "-c", BUSY, in_order_chain("pass")]
    asked = subprocess.run(command, cwd=lesson.PROJECT, capture_output=True, text=True)
    [verdict] = json.loads(asked.stdout)
    assert verdict["busy"] and not verdict["solved"]
    assert verdict["sentences"] == [said.BUSY]


@pytest.mark.parametrize("where", [in_order_chain, in_a_task])
def test_a_thousand_lines_are_cut(where):
    answer = where("for n in range(1000): print('line', n)", "import os; os.write(1, b'x' * 99999)")
    [verdict] = examine(find("order_chain"), [answer])
    assert verdict["printed"].startswith("line 0\nline 1\n")
    assert verdict["printed"].endswith("lines in all")
    assert len(verdict["printed"]) < 500
