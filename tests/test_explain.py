"""`explain` names what is stuck, names nothing that is healthy, and never writes."""

import io
import json
import os
import pickle
import re
import subprocess
from collections import Counter
from datetime import UTC, datetime
from unittest import mock

import pytest
import redis as redis_py
from click.testing import CliRunner
from redis import Redis
from rq import Queue, Retry
from rq.job import Job

from lesson_code.lab.commands import reading
from lesson_code.lab.commands.explain import explain
from lesson_code.lab.look.client import NotReading, reading_client
from lesson_code.lab.look.explained import explain as explained
from lesson_code.lab.look.pickled import NoPickle, opened, said, shown
from lesson_code.lab.look.reader import look
from lesson_code.lab.look.reasons import reasons
from lesson_code.lab.look.risks import risks
from lesson_code.lab.server.own import start
from lesson_code.with_rq.health import health, queues_without_workers
from tests import real
from tests.sampling import sampled
from tests.stuck import BIN, HEALTHY, REPAIRED, STUCK, Scene, arq_ok, dependency_failed, ok

pytestmark = real.own
DATABASES = range(40, 60)  # of our own server, which has 64


@pytest.fixture(scope="module")
def database():
    return DATABASES[os.getpid() % len(DATABASES)]


@pytest.fixture
def scene(database):
    scene = Scene(real.OWN.removeprefix("unix://"), database)
    yield scene
    scene.close()


def run(*words: str, code: int | None = None, **env: str) -> str:
    """Return the output of the command; `code` is the exit code that it must have."""
    ran = CliRunner().invoke(explain, words, env=env)
    assert not ran.exception or isinstance(ran.exception, SystemExit), ran.exception
    assert code is None or ran.exit_code == code, ran.output
    return ran.output


def calls(redis: Redis) -> dict[str, int]:
    return {name: told["calls"] for name, told in redis.info("commandstats").items()}


def name_of(situation) -> str:
    return situation.__name__


@pytest.mark.parametrize("situation", sampled(STUCK, 3), ids=map(name_of, STUCK))
def test_the_reason_is_named(scene, situation):
    code, jobs, words = situation(scene)
    told = json.loads(run(scene.url, "--json", code=1))["stuck"]
    (reason,) = [one for one in told if one["code"] == code]
    assert {*reason["jobs"]} == jobs
    assert [word for word in words if word not in reason["sentence"]] == []
    assert reason["way_out"]


SNIPPET = re.compile(r"`(Queue\(.+?|job = .+?|from rq.+?)`")
COMMAND = re.compile(r"`(rq requeue .+?)`")
WITH_REPAIR = [one for one in STUCK if one.__name__ in REPAIRED]


def repair(scene: Scene, way_out: str) -> None:
    """Do what the way out says, with its own words."""
    if command := COMMAND.search(way_out):
        rq, requeue, *words = command[1].split()
        subprocess.run([BIN / rq, requeue, "--url", scene.url, *words], check=True)
    else:
        exec(SNIPPET.search(way_out)[1], {"Queue": Queue, "Job": Job, "redis": scene.redis})


@pytest.mark.parametrize("situation", sampled(WITH_REPAIR, 2), ids=map(name_of, WITH_REPAIR))
def test_the_way_out_lets_the_job_run(scene, situation):
    code, jobs, _ = situation(scene)
    (reason,) = [one for one in explained(scene.url).stuck if one.code == code]
    repair(scene, reason.way_out)
    with mock.patch.multiple("tests.stuck", fail=ok, run_long=ok):
        scene.burst()
    assert {scene.redis.hget(f"rq:job:{job}", "status") for job in jobs} == {b"finished"}


@pytest.mark.parametrize("situation", sampled(HEALTHY, 3), ids=map(name_of, HEALTHY))
def test_nothing_healthy_is_named(scene, situation):
    situation(scene)
    assert json.loads(run(scene.url, "--json", code=0))["stuck"] == []


