"""The stage: the same script gives the same run, byte for byte, in every process."""

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Connection
from rq import Queue, get_current_job

from lesson_code.lab import work
from lesson_code.lab.engines.redis_words import MOST, in_capitals, in_words, touched, unpack
from lesson_code.lab.stage import Story, every_crash, every_order, play
from lesson_code.lab.stage.counting import counted_commands
from lesson_code.lab.stage.crashes import stage_for
from lesson_code.lab.stage.stage import Stage
from lesson_code.lab.stage.token import Choices
from tests.sampling import sampled
from tests.scripts import told
from tests.stories import CHAIN, SHAKY, TWO_QUEUES, first
from tools.prove import told_elsewhere


@pytest.mark.parametrize("first", sampled(range(0, 1000, 20), 1))
def test_a_script_gives_the_same_run_in_every_process(first):
    numbers = range(first, first + 20)
    elsewhere = told_elsewhere(numbers, seed="7")
    here = told(numbers)
    assert elsewhere.communicate()[0].split() == here
    assert len({*here}) > 15


def test_the_words_that_are_kept_hold_no_large_argument():
    sent = [[b"multi"], [b"hset", b"rq:job:a", b"data", b"x" * 10_000_000], [b"exec"]]
    words = in_capitals(sent)
    assert words == (("MULTI",), ("HSET", "rq:job:a", "data", "x" * MOST), ("EXEC",))
    assert words == unpack(Connection().pack_commands(sent))
    assert [touched(words), in_words(words)] == [("rq:job:a",), "EXEC: HSET"]


def test_a_run_leaves_luck_as_it_was():
    random.seed(1)
    wanted = [random.random() for _ in range(2)]
    random.seed(1)
    assert [random.random(), play(CHAIN) and random.random()] == wanted


def told_of(story: Story) -> tuple:
    run = stage_for(story, Choices())
    run.run()
    return run.director.steps, run.stage.clock.passed


def test_what_other_threads_of_the_process_do_changes_nothing():
    alone, enough, slept = told_of(SHAKY), threading.Event(), []

    def sleep() -> None:
        before = time.monotonic()
        time.sleep(0.001)
        slept.append(time.monotonic() - before)

    def kernel() -> None:
        while not enough.is_set():
            uuid.uuid4()  # the jobs of that story have made-up ids, too
            once = threading.Thread(target=sleep)
            once.start()
            once.join()

    beside = threading.Thread(target=kernel)
    beside.start()
    try:
        assert told_of(SHAKY) == alone
    finally:
        enough.set()
        beside.join()
    assert min(slept) >= 0.001


def in_threads() -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        return [pool.submit(str.upper, "a").result(), *pool.map(str.upper, "bc")]


def test_a_task_waits_for_its_own_threads():
    stage = Stage()
    with stage.open():
        Queue(connection=stage.redis).enqueue(in_threads, job_id="a")
        assert stage.work()["a"].result == ["A", "B", "C"]
        assert stage.clock.passed < 1


def draw() -> list[bytes]:
    redis = get_current_job().connection
    redis.sadd("hat", *range(50))
    return [redis.spop("hat") for _ in range(5)]


def test_what_a_task_draws_by_lot_is_the_same_each_time():
    def drawn() -> list[bytes]:
        stage = Stage()
        with stage.open():
            Queue(connection=stage.redis).enqueue(draw, job_id="a")
            return stage.work()["a"].result

    random.seed(1)
    once = drawn()
    random.seed(2)
    assert drawn() == once


def test_a_worker_takes_its_jobs_as_from_a_real_server():
    def takes(story: Story) -> set[str]:
        return {step.command for step in play(story).steps if "takes the job" in step.says}

    assert takes(CHAIN) == {"LMOVE"}
    assert takes(TWO_QUEUES) == {"LPOP"}


def test_so_does_a_worker_of_any_lab(lab, queue):
    queue.enqueue(first, job_id="a")
    with counted_commands() as commands:
        work(lab)
    assert "LMOVE" in commands and "LPOP" not in commands


def test_the_names_for_a_notebook():
    def one(queue: Queue) -> None:
        queue.enqueue(first, job_id="a")

    assert {fate.kind for fate in every_order(Story(one), budget=20).fates} == {"unharmed"}
    assert every_crash(Story(one)).possible == len(play(Story(one)).steps)
