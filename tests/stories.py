"""Stories for the tests of crashes and orders: a chain of three, and a counter of two."""

from collections import Counter

from redis import Redis
from rq import Queue, Retry, get_current_job

from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.with_arq import parallel
from lesson_code.with_arq.chaining import chained
from lesson_code.with_arq.workflow import enqueue_workflow, run_step
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds.accidents import task


@task
def first() -> str:
    return "A"


@task
def second(text: str) -> str:
    return text + "B"


@task
def third(text: str) -> str:
    return text + "C"


def enqueue_chain(queue: Queue, *others: Queue) -> None:
    again = Retry(max=1)
    a = queue.enqueue(first, job_id="a", retry=again)
    b = queue.enqueue(pass_results, second, depends_on=a, job_id="b", retry=again)
    queue.enqueue(pass_results, third, depends_on=b, job_id="c", retry=again)


class Steps:
    functions = (chained(first, then="second"), chained(second, then="third"), chained(third))


async def enqueue_steps(pool) -> None:
    await pool.enqueue_job("first", _job_id="x")


def enqueue_fan(queue: Queue) -> None:
    """Three jobs wait for one: RQ keeps them in a set."""
    root = queue.enqueue(first, job_id="root")
    for name in ("left", "middle", "right"):
        queue.enqueue(pass_results, second, depends_on=root, job_id=name)


def read_and_write() -> None:
    redis = get_current_job().connection
    redis.set("sum", int(redis.get("sum") or 0) + 10)


def add_atomically() -> None:
    get_current_job().connection.incrby("sum", 10)


async def read_and_write_arq(ctx: dict) -> None:
    await ctx["redis"].set("sum", int(await ctx["redis"].get("sum") or 0) + 10)


class Counting:
    functions = (read_and_write_arq,)


async def enqueue_counting(pool) -> None:
    for name in "xy":
        await pool.enqueue_job("read_and_write_arq", _job_id=name)


def total(redis: Redis) -> Counter:
    return Counter({"sum": int(redis.get("sum") or 0)})


def both(function) -> Story:
    """Return the story of two jobs that count."""

    def enqueue(queue: Queue) -> None:
        for name in "xy":
            queue.enqueue(function, job_id=name)

    return Story(enqueue, effects=total)


CHAIN = Story(enqueue_chain)
TWO_QUEUES = Story(enqueue_chain, queues=("default", "other"))
STEPS = ArqStory(enqueue_steps, Steps)
FAN = Story(enqueue_fan, workers=2)
COUNTING = ArqStory(enqueue_counting, Counting, effects=total)


@task
def join(*texts: str) -> str:
    return "+".join(texts)


@task
def shaky() -> str:
    """Fail as often as there is a retry left."""
    if get_current_job().retries_left:
        raise ValueError("not yet")
    return "at last"


def enqueue_tree_fan_in(queue: Queue) -> None:
    parts = [queue.enqueue(first, job_id=name) for name in ("left", "middle", "right")]
    queue.enqueue(pass_results, join, depends_on=parts, job_id="end")


def enqueue_shaky(high: Queue, low: Queue) -> None:
    """Jobs of two queues that are scheduled again and again; RQ makes up their ids."""
    for queue in (high, low, low):
        queue.enqueue(shaky, retry=Retry(max=2, interval=[10, 20]))


FAN_IN = Story(enqueue_tree_fan_in, workers=2)
SHAKY = Story(enqueue_shaky, workers=2, queues=("high", "low"))


ONE_FAN_IN = Story(enqueue_tree_fan_in)


async def enqueue_diamond(pool) -> None:
    steps = {
        "top": (first, []),
        "left": (second, ["top"]),
        "right": (second, ["top"]),
        "end": (join, ["left", "right"]),
    }
    await enqueue_workflow(pool, steps)


class Diamond:
    functions, max_jobs = (run_step,), 1


PARTS = ("north", "south")


async def part(ctx: dict, name: str) -> str:
    text = second(name)
    if await parallel.complete_part(ctx["redis"], "run", name, text) == 0:
        await ctx["redis"].enqueue_job("gather", _job_id="gather")
    return text


async def gather(ctx: dict) -> str:
    return join(*(await parallel.outcomes(ctx["redis"], "run")).values())


class Countdown:
    functions, max_jobs = (part, gather), 1


async def enqueue_parts(pool) -> None:
    await parallel.register_parts(pool, "run", PARTS)
    for name in PARTS:
        await pool.enqueue_job("part", name, _job_id=name)


DIAMOND = ArqStory(enqueue_diamond, Diamond)
COUNTDOWN = ArqStory(enqueue_parts, Countdown)
# Three workflows of each library, which real workers play, too
REAL = {
    "RQ chain": "CHAIN",
    "RQ chain, two queues": "TWO_QUEUES",
    "RQ fan-in": "ONE_FAN_IN",
    "ARQ chain": "STEPS",
    "ARQ diamond": "DIAMOND",
    "ARQ fan-in": "COUNTDOWN",
}