COUNTED = {  # the number of `health` for a reason; it has none for the others
    "dependency-failed": "stranded",
    "dependency-cancelled": "stranded",
    "dependency-stopped": "stranded",
    "dependency-gone": "stranded",
    "dependency-expired": "stranded",
    "failed-dependency-expired": "stranded",
    "left-behind": "stranded",
    "taken": "taken",
    "silent": "silent",
    "no-scheduler": "scheduled",
    "overdue": "overdue",
    "not-called": "failed",
}
OF_RQ = [one for one in (*STUCK, *HEALTHY) if not one.__name__.startswith("arq_")]


@pytest.mark.parametrize("situation", sampled(OF_RQ, 4), ids=map(name_of, OF_RQ))
def test_health_counts_what_is_stuck_and_nothing_that_is_healthy(scene, situation):
    code, *_ = situation(scene) or [None]
    now, told = datetime.now(UTC), Counter()
    for queue in Queue.all(connection=scene.redis):
        told.update(health(queue, now))
    alone = queues_without_workers(scene.redis)
    if code is None:
        alarms = ("taken", "silent", "overdue", "stranded")
        assert (alone, [one for one in alarms if told[one]]) == ([], [])
    elif code in COUNTED:
        assert told[COUNTED[code]]
    if code == "no-worker":
        assert alone
    if code in ("no-scheduler", "overdue"):
        assert told["schedulers"] == (code == "overdue")


def test_what_could_be_lost_is_told(alone):
    scene = alone
    scene.redis.config_set("maxmemory", 10**9)
    scene.redis.config_set("maxmemory-policy", "allkeys-lru")
    done = scene.queue().enqueue("math.sqrt", 4, job_id="done", result_ttl=100)
    scene.burst()
    scene.busy_worker("high", "default")
    long = Job.fetch("long", connection=scene.redis)
    scene.queue().enqueue("math.sqrt", 4, job_id="join", depends_on=[done, long])
    scene.queue().enqueue("math.sqrt", 4, job_id="safe", retry=Retry(max=1))
    scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="order-7"))
    scene.arq_burst(arq_ok)
    told = "\n".join(risks(look(scene.url)))
    for words in (
        "maxmemory-policy is allkeys-lru", "a restart loses all jobs", "listens to several queues",
        "'long' and 'join' have no retry", "The result of 'done' expires in 1 minute",
        "The id of 'order-7' is in use",
    ):  # fmt: skip
        assert words in told


def test_settings_without_a_risk(alone):
    alone.redis.config_set("appendonly", "yes")
    alone.queue().enqueue("math.sqrt", 4, retry=Retry(max=1))
    assert risks(look(alone.url)) == []


def test_the_clock_of_a_worker_is_compared_with_the_servers(scene):
    scene.busy_worker("default")
    assert "clock of the worker" not in run(scene.url, code=0)
    scene.redis.flushdb()
    scene.busy_worker("default", "--worker-class", "tests.stuck.Ahead")
    assert re.search(r"The clock of the worker .* is (2 minutes|1 minute) ahead", run(scene.url))


def test_the_embedded_redis_can_be_looked_at(queue):
    queue.enqueue("math.sqrt", 4, job_id="b", depends_on=queue.enqueue("math.sqrt", 4, job_id="a"))
    found = look(queue.connection)
    assert {job.id: (job.state, job.after) for job in found.jobs} == {
        "a": ("queued", ()),
        "b": ("deferred", ("a",)),
    }
    assert [one.code for one in reasons(found)] == ["no-worker"]


WRITES = {"write", "blocking", "scripting"}  # @scripting can write, too


def test_the_server_counts_no_command_that_writes(scene):
    dependency_failed(scene)
    scene.arq(lambda pool: pool.enqueue_job("ok", _job_id="x"))
    before = calls(scene.redis)
    run(scene.url, code=1)
    run(scene.url, "--job", "b", code=1)
    sent = {name for name, number in calls(scene.redis).items() if number != before.get(name)}
    flags = {name: told["flags"] for name, told in scene.redis.command().items()}
    names = {name.removeprefix("cmdstat_").partition("|")[0] for name in sent}
    assert {"scan", "hmget", "zrange"} <= names
    assert [name for name in names if WRITES & {*flags[name]}] == []


