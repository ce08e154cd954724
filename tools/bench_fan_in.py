"""The costs of gathering the results of n jobs: python -m tools.bench_fan_in

It uses the embedded Redis or the one at REDIS_URL, and draws the curves into build/fan_in.svg.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from statistics import median

from arq import ArqRedis, Worker
from arq.jobs import Job as ArqJob
from rq import Queue, SimpleWorker
from rq.job import Job

from lesson_code.lab import Lab
from lesson_code.lab.pictures.svg import document
from lesson_code.with_arq.parallel import complete_part, outcomes, register_parts
from lesson_code.with_arq.together import enqueue_atomically
from lesson_code.with_arq.workflow import enqueue_workflow, run_step
from lesson_code.with_rq.chaining import pass_results
from lesson_code.with_rq.chord import enqueue_chord
from lesson_code.with_rq.parallel import enqueue_tree_fan_in
from tools.lesson import PROJECT

SIZES, ROUNDS, SLICE = (100, 200, 400, 800, 1600), 3, 20
BARS = {"parts": 1.15, "arq_countdown": 1.25, "arq_workflow": 1.6}  # compared with independent jobs
HUES = ("#5f6368", "#b42318", "#14703a", "#8a4b08", "#80868b", "#1d5f9e", "#6a3fa0")
MOST_PLAIN = 800  # one job that depends on more than that takes minutes
PICTURE = PROJECT / "build/fan_in.svg"
WORDS = {
    "independent": "RQ, jobs that nobody gathers",
    "fan_in": "RQ, one job that depends on all",
    "tree": "RQ, a tree of them",
    "parts": "RQ, parts that count down",
    "arq_alone": "ARQ, jobs that nobody gathers",
    "arq_countdown": "ARQ, parts that count down",
    "arq_workflow": "ARQ, a workflow",
}
COLORS = dict(zip(WORDS, HUES, strict=True))


def one(*names: str) -> int:
    """Return the number: the cheapest part."""
    return 1


def add(*numbers: int) -> int:
    return sum(numbers)


def add_outcomes(outcomes: dict[str, int]) -> int:
    return sum(outcomes.values())


def independent(queue: Queue, n: int) -> None:
    """Enqueue parts that no job gathers."""
    enqueue_each(queue, n)


def fan_in(queue: Queue, n: int) -> Job:
    parts = enqueue_each(queue, n)
    return queue.enqueue(pass_results, add, depends_on=parts, job_id="fan_in")


def tree(queue: Queue, n: int) -> Job:
    return enqueue_tree_fan_in(queue, add, enqueue_each(queue, n), "tree")


def parts(queue: Queue, n: int) -> Job:
    enqueue_chord(queue, one, {str(number): () for number in range(n)}, add_outcomes, "parts")
    return queue.create_job(add_outcomes, job_id="parts")


def enqueue_each(queue: Queue, n: int) -> list[Job]:
    return [queue.enqueue(one) for _ in range(n)]


def rq_seconds(lab: Lab, n: int) -> dict[str, float]:
    """Return how long one worker takes for n parts, each way: to enqueue and to run them.

    The ways take turns, some jobs at a time, so that other load on the machine affects all of them.
    """
    lab.empty()
    ways = [independent, tree, parts, *[fan_in] * (n <= MOST_PLAIN)]
    queues = {way: Queue(way.__name__, connection=lab.redis) for way in ways}
    spent, last = dict.fromkeys(ways, 0.0), {}

    def take(way: Callable, work: Callable, *args, **options):
        start = time.perf_counter()
        done = work(*args, **options)
        spent[way] += time.perf_counter() - start
        return done

    for way, queue in queues.items():
        last[way] = take(way, way, queue, n)
    options = {"burst": True, "logging_level": "CRITICAL", "max_jobs": SLICE}
    while waiting := [way for way, queue in queues.items() if len(queue)]:
        for way in waiting:
            worker = SimpleWorker([queues[way]], connection=lab.redis)
            take(way, worker.work, **options)
    assert all(job.return_value() == n for job in last.values() if job), "not all was gathered"
    return {way.__name__: seconds for way, seconds in spent.items()}


async def fan_out(ctx: dict, n: int) -> None:
    await register_parts(ctx["redis"], "bench", map(str, range(n)))
    calls = {f"part-{number}": ("part", str(number)) for number in range(n)}
    await enqueue_atomically(ctx["redis"], calls)


async def part(ctx: dict, name: str) -> None:
    if not await complete_part(ctx["redis"], "bench", name, one()):
        await ctx["redis"].enqueue_job("gather", _job_id="gather")


async def gather(ctx: dict) -> int:
    return add(*(await outcomes(ctx["redis"], "bench")).values())


async def spread(ctx: dict, n: int) -> None:
    for number in range(n):
        await ctx["redis"].enqueue_job("alone", _job_id=f"alone-{number}")


async def alone(ctx: dict) -> int:
    return one()


async def arq_alone(pool: ArqRedis, n: int) -> None:
    await pool.enqueue_job("spread", n)


async def arq_countdown(pool: ArqRedis, n: int) -> None:
    await pool.enqueue_job("fan_out", n)


async def arq_workflow(pool: ArqRedis, n: int) -> None:
    steps = {f"step-{number}": (one, []) for number in range(n)}
    await enqueue_workflow(pool, steps | {"gather": (add, [*steps])})


async def arq_seconds(lab: Lab, n: int) -> dict[str, float]:
    """Return how long one ARQ worker takes for n parts, each way: to enqueue and to run them."""
    spent = {}
    for way in (arq_alone, arq_countdown, arq_workflow):
        lab.empty()
        pool = lab.arq()
        options = {"burst": True, "handle_signals": False, "poll_delay": 0.01}
        start = time.perf_counter()
        await way(pool, n)
        functions = [fan_out, part, gather, spread, alone, run_step]
        await Worker(functions, redis_pool=pool, **options).main()
        spent[way.__name__] = time.perf_counter() - start
        if way is not arq_alone:
            assert await ArqJob("gather", pool).result(timeout=1) == n, "not all was gathered"
        await pool.aclose()
    return spent


def measure(
    lab: Lab, sizes: Sequence[int] = SIZES, rounds: int = ROUNDS
) -> dict[str, dict[int, list[float]]]:
    """Return the milliseconds a job, by way, by n, and by round."""
    times: dict[str, dict[int, list[float]]] = {way: {} for way in WORDS}
    rq_seconds(lab, sizes[0])  # warm up
    for n in sizes:
        for _ in range(rounds):
            seconds = rq_seconds(lab, n) | asyncio.run(arq_seconds(lab, n))
            for way, spent in seconds.items():
                times[way].setdefault(n, []).append(spent / n * 1000)
    return times


def medians(times: dict[str, dict[int, list[float]]]) -> dict[str, dict[int, float]]:
    return {way: {n: median(ms) for n, ms in by_n.items()} for way, by_n in times.items()}


def ratios(times: dict[str, dict[int, list[float]]], way: str) -> dict[int, float]:
    """Return the ratios to independent jobs, both from the same round."""
    alone = times["arq_alone" if way.startswith("arq") else "independent"]
    return {
        n: median(a / b for a, b in zip(ms, alone[n], strict=True)) for n, ms in times[way].items()
    }


def chart(curves: dict[str, dict[int, float]], title: str) -> str:
    """Draw the curves: n to the right, milliseconds a job upwards."""
    wide, high, left, top, bottom = 560, 300, 46, 40, 44
    sizes = sorted({n for curve in curves.values() for n in curve})
    most = max(ms for curve in curves.values() for ms in curve.values()) * 1.08

    def at(n: int, ms: float) -> tuple[float, float]:
        x = left + (wide - left - 24) * n / sizes[-1]
        return round(x, 1), round(top + (high - top - bottom) * (1 - ms / most), 1)

    def words(x: float, y: float, text: str, color: str = "#1a1a1a", anchor: str = "start") -> str:
        look = f'font-size="12" fill="{color}" text-anchor="{anchor}"'
        return f'<text x="{x}" y="{y}" {look}>{text}</text>'

    floor = at(0, 0)[1]
    shapes = [
        f'<rect width="{wide}" height="{high}" rx="8" fill="#ffffff" stroke="#808080"/>',
        words(left, 24, f"Milliseconds a job, {title}"),
        f'<path d="M{left} {top}V{floor}H{wide - 16}" fill="none" stroke="#808080"/>',
        *(words(at(n, 0)[0], floor + 16, f"{n:,}", anchor="middle") for n in sizes[1:]),
        words(wide - 16, floor + 32, "jobs to gather", anchor="end"),
    ]
    step = 10 if most > 25 else 5 if most > 10 else 2
    for ms in range(0, int(most) + 1, step):
        shapes.append(words(left - 6, at(0, ms)[1] + 4, str(ms), anchor="end"))
    for row, (way, curve) in enumerate(curves.items()):
        points = " ".join(f"{x},{y}" for x, y in (at(n, ms) for n, ms in curve.items()))
        line = f'fill="none" stroke="{COLORS[way]}" stroke-width="2"'
        shapes.append(f'<polyline points="{points}" {line}/>')
        y = top + 8 + row * 18
        shapes.append(f'<path d="M{wide - 232} {y}h20" {line}/>')
        shapes.append(words(wide - 206, y + 4, WORDS[way], COLORS[way]))
    return document(wide, high, shapes)


def main(sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> None:
    lab = Lab()
    print(f"Gathering n jobs on {lab.backend}, ms a job, median of {rounds} rounds:")
    times = measure(lab, sizes, rounds)
    print(_row("n =", [f"{n:,}" for n in sizes]))
    for way, curve in medians(times).items():
        print(_row(WORDS[way], [f"{ms:.2f}" for ms in curve.values()]))
    for way in ("fan_in", "tree", *BARS):
        print(_row("  ratio: " + WORDS[way], [f"{r:.2f}×" for r in ratios(times, way).values()]))
    for way, bar in BARS.items():
        ratio = ratios(times, way)[sizes[-1]]
        print(f"{WORDS[way]}, of {sizes[-1]:,}: {ratio:.2f} × (the bar is {bar})")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(chart(medians(times), lab.backend.split(" at ")[0]), encoding="utf-8")
    print(f"drawn: {PICTURE.relative_to(PROJECT)}")
    lab.close()


def _row(head: str, cells: list[str]) -> str:
    return f"{head:42}" + "".join(f"{cell:>9}" for cell in cells)


if __name__ == "__main__":
    from tools import bench_fan_in  # a worker cannot import tasks from __main__

    bench_fan_in.main()
