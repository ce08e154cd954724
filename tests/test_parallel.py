"""Fan-out and fan-in: no part is lost or counted twice, and each missing part is named."""

import asyncio
from xml.etree import ElementTree

import pytest
from arq import Retry as ArqRetry
from rq import Retry, get_current_job
from rq.job import Dependency

from lesson_code.examples import rq_weather
from lesson_code.lab import work, work_arq
from lesson_code.lab.stage.meeting import rendezvous
from lesson_code.patterns.keep import KEEP
from lesson_code.with_arq import parallel as countdown
from lesson_code.with_rq import parallel
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds import tasks, weather
from tests import jobs
from tools import bench_fan_in

YEARS = ["2012", "2013", "2014", "2015"]


@pytest.fixture(scope="module")
def days():
    return weather.extract()


# the weather, in parts


def test_the_years_one_by_one_are_the_years_together(days):
    parts = [weather.summarise(days, year) for year in reversed(YEARS)]
    assert weather.aggregate_results(*parts) == weather.process(days)
    assert list(weather.aggregate_results(*parts)) == YEARS


def test_an_aggregate_can_be_aggregated_again(days):
    a, b, c, d = (weather.summarise(days, year) for year in YEARS)
    both = weather.aggregate_results(weather.aggregate_results(d, a), weather.aggregate_results(c))
    assert weather.aggregate_results(both, b) == weather.process(days)


def test_a_month_is_a_period_too(days):
    assert weather.summarise(days, "2012/02")["2012/02"]["days"] == 29


def test_a_period_without_a_day_is_named(days):
    with pytest.raises(ValueError, match="there is no day of 2016"):
        weather.summarise(days, "2016")


def test_a_day_that_was_lost_or_doubled_is_noticed(days):
    assert weather.check_days(len(days), weather.process(days)) == "1,461 days, each counted once"
    with pytest.raises(ValueError, match="1,461 days went in, 366 were counted"):
        weather.check_days(len(days), weather.summarise(days, "2012"))


# RQ: jobs that meet


def test_jobs_that_are_to_meet_do_when_there_are_workers_enough(lab, queue):
    for guest in "abcd":
        queue.enqueue(rendezvous, "room", 4, jobs.give, guest, job_id=guest)
    assert [job.result for job in work(lab, workers=4).jobs] == list("abcd")


def test_they_may_meet_at_the_same_place_again(lab, queue):
    for _ in range(2):
        for guest in "ab":
            queue.enqueue(rendezvous, "room", 2, jobs.give, guest, job_id=guest)
        assert set(work(lab, workers=2).states.values()) == {"finished"}


def test_too_few_workers_are_a_clear_error(lab, queue):
    for guest in "ab":
        options = {"patience": 0.05, "job_id": guest}
        queue.enqueue(rendezvous, "room", 2, jobs.give, guest, **options)
    run = work(lab, workers=1)
    why = "MeetingFailed: fewer than 2 jobs reached 'room' in time"
    assert [job.error for job in run.jobs] == [why, why]


# RQ: fan-out over what a job finds


def fan_out_and_die_once(days):
    rq_weather.enqueue_years(days)
    if get_current_job().connection.incr("tries") == 1:
        raise RuntimeError("died half-way")


@pytest.mark.parametrize("workers", [1, 3])
def test_a_fan_out_that_fails_and_runs_again_enqueues_each_part_once(lab, queue, days, workers):
    queue.enqueue(fan_out_and_die_once, days, retry=Retry(max=1), job_id="split")
    run = work(lab, workers)
    assert sorted(run.order) == [*YEARS, "aggregate", "split", "split"]
    assert run.order[:2] == ["split", "split"] and run.order[-1] == "aggregate"
    assert run["aggregate"].result == weather.process(days)


def test_no_part_starts_when_the_fan_out_fails_for_good(lab, queue, days):
    queue.enqueue(fan_out_and_die_once, days, job_id="split")
    assert work(lab).order == ["split"]


def test_a_fan_out_over_nothing_aggregates_nothing(lab, queue):
    queue.enqueue(rq_weather.enqueue_years, [], job_id="split")
    assert work(lab)["aggregate"].result == {}


# RQ: a part that fails


def gathered(lab, queue, *parts):
    gather = (parallel.pass_available_results, tasks.join)
    queue.enqueue(*gather, depends_on=Dependency(list(parts), allow_failure=True), job_id="all")
    return work(lab)["all"].result


def test_what_has_finished_is_gathered_and_the_rest_is_named(lab, queue):
    a = queue.enqueue(jobs.give, "a", job_id="a")
    bad = queue.enqueue(jobs.fail, job_id="bad")
    gone = queue.enqueue(jobs.give, "gone", job_id="gone", result_ttl=0)
    b = queue.enqueue(jobs.give, "b", job_id="b")
    expected = {"result": "b and a", "missing": ["gone", "bad"]}
    assert gathered(lab, queue, b, gone, bad, a) == expected


