"""An answer that loops, crashes or floods gets a clear sentence in 5 s, and the notebook lives."""

import time

import pytest

from lesson_code.exercises.check.examiner import LIMIT, examine
from lesson_code.exercises.exercise import find

SHOP = "from lesson_code.worlds import shop\n"


def in_order_chain(*lines: str) -> str:
    return SHOP + "def order_chain(queue):\n" + "\n".join(f"    {line}" for line in lines)


def in_a_task(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    enqueue = "queue.enqueue(mine, job_id='charge')"
    return f"def mine():\n{body}\ndef order_chain(queue):\n    {enqueue}"


ANSWERS = {
    "raises": (in_order_chain("1 / 0"), "line 3, `1 / 0`: ZeroDivisionError: division by"),
    "is not Python": (in_order_chain("queue.enqueue("), "line 3 is not Python: '(' was never"),
    "knows no such name": (in_order_chain("enqueue(1)"), "import or define it in the cell"),
    "loops": (in_order_chain("while True: pass"), "nothing came back within 4.5 s"),
    "loops in a task": (in_a_task("while True: pass"), "while running the job `charge`"),
    "waits in the cell": (
        SHOP + "import time\ntime.sleep(999)",
        "within 2 s, while running the cell: a loop or a wait without end?",
    ),
    "sleeps in a task": (in_a_task("import time", "time.sleep(999)"), "running the job `charge`"),
    "has no such function": (SHOP + "def other(queue): pass", "there is no `order_chain`"),
    "takes too little": (
        SHOP + "def order_chain(): pass",
        "it should be `def order_chain(queue)`, and is `def order_chain()`",
    ),
    "is async": (SHOP + "async def order_chain(queue): pass", "and is `async def order_chain"),
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


@pytest.mark.parametrize("what", ANSWERS)
def test_a_bad_answer_gets_a_clear_sentence_in_time(what):
    answer, sentence = ANSWERS[what]
    start = time.monotonic()
    limit = 2 if what.endswith((" cell", " task")) else LIMIT
    [verdict] = examine(find("order_chain"), [answer], limit)
    assert time.monotonic() - start < 5
    assert not verdict["solved"]
    assert sentence in verdict["sentences"][0]


@pytest.mark.parametrize("where", [in_order_chain, in_a_task])
def test_a_thousand_lines_are_cut(where):
    answer = where("for n in range(1000): print('line', n)", "import os; os.write(1, b'x' * 99999)")
    [verdict] = examine(find("order_chain"), [answer])
    assert verdict["printed"].startswith("line 0\nline 1\n")
    assert verdict["printed"].endswith("lines in all")
    assert len(verdict["printed"]) < 500
