"""A real Redis that goes away, forgets or denies: one clear sentence, and no harm done."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from redis import Redis
from rq import Queue, Worker

from lesson_code.lab import Lab, RedisUnavailable, watch, work, work_arq
from lesson_code.lab.server import own
from lesson_code.lab.server.address import DatabaseGone
from lesson_code.lab.server.claim import KEY
from tests import jobs
from tests.patience import FUSE, until, within
from tests.real import own as has_own_server
from tests.sampling import sampled

pytestmark = has_own_server
GONE = r"the lab's database at unix:\S+ is gone: that Redis was emptied or restarted\. Run this"


class Server:
    def __init__(self):
        self.url, self.pipe = own.start()

    def stop(self):
        pipe, self.pipe = self.pipe, None  # a timer and the test's end may both come here
        if pipe is not None:
            os.close(pipe)


@pytest.fixture
def server():
    """A server for one test, which may stop it."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def lab(server):
    return Lab(server.url)


async def long(ctx):
    await asyncio.sleep(1)


class Settings:
    functions = (long,)


def arq(lab):
    async def main():
        pool = lab.arq()
        await pool.enqueue_job("long", _job_id="long")
        await work_arq(pool, Settings)

    asyncio.run(main())


@pytest.mark.parametrize("another", [None, "elsewhere:1:1"], ids=["emptied", "another lab's"])
@pytest.mark.parametrize(
    "use",
    [work, watch, Lab.empty, Lab.real, arq],
    ids=["work", "watch", "empty", "real", "work_arq"],
)
def test_a_database_that_is_not_ours_any_more_is_not_touched(lab, use, another):
    redis = Redis.from_url(lab.url)
    redis.flushall()
    redis.mset({"theirs": 1, "lesson:events": 2})
    if another:
        redis.set(KEY, another)
    before = {key: redis.get(key) for key in redis.scan_iter()}
    with pytest.raises(DatabaseGone, match=GONE):
        use(lab)
    lab.close()
    assert {key: redis.get(key) for key in before} == before


def test_a_database_that_is_lost_while_workers_work_is_told(lab, queue):
    jobs.other.clear()
    queue.enqueue(jobs.wait_for_the_other)

    def lose() -> None:
        Redis.from_url(lab.url).flushall()
        jobs.other.set()

    with pytest.raises(DatabaseGone, match=GONE):
        work(lab, on_change=lose)


def test_worker_processes_leave_a_database_that_is_lost(lab, queue):
    queue.enqueue(jobs.loop_forever)
    redis = Redis.from_url(lab.url)

    def take_over():
        redis.flushall()
        redis.rpush("lesson:events", "theirs")

    with pytest.raises(DatabaseGone, match=GONE):
        work(lab, processes=True, on_change=take_over)
    assert redis.lrange("lesson:events", 0, -1) == [b"theirs"]
    assert rq_workers() == []


def rq_workers() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "rq.cli" in child.cmdline()]


def enqueue(lab):
    Queue(connection=lab.redis).enqueue(jobs.give, 1)


def in_processes(lab):
    work(lab, workers=2, processes=True)


@pytest.mark.parametrize("use", [work, in_processes, arq, Lab.empty, Lab.real, enqueue])
def test_a_redis_that_is_gone_is_one_sentence(server, lab, use):
    server.stop()
    until(lambda: not os.path.exists(server.url.removeprefix("unix://")))
    with pytest.raises(RedisUnavailable, match=r"cannot use the Redis at unix:\S+: Error 2 conn"):
        use(lab)
    lab.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("use", sampled([lambda lab: work(lab, 2), in_processes, arq], 1))
def test_a_redis_that_goes_away_in_the_middle_is_one_sentence(server, lab, queue, use):
    queue.enqueue(time.sleep, 1)
    queue.enqueue(jobs.give, 1)
    seen = Redis.from_url(lab.url)

    def stop() -> None:
        while not seen.keys("lesson:*events"):  # until a job has started
            time.sleep(0.02)
        server.stop()

    threading.Thread(target=stop, daemon=True).start()
    with within(8), pytest.raises(RedisUnavailable, match=r"cannot use the Redis at unix:"):
        use(lab)
    lab.close()


