#!/usr/bin/env bash
# A job of RQ remembers the ids of `depends_on`, and `fetch_dependencies()` returns those jobs. The
# property `dependency_ids` looks elsewhere: in a set that is written only if the job had to wait.
# So a job that was enqueued after its dependency had finished says that it depends on nothing,
# although `fetch_dependencies()` returns the dependency. rq 2.12.0.
#
# What it means: code that asks `dependency_ids` whether it is first in a chain is right in a test
# that enqueues everything at once, and wrong when a job is enqueued late, or in a synchronous queue
# (`is_async=False`), where each job has ended before the next one is enqueued.
#
# Seen on 2026-11-30 with Python 3.11.7:
#   early: dependency_ids ['a'], fetched ['a']
#   late:  dependency_ids [], fetched ['a']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet rq==2.12.0 redis==5.3.1 "fakeredis[lua]==2.40.0"
cd "$folder"
venv/bin/python - <<'PYTHON'
from fakeredis import FakeStrictRedis
from rq import Queue, SimpleWorker
from rq.job import Job

redis = FakeStrictRedis()
queue = Queue(connection=redis)


def work():
    SimpleWorker([queue], connection=redis).work(burst=True, logging_level="CRITICAL")


first = queue.enqueue("builtins.len", "abc", job_id="a")
queue.enqueue("builtins.len", "abc", depends_on=first, job_id="early")
work()
queue.enqueue("builtins.len", "abc", depends_on=first, job_id="late")
work()

told = {}
for name in ("early", "late"):
    job = Job.fetch(name, connection=redis)
    told[name] = job.dependency_ids, [one.id for one in job.fetch_dependencies()]
    print(f"{name + ':':6} dependency_ids {told[name][0]}, fetched {told[name][1]}")
if told != {"early": (["a"], ["a"]), "late": ([], ["a"])}:
    raise SystemExit("changed")
PYTHON
