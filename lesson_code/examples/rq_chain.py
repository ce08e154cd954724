"""The first chain with RQ: a task that fetches the result of its dependency itself."""

from rq import get_current_job

from lesson_code.worlds.tasks import task_b


def task_b_by_hand() -> str:
    parent = get_current_job().fetch_dependencies()[0]
    return task_b(parent.return_value())
