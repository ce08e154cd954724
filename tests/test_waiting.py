"""Parents in ARQ that wait for their children, or look again; and several workers at once."""

import asyncio
import subprocess
import sys

import pytest
from arq import func
from arq.constants import default_queue_name

from lesson_code.examples import arq_album
from lesson_code.examples.arq_album import WorkerSettings
from lesson_code.lab import work_arq
from lesson_code.with_arq.waiting import enqueue_children

ALBUMS = ["waiting_album", "looking_album"]


class Thumbnails:
    functions = (arq_album.thumbnail,)
    queue_name = "thumbnails"


def run(lab, *jobs, settings=(WorkerSettings,), **options):
    """Enqueue ("id", "name", *args) each, let the workers work, return the Run."""

    async def main():
        pool = lab.arq()
        for job_id, name, *args in jobs:
            await pool.enqueue_job(name, *args, _job_id=job_id)
        try:
            return await work_arq(pool, *settings, **options)
        finally:
            await pool.aclose()

    return asyncio.run(asyncio.wait_for(main(), timeout=120))


@pytest.mark.parametrize("album", ALBUMS)
def test_an_album_holds_its_thumbnails_in_the_order_of_the_photos(lab, album):
    made = run(lab, ("album", album, ["owl", "cat"]))
    assert made["album"].result == ["owl.small", "cat.small"]
    assert made["album-owl"].after == ("album",)


@pytest.mark.parametrize("album", ALBUMS)
def test_an_album_of_no_photo_is_empty(lab, album):
    assert run(lab, ("album", album, []))["album"].result == []


def test_a_waiting_album_fails_with_the_error_of_its_thumbnail(lab):
    made = run(lab, ("album", "waiting_album", ["broken", "cat"]))
    assert made["album"].error == "ValueError: broken is no picture"


def test_a_looking_album_names_the_photos_without_a_thumbnail(lab):
    made = run(lab, ("album", "looking_album", ["broken", "cat"]))
    assert made["album"].error == "RuntimeError: no thumbnail of broken"


def test_a_waiting_album_starves_in_the_only_slot(lab):
    made = run(lab, ("album", "waiting_album", ["cat"], "arq:queue", 0.05), max_jobs=1)
    assert made["album"].error == "TimeoutError"
    assert made.order == ["album", "album-cat"]


def test_a_waiting_album_leaves_its_thumbnails_to_the_worker_of_another_queue(lab):
    jobs = [(f"album-{n}", "waiting_album", ["cat"], "thumbnails") for n in range(3)]
    made = run(lab, *jobs, settings=(WorkerSettings, Thumbnails), max_jobs=1)
    assert set(made.states.values()) == {"complete"}
    assert len(made.jobs) == 6


def test_a_looking_album_gives_its_slot_back(lab):
    made = run(lab, ("album", "looking_album", ["cat", "dog"]), max_jobs=1)
    assert made.order == ["album", "album-cat", "album-dog", "album"]
    assert [event.what for event in made.events if event.job == "album"] == [
        "started", "deferred", "started", "complete",
    ]  # fmt: skip


def test_a_looking_album_gives_up_after_its_tries(lab):
    class TwoTries:
        functions = (func(arq_album.looking_album, max_tries=2),)

    made = run(lab, ("album", "looking_album", ["cat"], "nobody"), settings=(TwoTries,))
    assert made["album"].error == "JobExecutionFailed: max 2 retries exceeded"


@pytest.mark.parametrize("album", ALBUMS)
def test_a_second_run_of_an_album_finds_the_thumbnails_of_the_first(lab, album):
    counted = []

    async def thumbnail(ctx, photo):
        counted.append(photo)
        return await arq_album.thumbnail(ctx, photo)

    async def dying_album(ctx, photos):
        await enqueue_children(ctx, "thumbnail", photos, default_queue_name)
        if ctx["job_try"] == 1:
            raise asyncio.CancelledError
        return await getattr(arq_album, album)(ctx, photos)

    class Dying:
        functions = (
            func(thumbnail, name="thumbnail"),
            func(dying_album, name="dying_album", max_tries=100),
        )

    made = run(lab, ("album", "dying_album", ["cat", "dog"]), settings=(Dying,))
    assert made["album"].result == ["cat.small", "dog.small"]
    assert sorted(counted) == ["cat", "dog"]


def test_sigterm_stops_a_job_that_stays_queued_and_runs_again(lab):
    halfway, tries = asyncio.Event(), []

    async def long(ctx):
        tries.append(ctx["job_try"])
        halfway.set()
        if ctx["job_try"] == 1:
            await asyncio.Event().wait()

    class Long:
        functions = (func(long, name="long"),)

    stopped = run(lab, ("long", "long"), settings=(Long,), sigterm=halfway)
    assert [event.what for event in stopped.events] == ["started", "queued"]
    assert stopped.states == {"long": "queued"}
    assert run(lab, settings=(Long,)).states == {"long": "complete"}
    assert tries == [1, 2]


def test_work_that_is_interrupted_leaves_no_job_running(lab):
    started, ended = asyncio.Event(), []

    async def long(ctx):
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(ctx["job_id"])

    class Long:
        functions = (func(long, name="long"),)

    async def main():
        pool = lab.arq()
        await pool.enqueue_job("long", _job_id="long")
        working = asyncio.create_task(work_arq(pool, Long))
        await asyncio.wait_for(started.wait(), timeout=60)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        await pool.aclose()

    asyncio.run(main())
    assert ended == ["long"]


def test_the_settings_take_the_address_from_the_environment(lab):
    code = "from lesson_code.examples.arq_album import WorkerSettings as w; print(w.redis_settings)"
    env = {"REDIS_URL": "redis://somewhere:1234/5", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert "host='somewhere', port=1234" in done.stdout
    assert "database=5" in done.stdout
