"""An answer that loops, waits, crashes or floods gets a clear sentence, and leaves no trace."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from uuid import uuid4

import psutil
import pytest

from lesson_code.exercises.check import said
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.check.process import MANY
from lesson_code.exercises.exercise import find
from tests.patience import FUSE
from tests.sampling import sampled
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
        "it took 100,000 turns of its loops and calls of its functions, and it was still running"
        " the cell: an endless loop?",
    ),
    "lets nothing end it": (
        in_order_chain("while True:", "    try:", "        while True: pass", "    except: pass"),
        "an endless loop?",
    ),
    "makes a list without end": (
        in_order_chain("from itertools import count", "[None for _ in count()]"),
        "an endless loop?",
    ),
    "generates without end": (
        in_order_chain("def more():", "    while True: yield 1", "sum(more())"),
        "an endless loop?",
    ),
    "loops in a thread": (
        in_order_chain(
            "import threading",
            "def turn():",
            "    while True: pass",
            "thread = threading.Thread(target=turn)",
            "thread.start(), thread.join()",
        ),
        "an endless loop?",
    ),
    "asks again and again": (
        in_order_chain(
            "job = queue.enqueue(shop.charge, 'A7', job_id='charge')",
            "while not job.is_finished: pass",
        ),
        "it and its workers asked Redis 20,000 times, and it was still running the cell: an",
    ),
    "enqueues itself": (
        "def mine():\n    Queue(connection=get_current_job().connection).enqueue(mine)\n"
        "def order_chain(queue):\n    queue.enqueue(mine)",
        "it and its workers asked Redis 20,000 times, and it was still running the job `",
    ),
    "prints without end": (in_order_chain("while True: print('x' * 1000)"), "an endless loop?"),
    "loops in a task": (in_a_task("while True: pass"), "still running the job `charge`"),
    "waits for ever": (
        in_order_chain("import threading", "threading.Event().wait()"),
        "it waits for something that never happens, while running the cell",
    ),
    "waits for ever in a task": (
        in_a_task("import threading", "threading.Event().wait()"),
        "`charge` failed (JobTimeoutException: Task exceeded maximum timeout value (180 seconds))",
    ),
    "locks itself out": (
        in_a_task("import threading", "lock = threading.Lock()", "lock.acquire(), lock.acquire()"),
        "it waits for something that never happens, while running the job `charge`",
    ),
    "waits in C": (
        in_order_chain("import ctypes", "ctypes.CDLL(None).sleep(99)"),
        "it waits for something that never happens",
    ),
    "sleeps in a task": (in_a_task("import time", "time.sleep(999)"), "JobTimeoutException"),
    "forks": (
        in_order_chain("import os", "os.fork()"),
        "an answer must not start processes of its own",
    ),
    "starts a process": (
        in_order_chain("import subprocess", "subprocess.run(['sleep', '99'])"),
        "an answer must not start processes of its own",
    ),
    "forks behind Python's back": (
        in_order_chain("import ctypes", "ctypes.CDLL(None).fork()", "while True: pass"),
        "an endless loop?",
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
    "eats the memory bit by bit": (
        in_order_chain("kept = []", "for _ in range(40): kept.append('x' * 10**8)"),
        "MemoryError",
    ),
    "forks many times": (  # as often as is noticed, and no more
        in_order_chain(
            "import ctypes",
            "libc = ctypes.CDLL(None)",
            f"for _ in range({MANY}): libc.fork() or libc.sleep(99)",
            "libc.sleep(99)",
        ),
        "it starts more and more processes: an answer must not start processes of its own",
    ),
    "reads the solution": (
        in_order_chain(
            "from pathlib import Path",
            "Path(shop.__file__).parents[1].joinpath("
            "'exercises/data/notebook_00/order_chain.toml').read_text()",
        ),
        "the solutions are not for reading",
    ),
    "reads the solution from where it stands": (
        in_order_chain(
            "import os",
            "from pathlib import Path",
            "os.chdir(Path(shop.__file__).parents[1])",
            "open('exercises/data/notebook_00/order_chain.toml')",
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
        "an answer must not replace `shop.charge`, which the check needs as it is",
    ),
    "requeues what has not failed": (
        in_order_chain("queue.enqueue(shop.charge, 'A7', job_id='charge').requeue()"),
        "`charge` has not failed, it waits (queued): only a failed job can be requeued",
    ),
    "deletes a job twice": (
        in_order_chain(
            "job = queue.enqueue(shop.charge, 'A7', job_id='charge')",
            "job.delete()",
            "job.delete()",
        ),
        "`charge` is no longer in Redis: it has been deleted before this line",
    ),
    "cancels a job twice": (
        in_order_chain(
            "job = queue.enqueue(shop.charge, 'A7', job_id='charge')",
            "job.cancel()",
            "job.cancel()",
        ),
        "InvalidJobOperation: Cannot cancel already canceled job: charge",
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
        "keys in Redis are gone that belong to other programs",
    ),
    "breaks the connection": (
        in_order_chain("queue.connection.connection_pool = None"),
        "after your function had run, Redis could no longer be used",
    ),
    "recurses": (in_order_chain("order_chain(queue)"), "RecursionError"),
    "leaves a thread": (
        in_order_chain(
            "import threading, time", "threading.Thread(target=time.sleep, args=[99]).start()"
        ),
        "there is no job `charge`",
    ),
}


@pytest.mark.parametrize("what", sampled(ANSWERS, 4))
def test_a_bad_answer_gets_a_clear_sentence(what):
    answer, sentence = ANSWERS[what]
    (verdict,) = examine(find("order_chain"), [answer])
    assert not verdict["solved"] and not verdict.get("busy")
    assert any(sentence in one for one in verdict["sentences"]), verdict["sentences"]


ASK = """
import os, sys
os.environ["LESSON_MARK"] = sys.argv[2]
from lesson_code.exercises.check import warm
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import find
examine(find("order_chain"), [sys.argv[1]])
warm.end()
"""


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes that were started with this mark, or are forks of such a one."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            found += [one] * (one.environ().get("LESSON_MARK") == mark)
    return found


def test_nothing_of_an_answer_stays():
    mark = uuid4().hex
    answer = in_order_chain(
        "import ctypes", "libc = ctypes.CDLL(None)", "libc.fork() or libc.sleep(99)"
    )
    subprocess.run([sys.executable, "-c", ASK, answer, mark], cwd=lesson.PROJECT, check=True)
    _, alive = psutil.wait_procs(marked(mark), timeout=20)
    assert not alive


def test_what_is_still_there_when_its_notebook_dies_ends_by_itself():
    mark = uuid4().hex
    answer = in_order_chain("import threading", "threading.Event().wait()")
    notebook = psutil.Popen([sys.executable, "-c", ASK, answer, mark], cwd=lesson.PROJECT)
    while len(family := judges_of(notebook)) < 3:
        time.sleep(0.02)  # the fork server, an oracle and a judge
    notebook.kill()
    _, alive = psutil.wait_procs(family, timeout=FUSE)
    assert not alive
    assert not marked(mark)


def judges_of(notebook: psutil.Process) -> list[psutil.Process]:
    server = [one for one in notebook.children() if "fork_server" in str(one.cmdline())]
    return [*server, *(judge for one in server for judge in one.children())]


FORKED = """
import ctypes
from lesson_code.exercises.check import process
process.warm_up()
libc = ctypes.CDLL(None)
libc.fork()
libc.sleep(99)
"""


def test_a_fork_of_the_notebook_keeps_no_fork_server_alive():
    """It has a copy of each socket, so none of them is closed when the notebook dies."""
    notebook = psutil.Popen([sys.executable, "-c", FORKED], cwd=lesson.PROJECT)
    while len(notebook.children()) < 2:
        time.sleep(0.02)
    (server,) = judges_of(notebook)
    (copy,) = [one for one in notebook.children() if one != server]
    notebook.kill()
    server.wait(20)
    assert copy.is_running()
    copy.kill()


CLOCK = """
import json, sys
from lesson_code.exercises.check import examiner, process
from lesson_code.exercises.exercise import find
verdicts = []
for name, limit, answer in json.load(sys.stdin):
    before = getattr(process, name)
    setattr(process, name, limit)
    verdicts += examiner.examine(find("order_chain"), [answer])
    setattr(process, name, before)
print(json.dumps(verdicts))
"""


def test_what_only_the_clock_can_end_is_told_as_that():
    """The clocks are short, since nothing else would end these answers."""
    asked = [
        ("PATIENCE", 0.01, in_order_chain("import threading", "threading.Event().wait()")),
        ("SPENT", 0.1, in_order_chain("sum(range(10**12))")),
    ]
    command = [sys.executable, "-c", CLOCK]
    told = subprocess.run(
        command, input=json.dumps(asked), cwd=lesson.PROJECT, capture_output=True, text=True
    )
    busy, counting = json.loads(told.stdout)
    assert busy["busy"] and busy["sentences"] == [said.BUSY]
    assert counting["busy"] and counting["sentences"] == [said.FUSE.format(note="running the cell")]


@pytest.mark.parametrize("where", [in_order_chain, in_a_task])
def test_a_thousand_lines_are_cut(where):
    answer = where("for n in range(1000): print('line', n)", "import os; os.write(1, b'x' * 99999)")
    [verdict] = examine(find("order_chain"), [answer])
    assert verdict["printed"].startswith("line 0\nline 1\n")
    assert verdict["printed"].endswith("lines in all")
    assert len(verdict["printed"]) < 500
