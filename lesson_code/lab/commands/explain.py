"""`explain`: why is my job waiting?"""

import dataclasses
import json
import os
import sys

import click

from lesson_code.lab.commands.reading import on_terminal
from lesson_code.lab.commands.refused import Refused
from lesson_code.lab.look.explained import Explanation
from lesson_code.lab.look.explained import explain as explained
from lesson_code.lab.look.reader import MOST
from lesson_code.lab.look.report import report
from lesson_code.lab.look.risks import risks
from lesson_code.lab.server.address import CannotLook, clean, looking, mask


@click.command()
@click.argument("url", envvar="REDIS_URL", required=False)
@click.option("--queue", help="Only the jobs of this queue, and those they are connected with.")
@click.option("--job", metavar="ID", help="Only this job, and those it is connected with.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=MOST,
    show_default=True,
    help="Read at most so many jobs of each library.",
)
def explain(url: str | None, queue: str | None, job: str | None, as_json: bool, most: int) -> None:
    """Say why jobs of RQ and ARQ wait, and how to go on.

    URL is like redis://localhost:6379/0, rediss://user:password@host or unix:///path; its default
    is REDIS_URL.

    The command only reads. It exits with 1 if a job is stuck, with 0 if none is, and with 2 if it
    cannot read. A crash of a worker shows when Redis has forgotten the worker. This takes up to
    90 seconds during a job of RQ, up to 8 minutes for an idle worker of RQ, and up to an hour for
    one of ARQ.
    """
    if not url or not url.strip():
        raise click.UsageError("give the URL of a Redis, like redis://localhost:6379/0.")
    url = clean(url)
    try:
        with looking(url), on_terminal() as progress:
            told = explained(url, queue, job, most, progress)
    except CannotLook as error:
        raise Refused(str(error)) from None
    where = mask(url)
    if as_json:
        click.echo(json.dumps(_data(told, where), indent=2))
    else:
        text = report(told.found, [*told.stuck], where, job)
        click.echo(text, color=None if _colours() else False)
    sys.exit(1 if told.stuck else 0)


def _colours() -> bool:
    return not os.environ.get("NO_COLOR")


def _data(told: Explanation, where: str) -> dict:
    found = told.found
    return {
        "redis": where,
        "stuck": [dataclasses.asdict(one) for one in told.stuck],
        "workers": [dataclasses.asdict(one) for one in found.workers],
        "queues": [dataclasses.asdict(one) for one in found.queues],
        "could_be_lost": risks(found),
        "server": dataclasses.asdict(found.server),
        "jobs_read": len(found.jobs),
        "whole": found.whole,
    }
