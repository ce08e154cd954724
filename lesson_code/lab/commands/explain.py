"""`explain`: why is my job waiting?"""

import dataclasses
import json
import os
import sys

import click
from redis import RedisError
from redis.connection import parse_url

from lesson_code.lab.commands.refused import Refused
from lesson_code.lab.look.client import reading_client
from lesson_code.lab.look.explained import Explanation
from lesson_code.lab.look.explained import explain as explained
from lesson_code.lab.look.reader import MOST
from lesson_code.lab.look.report import report
from lesson_code.lab.look.risks import risks
from lesson_code.lab.server.address import clean, mask, reason


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
    url = _usable(url)
    try:
        told = explained(url, queue, job, most)
    except (RedisError, OSError) as error:
        raise Refused(f"cannot read the Redis at {mask(url)}: {_said(error, url)}.") from None
    where = mask(url)
    if as_json:
        click.echo(json.dumps(_data(told, where), indent=2))
    else:
        text = report(told.found, [*told.stuck], where, job)
        click.echo(text, color=None if _colours() else False)
    sys.exit(1 if told.stuck else 0)


def _usable(url: str | None) -> str:
    """Return the address; raise click.UsageError, in one sentence, if it is none."""
    if not url or not url.strip():
        raise click.UsageError("give the URL of a Redis, like redis://localhost:6379/0.")
    url = clean(url)
    try:
        reading_client(url).connection_pool.make_connection()  # it does not connect yet
    except (ValueError, TypeError) as error:
        raise click.UsageError(f"cannot use {mask(url)}: {reason(error)}.") from None
    return url


def _said(error: Exception, url: str) -> str:
    """Return what is wrong in one line, without a password."""
    words = " ".join(reason(error).split()) if isinstance(error, RedisError) else str(error)
    password = parse_url(url).get("password")
    return words.replace(password, "***") if password else words


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