READ_ONLY = "+@read +@connection +info +time +config|get -keys"


@pytest.fixture
def server():
    url, pipe = start()
    yield url
    os.close(pipe)


@pytest.fixture
def alone(server):
    """A scene on a server of its own, whose settings a test can change."""
    scene = Scene(server.removeprefix("unix://"), 0)
    yield scene
    scene.close()


@pytest.mark.parametrize("rights", [READ_ONLY, "+@read +@connection +time", "+@read"])
def test_a_user_who_can_only_read_can_run_it(alone, rights):
    scene = alone
    dependency_failed(scene)
    words = ["on", "reset", "on", ">se:cret", "~*", "&*", "-@all", *rights.split()]
    scene.redis.execute_command("ACL", "SETUSER", "ann", *words)
    told = run(f"unix://ann:se%3Acret@{scene.socket}?db=0", code=1)
    assert "'b' depends on 'a', which failed" in told
    assert "unix://***@" in told and "cret" not in told
    assert ("INFO" in told) == ("+info" not in rights)


def test_a_user_who_cannot_read_gets_a_sentence(server):
    redis = Redis.from_url(server)
    redis.execute_command("ACL", "SETUSER", "ann", "on", ">secret", "~other:*", "-@all", "+@read")
    socket = server.removeprefix("unix://")
    told = run(f"unix://ann:secret@{socket}", code=2)
    assert told.startswith("Error: cannot read the Redis at unix://***@") and "secret" not in told
    assert "secret" not in run(f"unix://ann:secret2@{socket}", code=2)


def test_other_commands_are_not_sent(scene):
    redis = reading_client(scene.url)
    for attempt in (lambda: redis.set("a", 1), lambda: redis.eval("return 1", 0), redis.flushdb):
        with pytest.raises(NotReading):
            attempt()
    with pytest.raises(NotReading), redis.pipeline() as pipe:
        pipe.delete("a")
    with pytest.raises(NotReading):
        redis.lock("a").acquire()


def test_a_job_that_moves_is_not_stuck(scene, monkeypatch):
    """A worker has taken it, and notes its start before the second look."""
    queue = scene.queue()
    queue.enqueue("math.sqrt", 4, job_id="a")
    scene.redis.delete(queue.key)
    monkeypatch.setattr(
        "time.sleep", lambda seconds: scene.redis.hset("rq:job:a", "status", "finished")
    )
    assert "Nothing is stuck" in run(scene.url, code=0)


def test_an_id_that_no_job_has(scene):
    told = run(scene.url, "--job", "b", code=1)
    assert "There is no job 'b'" in told


def test_one_queue_or_one_job_only(scene):
    dependency_failed(scene)
    scene.queue("low").enqueue("math.sqrt", 4, job_id="other")
    assert "'other'" not in run(scene.url, "--queue", "default", code=1)
    assert "'b' depends on 'a'" not in run(scene.url, "--queue", "low", code=1)
    told = run(scene.url, "--job", "c", code=1)
    assert "'b' depends on 'a'" in told and "'other'" not in told
    assert {job.id for job in look(scene.url, job="c").jobs} == {"a", "b", "c"}


def test_a_limit_is_told(scene):
    for number in range(9):
        scene.queue().enqueue("math.sqrt", number)
    found = look(scene.url, most=5)
    assert len(found.jobs) >= 5 and not found.whole
    assert "the limit was reached" in run(scene.url, "--most", "5")
    assert "the limit was reached" not in run(scene.url)


REFUSED = pytest.mark.skipif(int(redis_py.__version__.split(".")[0]) >= 8, reason="redis-py does")
NONSENSE = pytest.param("protocol=x", marks=REFUSED)


@pytest.mark.parametrize("option", ["protocol=3", NONSENSE, "decode_responses=True"])
def test_options_of_an_address_that_concern_answers_do_not_matter(scene, option):
    dependency_failed(scene)
    url = f"{scene.url}{'&' if '?' in scene.url else '?'}{option}"
    assert "'b' depends on 'a', which failed" in run(url, code=1)