def test_when_all_have_finished_nothing_is_missing(lab, queue):
    parts = [queue.enqueue(jobs.give, name, job_id=name) for name in "ab"]
    assert gathered(lab, queue, *parts) == {"result": "a and b", "missing": []}


def test_when_all_have_failed_all_are_missing(lab, queue):
    parts = [queue.enqueue(jobs.fail, job_id=name) for name in "ab"]
    assert gathered(lab, queue, *parts) == {"result": "", "missing": ["a", "b"]}


def give_at_the_second_try(value):
    if get_current_job().connection.incr("tries") == 1:
        raise RuntimeError("try again")
    return value


def test_a_part_that_will_be_retried_is_waited_for(lab, queue):
    retried = queue.enqueue(give_at_the_second_try, "b", retry=Retry(max=1), job_id="b")
    expected = {"result": "b and a", "missing": []}
    assert gathered(lab, queue, retried, queue.enqueue(jobs.give, "a", job_id="a")) == expected


# RQ: a fan-in as a tree


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8, 9, 10, 27])
@pytest.mark.parametrize("width", [2, 3, 100])
def test_a_tree_gathers_what_one_job_would_in_the_same_order(lab, queue, number, width):
    names = [f"n{n}" for n in range(number)]
    parts = [queue.enqueue(jobs.give, name, job_id=name) for name in names]
    parallel.enqueue_tree_fan_in(queue, tasks.join, parts, "all", width)
    run = work(lab)
    assert run["all"].result == tasks.join(*names)
    assert max(len(job.after) for job in run.jobs) <= width
    assert set(run.states.values()) == {"finished"}


def test_up_to_its_width_a_tree_is_one_job(lab, queue):
    parts = [queue.enqueue(jobs.give, name, job_id=name) for name in "abcd"]
    parallel.enqueue_tree_fan_in(queue, tasks.join, parts, "all", width=4)
    assert list(work(lab).states) == ["a", "b", "c", "d", "all"]


def test_a_tree_of_nothing_gathers_nothing(lab, queue):
    parallel.enqueue_tree_fan_in(queue, tasks.join, [], "all")
    assert work(lab)["all"].result == ""


def test_a_failed_part_stops_its_branch_only_and_its_repair_frees_the_rest(lab, queue, tmp_path):
    parts = [queue.enqueue(jobs.give, name, job_id=name) for name in "abc"]
    parts.append(queue.enqueue(tasks.read_orders, str(tmp_path), job_id="late"))
    parallel.enqueue_tree_fan_in(queue, tasks.join, parts, "all", width=2)
    states = work(lab).states
    assert [states[name] for name in ("all-1-1", "all-1-2", "all")] == [
        "finished", "deferred", "deferred",
    ]  # fmt: skip
    (tmp_path / "orders.txt").write_text("d")
    parts[-1].requeue()
    assert work(lab)["all"].result == "a and b and c and d"


def test_a_tree_that_gathers_less_than_two_is_refused(lab, queue):
    with pytest.raises(ValueError, match="width=1: a fan-in gathers at least two"):
        parallel.enqueue_tree_fan_in(queue, tasks.join, [], "all", width=1)


# ARQ: a countdown of open parts


def in_arq(lab, scene, *functions, **options):
    """Let `scene` enqueue, the workers work, and return the run and what is open in the end."""

    async def play():
        pool = lab.arq()
        await scene(pool)
        settings = type("Settings", (), {"functions": list(functions)})
        run = await work_arq(pool, settings, **options)
        left = await countdown.pending_parts(pool, "run")
        await pool.aclose()
        return run, left

    return asyncio.run(play())


def with_pool(lab, scene):
    async def play():
        pool = lab.arq()
        try:
            return await scene(pool)
        finally:
            await pool.aclose()

    return asyncio.run(play())


def test_each_part_that_is_closed_leaves_one_less(lab):
    async def scene(pool):
        opened = await countdown.register_parts(pool, "run", ["b", "a", "c"])
        left = [await countdown.complete_part(pool, "run", name, name.upper()) for name in "abc"]
        return opened, left, await countdown.outcomes(pool, "run")

    assert with_pool(lab, scene) == (3, [2, 1, 0], {"a": "A", "b": "B", "c": "C"})


def test_a_part_that_is_closed_twice_is_counted_once(lab):
    async def scene(pool):
        await countdown.register_parts(pool, "run", ["a", "b"])
        left = [await countdown.complete_part(pool, "run", name, n) for n, name in enumerate("aab")]
        return left, await countdown.outcomes(pool, "run")

    assert with_pool(lab, scene) == ([1, 1, 0], {"a": 1, "b": 2})


def test_a_part_that_runs_again_after_the_last_still_learns_that_none_is_open(lab):
    async def scene(pool):
        await countdown.register_parts(pool, "run", ["a"])
        return [await countdown.complete_part(pool, "run", "a", None) for _ in range(2)]

    assert with_pool(lab, scene) == [0, 0]


