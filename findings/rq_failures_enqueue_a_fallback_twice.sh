#!/usr/bin/env bash
# A job of RQ that allows failures waits for two others, and both fail. Each worker first stores that its
# job has failed, and then enqueues the dependents whose dependencies have all ended. Both workers
# see two failures, and neither checks whether the other one has enqueued the dependent: it runs
# twice. After a success, a worker does both steps in one watched transaction, and the dependent
# runs once. rq 2.12.0 and 3.0.0.
#
# What it means: a fallback or a fan-in with `Dependency(allow_failure=True)` on several jobs must
# tolerate a second run. Two workers and an outage that fails both jobs at once are enough.
#
# Seen on 2026-11-30 with Python 3.11.7, for both releases (the second worker runs its job while the
# first one is between the two steps):
#   both fail:     the dependent has run 2 times
#   both succeed:  the dependent has run 1 times
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
cat >"$folder/see.py" <<'PYTHON'
from fakeredis import FakeStrictRedis
from rq import Queue, SimpleWorker
from rq.job import Dependency
from rq.results import Result

redis = FakeStrictRedis()
queue = Queue(connection=redis)
really = Queue.enqueue_dependents


def work():
    SimpleWorker([queue], connection=redis).work(burst=True, logging_level="CRITICAL")


def enqueue_dependents(self, job, *args, **kwargs):
    Queue.enqueue_dependents = really
    work()  # another worker, just now
    return really(self, job, *args, **kwargs)


def see(text):
    redis.flushall()
    parts = [queue.enqueue("builtins.int", text) for _ in range(2)]
    together = queue.enqueue("builtins.len", "abc", depends_on=Dependency(parts, allow_failure=True))
    Queue.enqueue_dependents = enqueue_dependents
    work()
    assert not queue.job_ids
    return Result.count(together)


seen = {"both fail:": see("x"), "both succeed:": see("7")}
for case, times in seen.items():
    print(f"{case:14} the dependent has run {times} times")
if [*seen.values()] != [2, 1]:
    raise SystemExit("changed")
PYTHON
cd "$folder"
for release in "rq==2.12.0 redis==5.3.1" "rq==3.0.0 redis==8.1.0"; do
    venv/bin/pip install --quiet $release "fakeredis[lua]==2.41.0"
    venv/bin/python see.py
done
