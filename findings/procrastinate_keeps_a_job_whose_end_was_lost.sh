#!/usr/bin/env bash
# Procrastinate stores a job's end once. If that connection breaks, the worker logs the error and goes
# on with other jobs. The job stays "doing", and its worker still sends heartbeats, so
# get_stalled_jobs() does not return it, and the documented task retry_stalled_jobs does not retry
# it. It is found after the worker has ended, and then it runs again. procrastinate 3.10.0.
#
# What it means: retry_stalled_jobs finds the jobs of dead workers, and not all jobs that are stuck.
# Until its worker ends, such a job also keeps its `lock`, so that no other job with it starts.
#
# Seen on 2026-11-30 with Python 3.11.7 and PostgreSQL 16.2 (stalled after 3 seconds):
#   its worker lives:          doing, 1 run, not stalled; another job has succeeded
#   its worker has ended:      doing, 1 run, stalled
#   another worker has begun:  succeeded, 2 runs, not stalled
set -euo pipefail
folder=$(mktemp -d)
trap 'kill -INT $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
chmod 755 "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet procrastinate==3.10.0 "psycopg[binary]==3.3.9" \
    psycopg-pool==3.3.3 pgserver==0.1.4
cd "$folder"
bin=$(venv/bin/python -c 'from importlib.util import find_spec as f; print(*f("pgserver").submodule_search_locations)')/pginstall/bin
mkdir cluster
as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL does not run as root
    chown nobody cluster
    as=(setpriv --reuid=nobody --clear-groups)
fi
"${as[@]}" "$bin/initdb" -D cluster -A trust -U postgres --no-sync >initdb.log
"${as[@]}" "$bin/postgres" -D cluster -h "" -k "$folder/cluster" >server.log 2>&1 &
until "$bin/pg_isready" -q -h "$folder/cluster"; do sleep 0.1; done
timeout -s KILL 120 venv/bin/python - "host=$folder/cluster user=postgres" <<'PYTHON'
import asyncio
import logging
import sys
import time

import psycopg
from procrastinate import App, PsycopgConnector

logging.disable(logging.CRITICAL)  # the error is meant
STALLED = 3  # seconds without a heartbeat, from which on a worker counts as stalled
app = App(connector=PsycopgConnector(conninfo=sys.argv[1]))
began, may_end, runs = asyncio.Event(), asyncio.Event(), 0


@app.periodic(cron="* * * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context, timestamp):
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        await app.job_manager.retry_job(job)


@app.task
async def charge():
    global runs
    runs += 1
    began.set()
    await may_end.wait()


@app.task
async def other():
    pass


def start():
    return asyncio.create_task(
        app.run_worker_async(update_heartbeat_interval=0.5, stalled_worker_timeout=STALLED)
    )


async def end(worker):
    worker.cancel()
    await asyncio.wait([worker])


async def status(number):
    return (await app.job_manager.get_job_status_async(number)).value


async def until_succeeded(number):
    while await status(number) != "succeeded":
        await asyncio.sleep(0.1)


async def break_the_end_of(number):
    """End the connection that stores the job's end, as a restart of the server does."""
    find = "SELECT pid FROM pg_stat_activity WHERE query ~ 'finish_job' AND wait_event = %s"
    connect = psycopg.AsyncConnection.connect
    async with (
        await connect(sys.argv[1]) as held,
        await connect(sys.argv[1], autocommit=True) as asked,
    ):
        await held.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s FOR UPDATE", [number])
        may_end.set()
        while not (row := await (await asked.execute(find, ["transactionid"])).fetchone()):
            await asyncio.sleep(0.05)
        await asked.execute("SELECT pg_terminate_backend(%s)", row)


async def main():
    seen = []

    async def look(when):
        found = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED)
        stalled = any(job.id == number for job in found)
        seen.append((await status(number), runs, stalled))
        told = [seen[-1][0], f"{runs} run{'s' * (runs > 1)}", "stalled" if stalled else "not stalled"]
        print(f"{when:26} {', '.join(told)}")

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        number = await charge.defer_async()
        worker = start()
        await began.wait()
        await break_the_end_of(number)
        since = time.monotonic()
        while time.monotonic() < since + 2 * STALLED:  # with a retry each second
            await asyncio.sleep(0.5)
        await until_succeeded(await other.defer_async())
        await look("its worker lives:")
        await end(worker)
        await look("its worker has ended:")
        worker = start()
        await until_succeeded(number)
        await look("another worker has begun:")
        await end(worker)
    if seen != [("doing", 1, False), ("doing", 1, True), ("succeeded", 2, False)]:
        raise SystemExit("changed")


asyncio.run(main())
PYTHON
