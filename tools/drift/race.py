"""The number of jobs that are left behind when workers finish at once: docs/rq3_race.py."""

import ast
import subprocess
from pathlib import Path

from lesson_code.lab.server import own
from tools import lesson

PROGRAM = lesson.PROJECT / "docs" / "rq3_race.py"
PAIRS = 150  # as many as the program enqueues
RUNS = 3
HEAL = """
import sys
from redis import Redis
from rq import Queue
queue = Queue(connection=Redis.from_url(sys.argv[1]))
if ready := getattr(queue, "ready_job_registry", None):
    ready.cleanup()
print(queue.count)
"""


def left_behind(python: Path) -> dict[str, list[int]]:
    """Return for two and for four workers how many of 150 jobs are left behind, in each run."""
    return {workers: [race(python, workers) for _ in range(RUNS)] for workers in "24"}


def race(python: Path, workers: str) -> int:
    """Run the program with this Python on a server of our own; return how many jobs it left behind.

    Raises RuntimeError if a job is not in the queue after a cleanup of their registry.
    """
    url, pipe = own.start()
    try:
        left = PAIRS - ast.literal_eval(_said(python, PROGRAM, url, workers))["finished"]
        healed = int(_said(python, "-c", HEAL, url))
    finally:
        own.kill(url, pipe)
    if healed != left:
        raise RuntimeError(f"{left} were left behind, and cleanup enqueued {healed}")
    return left


def _said(*command: object) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout
