"""A frame of what can be stepped through: pictures side by side, with jobs that can be opened."""

import re
from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from lesson_code.lab.pictures import Picture, job_graph
from lesson_code.lab.pictures.svg import clip
from lesson_code.lab.record import JobRecord, Run
from lesson_code.lab.states import look

BESIDE = "display:inline-block;vertical-align:top;margin-right:1.5em;max-width:100%;overflow-x:auto"
FOLDED = "display:inline-block;vertical-align:top;margin-right:1em"
BOX = "position:absolute;opacity:0;cursor:pointer;padding:0;border:0"
MOST_JOBS, MOST_LETTERS = 30, 300  # of more jobs nobody opens each; of what is told of one
NONE_TRIED: Mapping[str, int] = MappingProxyType({})


def line(words: str) -> str:
    """Return a line of Markdown as HTML; `code` and **bold** are all that it knows."""
    coded = re.sub("`(.+?)`", r"<code>\1</code>", escape(words))
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", coded)


def beside(picture: Picture) -> str:
    """Return the picture as HTML that lets the next one stand on its right."""
    return f'<div style="{BESIDE}">\n{picture._repr_mimebundle_()["text/html"]}\n</div>\n'


def graph(run: Run, tries: Mapping[str, int] = NONE_TRIED) -> str:
    """Return the job graph as HTML. Below it each job can be opened; in a player a click on its
    box does that, too.
    """
    picture = job_graph(run)
    inside = f"{picture.image}\n{_boxes(picture)}"
    image = f'<div style="position:relative;width:fit-content">\n{inside}</div>'
    jobs = "".join(_told(job, tries.get(job.id, 0)) for job in run.jobs[:MOST_JOBS])
    return f'<div style="{BESIDE}">\n{picture.with_notes(image)}\n<div>\n{jobs}</div>\n</div>\n'


def _boxes(picture: Picture) -> str:
    """Return what can be clicked at, over the boxes; the keyboard has what stands below."""
    width, height = picture.size
    return "".join(
        f'<button type="button" tabindex="-1" aria-hidden="true" data-box="{escape(job)}" '
        f'style="{BOX};left:{x / width:.2%};top:{y / height:.2%};'
        f'width:{w / width:.2%};height:{h / height:.2%}"></button>\n'
        for x, y, w, h, job in picture.spots
    )


def _told(job: JobRecord, tries: int) -> str:
    """Return what is known of a job, folded under its name and state."""
    known = {
        "call": job.call or job.task,
        "waits for": ", ".join(job.after),
        "tries": str(tries or ""),
        "result": "" if job.result is None else repr(job.result),
        "error": job.error or "",
    }
    rows = "<br>".join(
        f"<b>{key}</b> <code>{escape(clip(words, MOST_LETTERS))}</code>"
        for key, words in known.items()
        if words
    )
    name = f"{escape(job.id)} {look(job.state).glyph}"
    return (
        f'<details data-job="{escape(job.id)}" style="{FOLDED}">'
        f"<summary>{name}</summary>\n{rows}</details>\n"
    )
