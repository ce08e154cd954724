"""A frame of a player: pictures side by side, with jobs that can be opened."""

import re
from collections.abc import Iterable, Mapping
from html import escape

from lesson_code.lab.pictures import Picture, job_graph, timeline
from lesson_code.lab.pictures.svg import clip
from lesson_code.lab.pictures.words import look_of
from lesson_code.lab.record import JobRecord, Run

AS_TEXT = {"font_size": "var(--jp-content-font-size1)"}  # the style of a widget: as other text
WRAPS = "lesson-wraps"  # the class of a button whose words may need several lines; needs STYLE
STYLE = f"<style>.jupyter-button.{WRAPS} {{white-space:normal;height:auto;text-align:left}}</style>"
BESIDE = "display:inline-block;vertical-align:top;margin-right:1.5em;max-width:100%;overflow-x:auto"
FOLDED = "display:inline-block;vertical-align:top;margin-right:1em"
BOX = "position:absolute;opacity:0;cursor:pointer;padding:0;border:0"
MOST_JOBS, MOST_LETTERS = 30, 300  # jobs that can be opened; letters of one text


def line(words: str) -> str:
    """Return a line of Markdown as HTML; it knows only `code`, **bold** and *emphasis*."""
    coded = re.sub("`(.+?)`", r"<code>\1</code>", escape(words))
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", coded)
    return re.sub(r"(?<![\w*])\*(\w[^*<]*?)\*(?![\w*])", r"<em>\1</em>", bold)


def lines(texts: Iterable[str]) -> str:
    """Return a paragraph of HTML for each of these lines of Markdown."""
    return "".join(f"<p>{line(text)}</p>" for text in texts)


def beside(picture: Picture) -> str:
    """Return the picture as HTML that allows the next one on its right."""
    return f'<div style="{BESIDE}">\n{picture._repr_mimebundle_()["text/html"]}\n</div>\n'


def overview(run: Run) -> str:
    """Return the job graph and the timeline as HTML."""
    return graph(run) + beside(timeline(run))


def graph(run: Run) -> str:
    """Return the job graph as HTML. Below it each job can be opened.

    In a player a click on the job's box opens it, too.
    """
    picture = job_graph(run)
    inside = f"{picture.image}\n{_boxes(picture)}"
    image = f'<div style="position:relative;width:fit-content">\n{inside}</div>'
    attempts = run.attempts
    jobs = "".join(_told(job, run.names, attempts.get(job.id, 0)) for job in run.jobs[:MOST_JOBS])
    return f'<div style="{BESIDE}">\n{picture.with_notes(image)}\n<div>\n{jobs}</div>\n</div>\n'


def _boxes(picture: Picture) -> str:
    """Return the clickable areas over the boxes; a keyboard uses the list below them."""
    width, height = picture.size
    return "".join(
        f'<button type="button" tabindex="-1" aria-hidden="true" data-box="{escape(job)}" '
        f'style="{BOX};left:{x / width:.2%};top:{y / height:.2%};'
        f'width:{w / width:.2%};height:{h / height:.2%}"></button>\n'
        for x, y, w, h, job in picture.spots
    )


def _told(job: JobRecord, names: Mapping[str, str], attempts: int) -> str:
    """Return all details of a job, folded under its name and state."""
    known = {
        "id": job.id if names[job.id] != job.id else "",
        "call": job.call or job.task,
        "waits for": ", ".join(names.get(one, one) for one in job.after),
        "attempts": str(attempts or ""),
        "result": "" if job.result is None else repr(job.result),
        "error": job.error or "",
    }
    rows = "<br>".join(
        f"<b>{key}</b> <code>{escape(clip(words, MOST_LETTERS))}</code>"
        for key, words in known.items()
        if words
    )
    name = f"{escape(names[job.id])} {look_of(job).glyph}"
    return (
        f'<details data-job="{escape(job.id)}" style="{FOLDED}">'
        f"<summary>{name}</summary>\n{rows}</details>\n"
    )
