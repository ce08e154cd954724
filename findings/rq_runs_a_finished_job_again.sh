#!/usr/bin/env bash
# When a job of RQ has succeeded, its worker stores the result and removes the job from the registry
# of started jobs, in one transaction. If another process changes a watched key meanwhile (a dependent is
# added, or a sibling ends in a fan-in), the worker builds the transaction again. But the first
# attempt has already set `worker.execution` to None, so the second one removes nothing from the
# registry. A later cleanup then takes the finished job for one whose worker has crashed: it queues
# the job again if it has a retry left, and else marks it as failed. rq 2.12.0; also 2.6.1, not 3.0.0.
#
# What it means: without any crash, a finished job can run twice, minutes later. With two workers
# and several parents of one job this is a matter of timing.
#
# Seen on 2026-11-30 with Python 3.11.7:
#   after the work: finished, in the registry of started jobs: 1
#   after a cleanup: queued again, in the queue: ['charge']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet rq==2.12.0 redis==5.3.1 "fakeredis[lua]==2.40.0"
cd "$folder"
venv/bin/python - <<'PYTHON'
import time

from fakeredis import FakeStrictRedis
from rq import Queue, Retry, SimpleWorker
from rq.job import Job

redis = FakeStrictRedis()
queue = Queue(connection=redis)
charge = queue.enqueue("builtins.len", "abc", job_id="charge", retry=Retry(max=1))
really, late = Queue.enqueue_dependents, []


def enqueue_dependents(self, job, *args, **kwargs):
    found = really(self, job, *args, **kwargs)
    if not late:  # another process adds a dependent just now
        late.append(Queue(connection=redis).enqueue("builtins.len", "abc", depends_on=charge))
    return found


Queue.enqueue_dependents = enqueue_dependents
SimpleWorker([queue], connection=redis).work(burst=True, logging_level="CRITICAL")
state, started = charge.get_status().value, queue.started_job_registry
left = redis.zcard(started.key)
print(f"after the work: {state}, in the registry of started jobs: {left}")
started.cleanup(time.time() + 1000)
again = charge.get_status().value
print(f"after a cleanup: {again} again, in the queue: {queue.job_ids}")
if (state, left, again, queue.job_ids) != ("finished", 1, "queued", ["charge"]):
    raise SystemExit("changed")
PYTHON
