"""A workflow in RQ: `depends_on` does the work; what is left to us is to check and to sort."""

from rq import Queue
from rq.job import Job

from lesson_code.patterns.workflow import Steps, in_order
from lesson_code.with_rq.chaining import with_parent_results


def enqueue_workflow(queue: Queue, steps: Steps) -> dict[str, Job]:
    """Enqueue a job for each step, parents first. Return the jobs by name.

    A step's name is its job's id. Its task gets the results of its parents, in their order.
    Raises WorkflowError for an unknown parent or a cycle, before anything is enqueued.
    """
    jobs: dict[str, Job] = {}
    for name in in_order(steps):
        task, parents = steps[name]
        after = [jobs[parent] for parent in parents]
        jobs[name] = queue.enqueue(with_parent_results, task, depends_on=after, job_id=name)
    return jobs