def test_a_user_who_may_not_flush_nor_ask_for_info_has_a_lab(server):
    admin = Redis.from_url(server.url)
    denied = "-flushdb -flushall -info -client"
    admin.execute_command(*f"ACL SETUSER pupil on >s3cret ~* &* +@all {denied}".split())
    lab = Lab(f"{server.url}?username=pupil&password=s3cret")
    assert lab.backend.startswith("Redis at unix:") and "s3cret" not in lab.backend
    queue = Queue(connection=lab.redis)
    with pytest.warns(Warning, match="CLIENT"):
        for _ in range(2):
            queue.enqueue(jobs.give, 1, job_id="one")
            assert work(lab).states == {"one": "finished"}
            assert work(lab, processes=True).states == {"one": "finished"}
            lab.empty()
            assert lab.redis.keys() == [KEY.encode()]
    lab.close()
    assert admin.keys() == []


LAB_WITH_A_LONG_JOB = """
from lesson_code.lab import Lab, work
from rq import Queue
from tests import jobs
lab = Lab()
Queue(connection=lab.redis).enqueue(jobs.loop_forever, job_id="loop")
"""
PAUSE = "print('works', flush=True) or "
KILLED = f"work(lab, 2, True, on_change=lambda: {PAUSE} None)"
INTERRUPTED = f"""
import time
def stay(do):
    try:
        do()
    except KeyboardInterrupt:
        pass
stay(lambda: {KILLED})
for _ in range(4):
    stay(lambda: time.sleep(0.2))
print("is still here", flush=True)
input()
print(work(lab, 2, True).states, flush=True)
"""


def start(url: str, code: str) -> subprocess.Popen:
    """Start a process whose worker processes are busy."""
    process = subprocess.Popen(
        [sys.executable, "-c", LAB_WITH_A_LONG_JOB + code],
        env={**os.environ, "REDIS_URL": f"{url}?db=1"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == "works\n"
    return process


def none_is_left(processes: list[psutil.Process]) -> bool:
    left = psutil.wait_procs(processes, timeout=FUSE)[1]
    for process in left:
        process.kill()
    return not left


def test_workers_whose_kernel_was_killed_leave_and_never_serve_the_next_lab(server):
    kernel = start(server.url, KILLED)
    workers = psutil.Process(kernel.pid).children(recursive=True)
    assert len(workers) >= 3  # two workers, and the horse of the one that is busy
    kernel.kill()
    kernel.wait()
    lab = Lab(f"{server.url}?db=1")
    job = Queue(connection=lab.redis).enqueue(jobs.give, 1)
    assert none_is_left(workers)
    assert job.get_status() == "queued"
    assert set(lab.redis.keys("rq:job:*")) == {job.key.encode()}


def test_a_worker_takes_no_job_of_another_lab(lab, queue, monkeypatch):
    job = queue.enqueue(jobs.give, 1)
    command = "rq.cli worker --burst --worker-class lesson_code.lab.stage.worker.RecordingWorker"
    reading, writing = os.pipe()
    environment = {**os.environ, "RQ_REDIS_URL": lab.url, "LESSON_CLAIM": "elsewhere:1:1"}
    worker = subprocess.run(
        [sys.executable, "-m", *command.split()],
        env=environment, stdin=reading, capture_output=True,
    )  # fmt: skip
    os.close(reading)
    os.close(writing)
    assert worker.returncode == 1
    assert job.get_status() == "queued"


def test_a_worker_that_was_killed_leaves_its_name_free(lab, queue):
    Worker([queue], name="worker-1", connection=lab.redis).register_birth()  # and then no more
    queue.enqueue(jobs.give, 1, job_id="give")
    assert work(lab, processes=True).states == {"give": "finished"}


@pytest.mark.parametrize("times", sampled([1, 3], 1))
def test_however_often_it_is_interrupted_nothing_is_left(server, times):
    kernel = start(server.url, INTERRUPTED)
    workers = psutil.Process(kernel.pid).children(recursive=True)
    for _ in range(times):
        kernel.send_signal(signal.SIGINT)
        time.sleep(0.03)
    while "here" not in kernel.stdout.readline():
        pass
    assert none_is_left(workers)
    said, _ = kernel.communicate("go on\n", timeout=FUSE)
    assert said.splitlines()[-1] == "{'loop': 'failed'}"
