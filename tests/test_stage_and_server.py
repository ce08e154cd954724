"""The embedded Redis answers as a real server does, command by command, in random scripts."""

import asyncio
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis.asyncio.connection as asynchronous
import redis.connection as synchronous
from arq import ArqRedis
from redis import Redis
from rq import Queue

from lesson_code.lab.engines.fake import EmbeddedRedis, Unpacked
from lesson_code.lab.engines.redis_words import unpack
from lesson_code.lab.server.own import kill, start
from lesson_code.lab.stage import play
from tests import features_arq, features_rq, features_rq_upkeep, stories
from tests.both_servers import difference, report
from tests.command_templates import TEMPLATES
from tests.random_commands import IN_TRANSACTIONS, random_script
from tests.real import OWN, own
from tests.recipes import ALL
from tests.sampling import sampled
from tests.scripts import STORIES
from tests.sent import SENT, form

DEBIANS = shutil.which("redis-server")
NOT_PLAYED = {  # commands that are sent, but are in no script
    *("CLIENT INFO", "CLIENT LIST", "CLIENT SETINFO", "CLIENT SETNAME", "HELLO"),  # a connection's
    *("SUBSCRIBE", "UNSUBSCRIBE"),  # answers without a question
    "DBSIZE",  # it counts the keys that have expired until the server has removed them, by chance
    "SPOP",  # a member by chance
}


@pytest.fixture(scope="module", params=["own", "Debian's"])
def server(request):
    """A client of a real server that is ours alone."""
    if not (OWN if request.param == "own" else DEBIANS):
        pytest.skip("that server is not here")
    url, pipe = start(None if request.param == "own" else DEBIANS)
    with Redis.from_url(url) as redis:
        yield redis
    kill(url, pipe)


@pytest.mark.parametrize("first", sampled(range(0, 500, 25), 2))
def test_the_same_random_script_has_the_same_answers(server, first):
    for script in map(random_script, range(first, first + 25)):
        assert difference(script, server) is None, "\n" + report(script, server)


def test_the_scripts_have_each_command_that_is_sent():
    played = {form(template.split()) for template in TEMPLATES} | IN_TRANSACTIONS
    assert played | NOT_PLAYED == SENT and not played & NOT_PLAYED


@pytest.fixture
def sent(monkeypatch) -> set[str]:
    """The forms of all commands that this process sends to any Redis."""
    told = set()

    def note(kind: type, method: str, words_of: Callable) -> None:
        original = getattr(kind, method)

        def send(self, commands, *args, **kwargs):
            told.update(map(form, words_of(commands)))
            return original(self, commands, *args, **kwargs)

        monkeypatch.setattr(kind, method, send)

    note(Unpacked, "hand_over", lambda commands: commands)
    note(synchronous.AbstractConnection, "send_packed_command", unpack)
    note(asynchronous.AbstractConnection, "send_packed_command", unpack)
    return told


@own
def test_rq_sends_no_other_command(sent):
    with Redis.from_url(OWN) as redis:
        for feature in (*features_rq.FEATURES, *features_rq_upkeep.FEATURES):
            redis.flushdb()
            feature(Queue(connection=redis))
    assert sent - SENT == set()
    assert {"BLMOVE LEFT RIGHT", "ZADD XX", "XREAD BLOCK STREAMS"} <= sent


@own
def test_arq_sends_no_other_command(sent):
    async def use() -> None:
        async with ArqRedis(asynchronous.ConnectionPool.from_url(OWN)) as pool:
            await features_arq.use(pool)

    asyncio.run(use())
    assert sent - SENT == set()
    assert {"PSETEX", "ZINCRBY", "ZRANGEBYSCORE LIMIT"} <= sent


def test_our_stories_send_no_other_command(sent):
    recipes = [recipe.story for _, recipe in ALL]
    for story in (*STORIES, stories.DIAMOND, stories.COUNTDOWN, *recipes):
        play(story)
    assert sent - SENT == set()
    assert {"LMOVE LEFT RIGHT", "LPOP", "PSETEX"} <= sent


def test_blmove_waits_until_there_is_an_element():
    redis = EmbeddedRedis().client()
    began = time.monotonic()
    assert redis.blmove("from", "to", timeout=0.05) is None
    assert time.monotonic() - began >= 0.05
    with ThreadPoolExecutor() as threads:
        moved = threads.submit(redis.blmove, "from", "to", timeout=60)
        redis.rpush("from", "it")
        assert moved.result(timeout=60) == b"it" and redis.lrange("to", 0, -1) == [b"it"]


def test_blmove_waits_on_an_event_loop_too():
    async def both() -> None:
        redis = ArqRedis(EmbeddedRedis().async_connections())
        moving = asyncio.create_task(redis.blmove("from", "to", timeout=60))
        await redis.rpush("from", "it")
        assert await moving == b"it"
        assert await redis.blmove("from", "to", timeout=0.01) is None

    asyncio.run(both())
