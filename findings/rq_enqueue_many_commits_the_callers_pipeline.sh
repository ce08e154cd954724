#!/usr/bin/env bash
# `Queue.enqueue_many(jobs, pipeline=...)` of RQ adds to the caller's transaction. If one of the jobs
# has a dependency, RQ executes this pipeline itself, with all commands that the caller has put into
# it so far. `Group.enqueue_many` always does. `Queue.enqueue` with a dependency refuses a
# pipeline that holds a command. rq 2.12.0 and 3.0.0.
#
# What it means: an order and its jobs, which should be written together or not at all, are written in
# two parts. If the caller raises before its own execute(), the first part stays.
#
# Seen on 2026-11-30 with Python 3.11.7, for both releases (the caller has not called execute()):
#   enqueue_many:                     the order is written: no
#   enqueue_many, with a dependency:  the order is written: yes
#   Group.enqueue_many:               the order is written: yes
#   enqueue, with a dependency:       RedisError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
cat >"$folder/see.py" <<'PYTHON'
from fakeredis import FakeStrictRedis
from redis.exceptions import RedisError
from rq import Queue
from rq.group import Group

redis = FakeStrictRedis()
queue = Queue(connection=redis)
plain = Queue.prepare_data("builtins.len", ("abc",))
dependent = Queue.prepare_data("builtins.len", ("abc",), depends_on="first")
WAYS = {
    "enqueue_many:": lambda pipeline: queue.enqueue_many([plain], pipeline),
    "enqueue_many, with a dependency:": lambda pipeline: queue.enqueue_many([dependent], pipeline),
    "Group.enqueue_many:": lambda pipeline: Group(redis).enqueue_many(queue, [plain], pipeline),
    "enqueue, with a dependency:": lambda pipeline: queue.enqueue(
        "builtins.len", "abc", depends_on="first", pipeline=pipeline
    ),
}


def see(enqueue):
    redis.flushall()
    queue.enqueue("builtins.len", "abc", job_id="first")
    with redis.pipeline() as pipeline:
        pipeline.set("order", "A7")
        try:
            enqueue(pipeline)
        except RedisError as error:
            return type(error).__name__
    return f"the order is written: {'yes' if redis.exists('order') else 'no'}"


seen = {way: see(enqueue) for way, enqueue in WAYS.items()}
for way, what in seen.items():
    print(f"{way:33} {what}")
order = "the order is written: "
if [*seen.values()] != [f"{order}no", f"{order}yes", f"{order}yes", "RedisError"]:
    raise SystemExit("changed")
PYTHON
cd "$folder"
for release in "rq==2.12.0 redis==5.3.1" "rq==3.0.0 redis==8.1.0"; do
    venv/bin/pip install --quiet $release "fakeredis[lua]==2.41.0"
    venv/bin/python see.py
done
