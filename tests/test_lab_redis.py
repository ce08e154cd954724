"""A lab has an empty Redis of its own, reports clearly when it cannot, and leaves no data."""

import os
import socket
import subprocess
import sys

import pytest
from redis import Redis

from lesson_code.lab import Lab, RedisUnavailable
from lesson_code.lab.server import address
from lesson_code.lab.server.address import clean, mask
from lesson_code.lab.server.claim import KEY, sweep
from tests.real import URL, real

SERVER = URL.partition("?")[0]


@pytest.fixture
def embedded(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def number():
    """The number of the last database of the real Redis: labs borrow the first that is empty."""
    db = int(Redis.from_url(URL).config_get("databases")["databases"]) - 1
    yield db
    Redis.from_url(f"{SERVER}?db={db}").flushdb()


def keys(db):
    return Redis.from_url(f"{SERVER}?db={db}").keys()


def test_it_is_embedded_by_default(embedded):
    lab = Lab()
    assert lab.url is None
    assert lab.backend.startswith("embedded fakeredis ")
    assert lab.redis.keys() == []


def test_an_empty_redis_url_means_embedded_too(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "  ")
    assert Lab().url is None


def test_two_labs_share_nothing():
    one, other = Lab(), Lab()
    one.redis.set("mine", 1)
    assert other.redis.get("mine") is None
    other.empty()
    assert one.redis.get("mine") == b"1"
    one.close()
    other.close()


def test_closing_twice_is_harmless():
    lab = Lab()
    lab.close()
    lab.close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://localhost:1", "refused"),
        ("http://localhost:6379", "not a redis://"),
        ("localhost:6379", "not a redis://"),
        ("redis://localhost:port", "its port is no number"),
        ("redis://localhost:99999", "its port is no number up to 65535"),
        ("redis://localhost:1?nap=3", "there is no option 'nap'"),
        ("redis://localhost:1?db=x", "Invalid value for 'db'"),
        ("redis://localhost:1?decode_responses=True", "leave decode_responses out"),
        ("redis://localhost:1?protocol=3", "leave protocol out"),
        ("redis://no-such-host.invalid:6379", "no-such-host.invalid"),
    ],
)
def test_a_redis_that_cannot_be_used_is_named_with_both_ways_out(url, why):
    with pytest.raises(RedisUnavailable) as error:
        Lab(url)
    for words in (url.partition("?")[0], why, "correct REDIS_URL", "unset REDIS_URL"):
        assert words in str(error.value)


def test_a_redis_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(address, "PATIENCE", 0.1)
    with (
        socket.create_server(("localhost", 0)) as silent,
        pytest.raises(RedisUnavailable, match=r"(?i)timeout"),
    ):
        Lab(f"redis://localhost:{silent.getsockname()[1]}")


def test_redis_url_is_used_and_never_replaced_by_the_fake(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://localhost:1")
    with pytest.raises(RedisUnavailable):
        Lab()


@pytest.mark.parametrize(
    "url",
    [
        "redis://:s3cret@localhost:1/2",
        "redis://me:s3cret@localhost:1",
        "redis://me:s3:cr@et/s3cret@localhost:1",
        "unix:///run/redis.sock?password=s3cret&db=1",
        "rediss://localhost:1?password=s3cret",
        "redis://localhost:1?pasword=s3cret",
    ],
)
def test_a_password_is_never_shown(url):
    assert "s3" not in mask(url)
    with pytest.raises(RedisUnavailable) as error:
        Lab(url)
    assert "s3cret" not in str(error.value)
    assert error.value.__cause__ is None or "s3cret" not in str(error.value.__cause__)


@real
def test_spaces_around_an_address_and_slashes_behind_it_do_not_matter(monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"  {SERVER}/ ")
    lab = Lab()
    assert lab.url.startswith(f"{SERVER}?db=")
    assert os.environ["REDIS_URL"] == SERVER
    lab.close()
    assert clean("redis://me:a/b@localhost/5/") == "redis://me:a/b@localhost/5"
    assert clean("unix:///s?password=ab/") == "unix:///s?password=ab/"
    assert clean("redis://") == "redis://"


@real
def test_it_takes_an_empty_database_and_leaves_it_empty(number):
    lab = Lab(f"{SERVER}?db={number}")
    lab.redis.set("mine", 1)
    lab.empty()
    assert keys(number) == [KEY.encode()]
    lab.close()
    assert keys(number) == []


@real
def test_it_passes_over_a_database_that_is_not_empty(number):
    Redis.from_url(f"{SERVER}?db={number}").set("precious", 1)
    lab = Lab(SERVER)
    assert lab.redis.get_connection_kwargs()["db"] != number
    lab.close()
    assert keys(number) == [b"precious"]


@real
def test_it_refuses_the_database_that_the_url_names_when_it_is_not_empty(number):
    Redis.from_url(f"{SERVER}?db={number}").set("precious", 1)
    with pytest.raises(RedisUnavailable, match="holds 1 keys that are not the lesson's"):
        Lab(f"{SERVER}?db={number}")
    assert keys(number) == [b"precious"]


@real
def test_a_second_lab_in_the_same_cell_takes_over_the_named_database(number):
    first = Lab(f"{SERVER}?db={number}")
    first.redis.set("old", 1)
    second = Lab(f"{SERVER}?db={number}")
    assert second.redis.keys() == [KEY.encode()]
    first.close()
    assert second.redis.keys() == [KEY.encode()]
    second.close()
    assert keys(number) == []


@real
def test_it_refuses_a_database_in_which_another_process_has_its_lab(number):
    redis = Redis.from_url(f"{SERVER}?db={number}")
    redis.set(KEY, f"{socket.gethostname()}:{os.getppid()}:1")
    with pytest.raises(RedisUnavailable, match="in use by another lab"):
        Lab(f"{SERVER}?db={number}")
    redis.set(KEY, "elsewhere:1:1")
    with pytest.raises(RedisUnavailable, match="in use by another lab"):
        Lab(f"{SERVER}?db={number}")


@real
def test_what_a_killed_lab_left_is_swept_up(number):
    code = "from lesson_code.lab import Lab; import os; lab = Lab(); lab.redis.set('x', 1); "
    url = f"{SERVER}?db={number}"
    subprocess.run(
        [sys.executable, "-c", code + "os._exit(9)"], env={**os.environ, "REDIS_URL": url}
    )
    assert len(keys(number)) == 2
    sweep(url)
    assert keys(number) == []


@real
def test_a_lab_closes_itself_when_its_process_ends(number):
    code = "from lesson_code.lab import Lab; lab = Lab(); lab.redis.set('x', 1)"
    url = f"{SERVER}?db={number}"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "REDIS_URL": url}, check=True)
    assert keys(number) == []
