"""`prove`: play every crash and every order of a chain, and say what becomes of its jobs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lesson_code.lab.stage.crashes import Progress

FEW = 30  # runs: so few need no progress bar


@click.command(short_help="Crash the worker of a chain at every place.")
@click.argument("target", metavar="MODULE:FUNCTION")
@click.option("--queues", metavar="NAMES", help="Call it with these queues, as high,low.")
@click.option(
    "--arq", "settings", metavar="MODULE:CLASS", help="The WorkerSettings, for a chain of ARQ."
)
@click.option(
    "--effects",
    multiple=True,
    metavar="MODULE:FUNCTION",
    help="Functions whose calls count: none may be lost, none may happen twice. Repeatable.",
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--crashes",
    type=click.IntRange(0, 2),
    default=1,
    show_default=True,
    help="The most workers that crash in a run.",
)
@click.option(
    "--orders",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="How often workers take turns out of order in a run.",
)
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="The most runs with crashes, and the most in other orders.",
)
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(["twice", "lost"]),
    help="Accept this harm, as `twice` where an effect may happen again.",
)
@click.option("--requeue", is_flag=True, help="An operator requeues the failed jobs.")
@click.option("--serializer", metavar="NAME", help="As for `rq worker`: json, or a class.")
@click.option("--job-class", metavar="CLASS", help="As for `rq worker`: mypackage.jobs.Job.")
@click.option("--queue-class", metavar="CLASS", help="As for `rq worker`.")
@click.option("--token", help="Play this run only, and show its steps.")
@click.option("--real", is_flag=True, help="Kill real workers with `kill -9`, on a server of ours.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    default="crash_map.html",
    show_default=True,
    help="Where to write the map as a page.",
)
@click.option("--no-html", is_flag=True, help="Write no page.")
def prove(
    target: str,
    token: str | None,
    real: bool,
    html: Path,
    no_html: bool,
    crashes: int,
    orders: int,
    budget: int,
    allow: tuple[str, ...],
    **of_story: Any,
) -> None:
    """Play the chain that MODULE:FUNCTION enqueues, and crash its worker at every place.

    The function gets RQ's queues, or with --arq a pool of ARQ's. It is played on an embedded Redis;
    no server is needed. Exit code 0: unharmed. 1: a run loses a job or an effect, repeats an
    effect, or hangs. 2: the chain cannot be played.

    Example: prove mypackage.flows:enqueue_order --queues high,low --effects mypackage.bank:charge
    """
    sys.path.insert(0, os.getcwd())  # as `rq worker` does
    from lesson_code.lab.commands.proof_page import page_of
    from lesson_code.lab.commands.proving import CannotPlay, story_of, told_in_words
    from lesson_code.lab.stage.crashes import play
    from lesson_code.lab.stage.stillness import in_silence_of_tasks
    from lesson_code.lab.stage.survives import survey_of, survey_of_crashes

    try:
        story = story_of(target, **of_story)
        with told_in_words(), _progress() as progress:
            if token:
                with in_silence_of_tasks():
                    fate = play(story, token)
                click.echo(str(fate))
                sys.exit(fate.kind != "unharmed")
            if real:
                from lesson_code.lab.commands.real_story import really_killed

                killed = really_killed({"target": target, **of_story}, budget, progress)
                survey = survey_of_crashes(story, killed, allow)
            else:
                survey = survey_of(story, (), crashes, orders, budget, allow, progress)
    except CannotPlay as why:
        raise click.UsageError(str(why)) from why
    see = f"To see a run, add: --token {survey.worst.token}" if survey.harmful else ""
    click.echo("\n".join(survey.lines(see)))
    if not no_html:
        html.write_text(page_of(survey), encoding="utf-8")
        click.echo(f"The page with the map: {html}", err=True)
    sys.exit(bool(survey.harmful))


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Yield a function that shows the number of runs on a terminal, if there are many."""
    bars: list = []
    terminal = sys.stderr  # the runs themselves are silenced

    def show(played: int, of: int) -> None:
        if not terminal.isatty() or of < FEW:
            return
        if played == 1 or not bars:
            bars[:] = [click.progressbar(length=of, label="runs", file=terminal)]
        bars[0].length = of
        bars[0].update(played - bars[0].pos)
        if played == of:
            bars[0].render_finish()

    yield show
    if bars:
        bars[0].render_finish()
