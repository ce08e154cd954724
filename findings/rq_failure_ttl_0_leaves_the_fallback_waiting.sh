#!/usr/bin/env bash
# `failure_ttl=0` of RQ keeps nothing of a failed job. It also deletes the list of its dependents, before
# they are enqueued. A dependent that allows failures, which should run now, stays deferred forever.
# With `failure_ttl=1` it runs. `result_ttl=0` does not do this to a job that succeeds: RQ enqueues
# the dependents first. rq 2.12.0 and 3.0.0.
#
# What it means: a job that has a fallback needs a failure_ttl above 0, even if you do not want to
# keep failed jobs.
#
# Seen on 2026-11-30 with Python 3.11.7, for both releases:
#   the job fails, failure_ttl=None:   the dependent is finished
#   the job fails, failure_ttl=1:      the dependent is finished
#   the job fails, failure_ttl=0:      the dependent is deferred
#   the job succeeds, result_ttl=0:    the dependent is finished
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
cat >"$folder/see.py" <<'PYTHON'
from fakeredis import FakeStrictRedis
from rq import Queue, SimpleWorker
from rq.job import Dependency

redis = FakeStrictRedis()
queue = Queue(connection=redis)


def see(text, **kept):
    redis.flushall()
    job = queue.enqueue("builtins.int", text, **kept)
    fallback = Dependency(job, allow_failure=True)
    dependent = queue.enqueue("builtins.len", "abc", depends_on=fallback)
    SimpleWorker([queue], connection=redis).work(burst=True, logging_level="CRITICAL")
    return dependent.get_status().value


seen = {
    "the job fails, failure_ttl=None:": see("x", failure_ttl=None),
    "the job fails, failure_ttl=1:": see("x", failure_ttl=1),
    "the job fails, failure_ttl=0:": see("x", failure_ttl=0),
    "the job succeeds, result_ttl=0:": see("7", result_ttl=0),
}
for case, state in seen.items():
    print(f"{case:34} the dependent is {state}")
if [*seen.values()] != ["finished", "finished", "deferred", "finished"]:
    raise SystemExit("changed")
PYTHON
cd "$folder"
for release in "rq==2.12.0 redis==5.3.1" "rq==3.0.0 redis==8.1.0"; do
    venv/bin/pip install --quiet $release "fakeredis[lua]==2.41.0"
    venv/bin/python see.py
done