def test_opening_again_leaves_closed_what_is_closed(lab):
    async def scene(pool):
        await countdown.register_parts(pool, "run", ["a", "b"])
        await countdown.complete_part(pool, "run", "a", 1)
        again = await countdown.register_parts(pool, "run", ["a", "b"])
        return again, await countdown.pending_parts(pool, "run")

    assert with_pool(lab, scene) == (1, ["b"])


def test_without_a_part_none_is_open(lab):
    assert with_pool(lab, lambda pool: countdown.register_parts(pool, "run", [])) == 0


def test_parts_that_close_at_the_same_time_find_the_end_exactly_once(lab):
    names = [str(n) for n in range(30)]

    async def scene(pool):
        await countdown.register_parts(pool, "run", names)
        return await asyncio.gather(
            *(countdown.complete_part(pool, "run", name, None) for name in names)
        )

    assert sorted(with_pool(lab, scene)) == list(range(30))


def test_two_runs_do_not_touch_each_other(lab):
    async def scene(pool):
        await countdown.register_parts(pool, "run", ["a"])
        await countdown.register_parts(pool, "other", ["a", "b"])
        await countdown.complete_part(pool, "other", "a", 1)
        return await countdown.pending_parts(pool, "run"), await countdown.outcomes(pool, "run")

    assert with_pool(lab, scene) == (["a"], {})


def test_redis_forgets_a_run_some_day(lab):
    async def scene(pool):
        await countdown.register_parts(pool, "run", ["a", "b"])
        await countdown.complete_part(pool, "run", "a", 1)

    with_pool(lab, scene)
    keys = lab.redis.keys("parts:*")
    assert len(keys) == 2
    assert all(0 < lab.redis.ttl(key) <= KEEP for key in keys)


async def open_ab(pool):
    await countdown.register_parts(pool, "run", ["a", "b"])
    for name in "ab":
        await pool.enqueue_job("part", name, _job_id=name)


async def gather(ctx):
    return await countdown.outcomes(ctx["redis"], "run")


@pytest.mark.parametrize("again", ["a", "b"])
def test_the_parts_run_again_and_the_gathering_does_not(lab, again):
    async def part(ctx, name):
        if await countdown.complete_part(ctx["redis"], "run", name, name) == 0:
            await ctx["redis"].enqueue_job("gather", _job_id="gather")
        if name == again and ctx["job_try"] == 1:
            raise ArqRetry

    part.__qualname__ = "part"
    run, left = in_arq(lab, open_ab, part, gather)
    assert sorted(run.order) == sorted(["a", "b", again, "gather"])
    assert (run["gather"].result, left) == ({"a": "a", "b": "b"}, [])


def test_a_part_that_dies_before_it_could_enqueue_makes_up_for_it(lab):
    async def part(ctx, name):
        left = await countdown.complete_part(ctx["redis"], "run", name, name)
        if ctx["job_try"] == 1:
            raise ArqRetry  # dies between the two steps
        if left == 0:
            await ctx["redis"].enqueue_job("gather", _job_id="gather")

    part.__qualname__ = "part"
    run, _ = in_arq(lab, open_ab, part, gather)
    assert run["gather"].result == {"a": "a", "b": "b"}


def test_a_part_that_dies_without_closing_is_named(lab):
    async def part(ctx, name):
        if name == "b":
            raise ValueError("no")
        await countdown.complete_part(ctx["redis"], "run", name, name)

    part.__qualname__ = "part"
    _, left = in_arq(lab, open_ab, part, gather)
    assert left == ["b"]


# both


def test_all_ways_give_the_same(lab, queue, days):
    parts = [queue.enqueue(weather.summarise, days, year, job_id=year) for year in YEARS]
    queue.enqueue(pass_results, weather.aggregate_results, depends_on=parts, job_id="plain")
    parallel.enqueue_tree_fan_in(queue, weather.aggregate_results, parts, "tree", width=2)
    run = work(lab, workers=2)

    async def part(ctx, year):
        if await countdown.complete_part(ctx["redis"], "run", year, weather.summarise(days, year)):
            return
        await ctx["redis"].enqueue_job("gather", _job_id="gather")

    async def scene(pool):
        await countdown.register_parts(pool, "run", YEARS)
        for year in YEARS:
            await pool.enqueue_job("part", year, _job_id=year)

    part.__qualname__ = "part"
    counted = in_arq(lab, scene, part, gather)[0]["gather"].result
    merged = weather.aggregate_results(*counted.values())
    assert run["plain"].result == run["tree"].result == merged == weather.process(days)


# the measurement


def test_the_measurement_gathers_all_and_draws_every_curve(lab):
    times = bench_fan_in.measure(lab, sizes=(4, 20), rounds=2)
    curves = bench_fan_in.medians(times)
    assert {way: list(curve) for way, curve in curves.items()} == {way: [4, 20] for way in curves}
    chart = ElementTree.fromstring(bench_fan_in.chart(curves, "a test"))
    assert len(chart.findall("{*}polyline")) == len(bench_fan_in.WORDS)