def test_a_client_that_hears_of_maintenance_can_be_looked_at(scene):
    """redis-py 8.1 adds such options to each pool, and refuses them with protocol 2."""
    dependency_failed(scene)
    client = Redis.from_url(scene.url)
    client.connection_pool.connection_kwargs["maint_notifications_config"] = object()
    assert "b" in {job.id for job in look(client).jobs}


def test_an_error_of_our_own_is_not_taken_for_a_bad_address(scene, monkeypatch):
    monkeypatch.setattr("lesson_code.lab.commands.explain.explained", lambda *_: int("a bug"))
    with pytest.raises(ValueError, match="a bug"):
        explain.main([scene.url], standalone_mode=False)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://ann:secret@host", "not a redis://, rediss:// or unix:// address"),
        ("redis://ann:secret@localhost:99999", "its port is no number"),
        ("redis://ann:secret@localhost:1", "cannot read the Redis at redis://***@localhost:1"),
        ("redis://localhost?colour=secret", "there is no option 'colour'"),
        ("unix:///no/such/secret2", "No such file"),
        ("", "give the URL of a Redis"),
    ],
)
def test_bad_addresses_get_one_sentence(url, words):
    told = run(url, code=2, REDIS_URL="")
    assert words in told and "Traceback" not in told
    assert "secret" not in told.replace("secret2", "")


def test_no_colour_in_a_pipe_or_with_no_color(scene):
    dependency_failed(scene)
    assert "\x1b" not in run(scene.url)
    coloured = CliRunner().invoke(explain, [scene.url], color=True).output
    plain = CliRunner().invoke(explain, [scene.url], color=True, env={"NO_COLOR": "1"}).output
    assert "\x1b" in coloured and "\x1b" not in plain


class Bomb:
    """An object whose pickle would call a function."""

    def __reduce__(self):
        return (os.putenv, ("EXPLODED", "1"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stderr, after, shows", [
    (Terminal, 0.0, True), (Terminal, 60.0, False), (io.StringIO, 0.0, False)
])  # fmt: skip
def test_a_terminal_shows_how_much_was_read_if_it_takes_long(
    scene, monkeypatch, stderr, after, shows
):
    scene.queue().enqueue("math.sqrt", 4)
    monkeypatch.setattr(reading, "AFTER", after)
    monkeypatch.setattr(reading, "EVERY", 0.0)
    monkeypatch.setattr("sys.stderr", stderr())
    with reading.on_terminal() as progress:
        explained(scene.url, progress=progress)
    told = reading.sys.stderr.getvalue()
    numbers = [int(one) for one in re.findall(r"\rReading: (\d+) answers so far", told)]
    assert (len(numbers) > 9) == told.endswith(reading.NO_LINE) == shows
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_read_without_unpickling(protocol):
    value = {"f": "pay", "a": (1, [2.5, None, "x"], {"k": True}), "r": ValueError("no card")}
    told = opened(pickle.dumps(value, protocol))
    assert (told["f"], told["a"]) == (value["f"], value["a"])
    assert said(told["r"]) == "ValueError: no card"
    assert "putenv" in shown(opened(pickle.dumps(Bomb(), protocol)))


@pytest.mark.parametrize("data", [b"", b"{}", b"\x80", b"\x80\x04N", pickle.dumps([1] * 9)[:-1]])
def test_other_bytes_are_no_pickle(data):
    with pytest.raises(NoPickle):
        opened(data)


def test_arguments_and_results_are_read_only_on_demand(scene):
    scene.queue().enqueue("builtins.len", "four", job_id="a")
    scene.burst()
    (plain,), (whole,) = look(scene.url).jobs, look(scene.url, data=True).jobs
    assert (plain.task, plain.call, plain.result) == ("builtins.len", "", None)
    assert (whole.call, whole.result) == ("builtins.len('four')", "4")
