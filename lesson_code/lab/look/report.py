"""The findings of a look as text for a terminal."""

from collections import Counter
from collections.abc import Iterator

import click

from lesson_code.lab.look.facts import MISSING, RQ, Found, JobFacts, WorkerFacts
from lesson_code.lab.look.reasons import Reason
from lesson_code.lab.look.risks import risks
from lesson_code.lab.look.words import ago, span

WORKERS = 20  # lines for workers


def report(found: Found, stuck: list[Reason], where: str, job: str | None = None) -> str:
    """Return the text: the stuck jobs first, then the workers, then the risks."""
    lines = [_head(found, where)]
    if stuck:
        lines += ["", click.style("Stuck", bold=True)]
        for one in stuck:
            lines += [f"  {click.style('✗', fg='red')} {one.sentence}", f"    → {one.way_out}"]
    elif job in found.by_id:
        lines += ["", *_about(found, job)]
    else:
        lines += ["", click.style("Nothing is stuck.", fg="green")]
    lines += _section("Workers", [_worker(found, worker) for worker in found.workers[:WORKERS]])
    if len(found.workers) > WORKERS:
        lines.append(f"  … and {len(found.workers) - WORKERS} more")
    lines += _section("Could be lost", [f"• {one}" for one in risks(found)])
    return "\n".join(lines)


def _head(found: Found, where: str) -> str:
    states = Counter(job.state.replace("_", " ") for job in found.jobs if job.state != MISSING)
    told = ", ".join(f"{number:,} {state}" for state, number in states.most_common())
    head = f"{where}: {told or 'no jobs of RQ or ARQ'}."
    if not found.whole:
        head += " There are more: the limit was reached (--most)."
    return head


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", click.style(title, bold=True), *(f"  {line}" for line in lines)] if lines else []


def _worker(found: Found, worker: WorkerFacts) -> str:
    listens = ", ".join(worker.queues) or "no queue"
    if worker.engine != RQ:
        return f"ARQ  {worker.name}: {worker.state}"
    life = "alive" if worker.alive else click.style("silent", fg="red")
    seen = f", last seen {ago(found, worker.heartbeat_at)}" if worker.heartbeat_at else ""
    busy = f", at {worker.job!r}" if worker.job else ""
    clock = ""
    if worker.clock_ahead:
        where = "ahead" if worker.clock_ahead > 0 else "behind"
        clock = f", its clock is {span(abs(worker.clock_ahead))} {where}"
    return f"RQ   {worker.name}: {life}, listens to {listens}{seen}{busy}{clock}"


def _about(found: Found, job: str) -> Iterator[str]:
    for one in found.jobs:
        if one.id == job:
            yield f"{job!r} is {one.state.replace('_', ' ')}{_detail(found, one)}."
            return


def _state(found: Found, one: str) -> str:
    return found.by_id[one].state if one in found.by_id else MISSING


def _detail(found: Found, job: JobFacts) -> str:
    if job.error:
        return f": {job.error}"
    pending = [one for one in job.after if _state(found, one) not in ("finished", MISSING)]
    if job.state == "deferred" and pending:
        return f" and waits for {', '.join(pending)}, which will run or is running"
    return "; nothing blocks it"
