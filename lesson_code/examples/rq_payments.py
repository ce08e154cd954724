"""Payments by RQ: a retry, a note of a failure, and the fallback of the handout."""

from rq import Retry
from rq.job import Job

from lesson_code.worlds import payments


def charge_or_retry(shop: str, order: str) -> str | Retry:
    """Charge the card; while the bank is down ask RQ for another try."""
    try:
        return payments.charge_card(shop, order)
    except payments.BankDown:
        return Retry(max=3)


def note_failure(job: Job, connection, error_type, error, traceback) -> None:
    """A callback for `on_failure`: RQ prescribes these five arguments."""
    shop, *_ = job.args
    what = f"{error_type.__name__}, {job.retries_left} retries left"
    payments.write_log(shop, f"  callback in {job.worker_name}: {what}")


def fallback_job():
    print("Fallback: handling failed job gracefully")
