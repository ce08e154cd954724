#!/usr/bin/env bash
# `Queue.enqueue_job` checks the dependencies of a job, and its docstring says that it enqueues. A job
# that is deferred stays deferred even when nothing blocks it: its only dependency was deleted,
# or has finished without releasing it. The call raises nothing and returns the job.
# `DeferredJobRegistry.requeue` puts the same job into its queue. rq 2.12.0 and 3.0.0.
#
# What it means: `enqueue_job(Job.fetch(...))` is no repair for a dependent that was left behind. A
# script that "enqueues all stuck jobs again" with it changes nothing, and reports success.
#
# Seen on 2026-11-30 with Python 3.11.7, for both releases:
#   the dependency was deleted:   enqueue_job: deferred, requeue: finished
#   the dependency has finished:  enqueue_job: deferred, requeue: finished
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
cat >"$folder/see.py" <<'PYTHON'
from fakeredis import FakeStrictRedis
from rq import Queue, SimpleWorker
from rq.job import Job

redis = FakeStrictRedis()
queue = Queue(connection=redis)


def work():
    SimpleWorker([queue], connection=redis).work(burst=True, logging_level="CRITICAL")


def after(repair):
    repair()
    work()
    return Job.fetch("b", connection=redis).get_status().value


def see(happens):
    redis.flushall()
    first = queue.enqueue("builtins.len", "abc", job_id="a")
    queue.enqueue("builtins.len", "abc", depends_on=first, job_id="b")
    happens(first)
    work()
    return {
        "enqueue_job": after(lambda: queue.enqueue_job(Job.fetch("b", connection=redis))),
        "requeue": after(lambda: queue.deferred_job_registry.requeue("b")),
    }


def forget_the_dependents(job):  # as a worker that crashes before it releases them
    redis.delete(job.dependents_key)


seen = {
    "the dependency was deleted:": see(lambda job: job.delete()),
    "the dependency has finished:": see(forget_the_dependents),
}
for what, states in seen.items():
    print(f"{what:29} " + ", ".join(f"{call}: {state}" for call, state in states.items()))
if any(one != {"enqueue_job": "deferred", "requeue": "finished"} for one in seen.values()):
    raise SystemExit("changed")
PYTHON
cd "$folder"
for release in 2.12.0 3.0.0; do
    "$folder/venv/bin/pip" install --quiet "rq==$release" redis==5.3.1 "fakeredis[lua]==2.40.0"
    venv/bin/python see.py
done
