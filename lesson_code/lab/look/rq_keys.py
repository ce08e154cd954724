"""RQ's keys, from RQ 2.6 to 3.0."""

import os

PREFIX = os.environ.get("RQ_KEY_PREFIX", "rq")  # RQ 3 lets a project choose it
JOB, WORKER, RESULTS = f"{PREFIX}:job:", f"{PREFIX}:worker:", f"{PREFIX}:results:"
QUEUE = f"{PREFIX}:queue:"
QUEUES, WORKERS, SUSPENDED = f"{PREFIX}:queues", f"{PREFIX}:workers", f"{PREFIX}:suspended"
EXECUTION, EXECUTIONS = f"{PREFIX}:execution:", f"{PREFIX}:executions:"
SCHEDULER_LOCK = f"{PREFIX}:scheduler-lock:"
RATE_LIMITS, RATE_LIMIT = f"{PREFIX}:rl-keys", f"{PREFIX}:rl:"  # RQ 3

# The lists of a queue that name jobs: our word, and their key.
LISTS = {"queue": QUEUE + "{}", "taken": QUEUE + "{}:intermediate"}
REGISTRIES = {
    name: f"{PREFIX}:{name}:{{}}"
    for name in ("wip", "deferred", "scheduled", "ready", "failed", "canceled", "finished")
}
COUNTED_ONLY = {"canceled", "finished"}  # they only grow, and their jobs say the same
