"""The classroom: a Redis, workers, and pictures of what happened."""

from lesson_code.lab.notebook import show, watch
from lesson_code.lab.pictures import job_graph, timeline
from lesson_code.lab.record import Run
from lesson_code.lab.server.address import RedisUnavailable
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.work import work
from lesson_code.lab.stage.work_arq import work_arq

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
