"""`draw`: a picture of the jobs of any Redis."""

from datetime import UTC, datetime
from pathlib import Path

import click

from lesson_code.lab.commands.reading import on_terminal
from lesson_code.lab.commands.refused import Refused
from lesson_code.lab.look.as_run import printable
from lesson_code.lab.look.chosen import read_chosen
from lesson_code.lab.look.facts import ARQ
from lesson_code.lab.page import page
from lesson_code.lab.pictures.heading import Heading, heading
from lesson_code.lab.pictures.mermaid import flowchart
from lesson_code.lab.pictures.poster import poster
from lesson_code.lab.pictures.sheet import Sheet, sheet
from lesson_code.lab.server.address import CannotLook, clean, looking, mask

HIDDEN = "Arguments, results and the messages of errors are hidden; --show-data shows them."
NO_ARROWS = "ARQ stores no dependencies, so no arrows lead to its jobs."
NOT_WHOLE = "This Redis has more jobs; they were not read."


def words(drawn: Sheet, head: Heading) -> str:
    """Return the sheet in words."""
    return f"{head}\n\n{drawn.text}\n"


FORMATS = {".html": page, ".svg": poster, ".txt": words, ".mmd": flowchart}


@click.command()
@click.argument("url", envvar="REDIS_URL")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="The file to write: .html is a page whose boxes can be opened, .svg a drawing,"
    " .txt the same in words, .mmd a flowchart for Mermaid. An existing file is replaced.",
)  # fmt: skip
@click.option("--job", metavar="ID", help="Only this job and those it is connected with.")
@click.option("--run", "name", metavar="NAME", help="Only jobs with ids like NAME-step, NAME:step.")
@click.option("--queue", metavar="NAME", help="Only the jobs of this queue.")
@click.option("--show-data", is_flag=True, help="Show arguments, results and messages of errors.")
def draw(
    url: str,
    output: Path | None,
    job: str | None,
    name: str | None,
    queue: str | None,
    show_data: bool,
) -> None:
    """Draw the jobs of RQ and ARQ in the Redis at URL.

    URL is like redis://localhost:6379/0, rediss://user:password@host or unix:///path; its default
    is REDIS_URL. The command only reads. Without -o, the picture is printed in words.

    A job is drawn together with all jobs that dependencies connect with it. Graphs that look the
    same are drawn once. Arguments and results are hidden.
    """
    ending = output.suffix.lower() if output else ".txt"
    if ending not in FORMATS:
        known = ", ".join(FORMATS)
        raise Refused(f"the name {output} has to end with one of {known}.")
    url = clean(url)
    try:
        with looking(url), on_terminal() as progress:
            run, found = read_chosen(url, job, name, queue, show_data, progress)
    except CannotLook as error:
        raise Refused(str(error)) from None
    shown = run.states
    remarks = {
        HIDDEN: not show_data,
        NO_ARROWS: any(one.engine == ARQ and one.id in shown for one in found.jobs),
        NOT_WHOLE: not found.whole,
    }
    told = [remark for remark, holds in remarks.items() if holds]
    time = f"{datetime.fromtimestamp(found.server.now, UTC):%Y-%m-%d at %H:%M} UTC"
    text = FORMATS[ending](sheet(run), heading(run, printable(mask(url)), time, told))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"cannot write {output}: {error.strerror}.") from None
    click.echo(f"Wrote {output}: {len(run.jobs):,} jobs.")
