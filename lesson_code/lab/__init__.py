"""The classroom: a Redis, workers, and pictures of what happened."""

from lesson_code.lab.address import RedisUnavailable
from lesson_code.lab.arq_run import work_arq
from lesson_code.lab.notebook import show, watch
from lesson_code.lab.pictures import job_graph, timeline
from lesson_code.lab.redis import Lab
from lesson_code.lab.run import Run
from lesson_code.lab.workers import work

__all__ = [
    "Lab",
    "RedisUnavailable",
    "Run",
    "job_graph",
    "show",
    "timeline",
    "watch",
    "work",
    "work_arq",
]
