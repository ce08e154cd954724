"""Features of RQ that send commands of their own, each used once. They run with RQ 2.12 and 3.0."""

from datetime import timedelta

from rq import Callback, Queue, Retry, SimpleWorker, Worker
from rq.job import Dependency, Job
from rq.results import Result


def fine() -> str:
    return "fine"


def fails() -> None:
    raise ValueError("as planned")


def tell(job: Job, *args: object) -> None:
    """Do nothing, as a callback."""


def work(*queues: Queue, kind: type[Worker] = SimpleWorker, **options: object) -> None:
    worker = kind([*queues], connection=queues[0].connection)
    worker.work(logging_level="CRITICAL", **options)


def dependencies(queue: Queue) -> None:
    first = queue.enqueue(fine, job_id="first", meta={"of": "us"})
    broken = queue.enqueue(fails, job_id="broken", retry=Retry(max=1))
    queue.enqueue(fine, depends_on=first)
    queue.enqueue(fine, depends_on=Dependency([first, broken], allow_failure=True))
    queue.enqueue(fine, depends_on=broken)
    queue.enqueue_many([Queue.prepare_data(fine), Queue.prepare_data(fine, job_id="many")])
    queue.enqueue(fine, at_front=True, on_success=Callback(tell), on_failure=Callback(tell))
    work(queue, burst=True)
    queue.failed_job_registry.requeue("broken")
    work(queue, Queue("other", connection=queue.connection), burst=True)
    queue.enqueue(fine)
    work(queue, burst=True, kind=Worker)  # it forks


def looks(queue: Queue) -> None:
    job = queue.enqueue(fine, job_id="seen", result_ttl=60)
    assert queue.get_job_position("seen") == 0 and queue.get_job_ids() == ["seen"]
    work(queue, burst=True)
    job.refresh()
    job.meta["seen"] = True
    job.save_meta()
    assert job.latest_result(timeout=1) and job.latest_result() and Result.count(job) == 1
    assert job.results() and job.return_value() and job.get_status() and job.get_meta()
    assert Queue.all(queue.connection) and not Worker.all(queue.connection)
    assert Worker.count(queue=queue) == len(queue) == 0
    assert (
        queue.finished_job_registry.get_expiration_time(job) and job in queue.finished_job_registry
    )
    assert Job.fetch_many(["seen", "none"], queue.connection)[1] is None


def changes(queue: Queue) -> None:
    jobs = [queue.enqueue(fine, job_id=f"changed-{number}", ttl=60) for number in range(5)]
    deferred = queue.enqueue(fine, depends_on=jobs[0])
    queue.compact()
    jobs[0].cancel(enqueue_dependents=True)
    jobs[1].cancel()
    jobs[2].delete(delete_dependents=True)
    deferred.cancel()
    queue.remove(jobs[3])
    jobs[3].cleanup(60)
    jobs[3].cleanup(-1)
    queue.empty()
    queue.delete(delete_jobs=True)


def unique(queue: Queue) -> None:
    for refused in (False, True):
        try:
            queue.enqueue(fine, job_id="one", unique=True)
            queue.enqueue_in(timedelta(seconds=9), fine, job_id="two", unique=True)
        except Exception as error:
            assert refused and "Duplicate" in type(error).__name__


FEATURES = [dependencies, looks, changes, unique]
