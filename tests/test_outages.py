"""What tables of the notebooks say of restarts, time zones and unusual connections, seen here."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError
from rq import Queue, SimpleWorker, Worker

from lesson_code.lab.server import own
from lesson_code.worlds import tasks
from tests.patience import FUSE, until
from tests.real import own as has_own_server
from tools.lesson import PROJECT

pytestmark = has_own_server
ENQUEUE_AT_NINE = """
from datetime import datetime
from fakeredis import FakeRedis
from rq import Queue
queue = Queue(connection=FakeRedis())
for month in (1, 7):
    job = queue.enqueue_at(datetime(2027, month, 15, 9), print)
    print(queue.scheduled_job_registry.get_scheduled_time(job).astimezone().hour)
"""


@pytest.fixture
def server() -> Iterator[str]:
    url, pipe = own.start()
    yield url
    own.kill(url, pipe)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(url: str, *command: str) -> subprocess.Popen:
    knows = {"RQ_REDIS_URL": url, "REDIS_URL": url, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**os.environ, **knows}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_an_idle_worker_of_rq_survives_a_restart_of_redis_and_one_of_arq_does_not(tmp_path: Path):
    port = free_port()
    disk = {"dir": str(tmp_path), "appendonly": "yes", "appendfsync": "always", "port": str(port)}
    address, redis = f"redis://127.0.0.1:{port}", Redis(port=port)
    url, pipe = own.start(**disk)
    rq = start(address, "rq.cli", "worker", "--quiet")
    arq = start(address, "arq", "lesson_code.examples.arq_album.WorkerSettings")
    try:
        until(lambda: [worker.get_state() for worker in Worker.all(redis)] == ["idle"])
        until(lambda: redis.exists("arq:queue:health-check"))
        own.kill(url, pipe)
        assert arq.wait(FUSE) == 1
        url, pipe = own.start(**disk)
        job = Queue(connection=redis).enqueue(tasks.join, "salt")
        until(lambda: job.get_status() == "finished")
        assert rq.poll() is None
    finally:
        rq.kill()
        arq.kill()
        own.kill(url, pipe)


def test_naive_time_is_an_hour_early_in_winter_where_there_is_a_summer_time():
    berlin = {**os.environ, "TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}
    said = subprocess.check_output([sys.executable, "-c", ENQUEUE_AT_NINE], env=berlin, text=True)
    assert said.split() == ["8", "9"]


def test_with_protocol_3_waiting_for_a_result_that_is_there_fails(server):
    for options, error in ({}, None), ({"protocol": 3}, KeyError):
        queue = Queue(connection=Redis.from_url(server, **options))
        job = queue.enqueue(tasks.join, "salt")
        SimpleWorker([queue]).work(burst=True, logging_level="CRITICAL")
        assert job.latest_result().return_value == "salt"
        if error:
            with pytest.raises(error):
                job.latest_result(timeout=1)
        else:
            assert job.latest_result(timeout=1).return_value == "salt"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_user_with_keys_and_no_channels_runs_jobs_and_sends_no_commands(server):
    admin, command = Redis.from_url(server), ("rq:pubsub:worker-1", "stop-job")
    for channels, refused in ([], True), (["&rq:*"], False):
        admin.acl_setuser("shop", True, keys=["rq:*"], categories=["+@all"], passwords="+secret")
        admin.execute_command("ACL", "SETUSER", "shop", "resetchannels", *channels)
        shop = Redis.from_url(server, username="shop", password="secret")
        job = Queue(connection=shop).enqueue(tasks.join, "salt")
        SimpleWorker(["default"], connection=shop).work(burst=True, logging_level="CRITICAL")
        assert job.return_value() == "salt"
        if refused:
            with pytest.raises(NoPermissionError):
                shop.publish(*command)
        else:
            assert shop.publish(*command) == 0
