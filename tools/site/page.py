"""The front page: its template, filled with pictures of real runs and a list of the notebooks."""

from base64 import b64encode
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from html import escape
from io import StringIO
from pathlib import Path
from string import Template
from types import SimpleNamespace

from rq import Queue, Retry

from lesson_code.lab import Lab, Story, crash_map, every_crash, work
from lesson_code.lab.frame import overview
from lesson_code.lab.pictures import Picture
from lesson_code.lab.record import Fates
from tools import lesson

TEMPLATE = Path(__file__).parent / "front" / "index.html"
CODE = """\
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds.tasks import task_a, task_b, task_c

a = queue.enqueue(task_a, job_id="a")
b = queue.enqueue(pass_results, task_b, depends_on=a, job_id="b")
c = queue.enqueue(pass_results, task_c, depends_on=b, job_id="c")"""
WIDE, NARROW = 480, 320  # px: the crash map on a desktop, on a phone
PHONE = "(max-width: 32em)"
LAB = "lab/index.html?path=notebooks/"


def page() -> str:
    """Return the front page. Its pictures and numbers come from runs of CODE that are made now."""
    printed = StringIO()
    with redirect_stdout(printed):
        lab = Lab()
        enqueue(Queue(connection=lab.redis))
        run = work(lab)
    bare, retried = crashed(enqueue), crashed(enqueue_with_retries)
    heads = [lesson.headline(path) for path in lesson.paths()]
    ours = [one for one in heads if one.is_lesson]
    deeper = [one for one in heads if not one.is_lesson]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        code=escape(CODE, quote=False),
        shown=overview(run),
        printed=escape(printed.getvalue()),
        places=len(bare.fates),
        bare=image(bare),
        bare_lost=lost(bare),
        retried=image(retried),
        retried_lost=lost(retried),
        lesson="\n".join(map(box, ours)),
        number=len(ours),
        read=sum(one.minutes[0] for one in ours),
        practise=sum(one.minutes[1] for one in ours),
        deeper="\n".join(map(item, deeper)),
        more=len(deeper),
        first=deeper[0].file[:2],
        last=deeper[-1].file[:2],
        lab=LAB,
    )


def enqueue(queue: Queue) -> None:
    exec(CODE, {"queue": queue})


def enqueue_with_retries(queue: Queue) -> None:
    exec(CODE, {"queue": SimpleNamespace(enqueue=partial(queue.enqueue, retry=Retry(max=1)))})


def crashed(enqueue: Callable[[Queue], None]) -> Fates:
    with redirect_stdout(StringIO()):
        return every_crash(Story(enqueue))


def lost(fates: Fates) -> int:
    return sum(fate.kind == "lost" for fate in fates.fates)


def image(fates: Fates) -> str:
    """Return the crash map as HTML, with a narrow one for a phone."""
    narrow = address(crash_map(fates, NARROW))
    source = f'<source media="{PHONE}" srcset="{narrow}">'
    return f"<picture>{source}\n{crash_map(fates, WIDE).image}</picture>"


def address(picture: Picture) -> str:
    """Return a data URI without spaces, which end an address in a `srcset`."""
    return f"data:image/svg+xml;base64,{b64encode(picture.svg.encode()).decode()}"


def box(one: lesson.Notebook) -> str:
    """Return a notebook of the lesson as a box of the chain."""
    read, practise = one.minutes
    minutes = f"{read} min to read" + f", {practise} to practise" * (practise > 0)
    name = f"<b>{one.file[:2]}</b> <span>{escape(one.title)} <small>{minutes}</small></span>"
    return f'<li><a href="{LAB}{one.file}">{name}</a></li>'


def item(one: lesson.Notebook) -> str:
    return f'<li><a href="{LAB}{one.file}">{one.file[:2]} {escape(one.title)}</a></li>'
