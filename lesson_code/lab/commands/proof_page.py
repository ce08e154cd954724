"""The page of a proof: one file, for light and dark screens, with no request to outside."""

from collections.abc import Iterator
from html import escape

from lesson_code.lab.pictures import crash_map
from lesson_code.lab.record import Fate, Fates
from lesson_code.lab.stage.survey import Survey
from lesson_code.lab.states import FATES

FEW = 5  # sentences of each kind
WIDTH = 900  # px of the picture

REPLAY = "<p>To see the steps of a run, add its name to the command: <code>--token {}</code></p>\n"

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em;
       background: Canvas; color: CanvasText }}
.picture {{ overflow-x: auto }}
li {{ margin: .4em 0 }}
code {{ font-family: ui-monospace, monospace; overflow-wrap: anywhere }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{verdict}</p>
"""


def page_of(survey: Survey) -> str:
    """Return the page: the verdict, the maps, the first sentences of each harm, the warnings."""
    title = f"Does {survey.name} survive?"
    parts = [HEAD.format(title=escape(title), verdict=f"{escape(survey.verdict())}.")]
    for heading, fates in (("Crashes", survey.crashes), ("Other orders", survey.orders)):
        if fates.fates:
            parts += _section(heading, fates)
    if survey.harmful:
        parts.append(REPLAY.format(escape(survey.worst.token)))
    if survey.warnings:
        parts.append("<h2>What was not played</h2>\n")
        parts.append(_list(escape(one) for one in survey.warnings))
    return "".join([*parts, "</body>\n</html>\n"])


def _section(heading: str, fates: Fates) -> Iterator[str]:
    picture = crash_map(fates, WIDTH)
    yield f'<h2>{heading}</h2>\n<div class="picture">{picture.image}</div>\n'
    for kind, look in FATES.items():
        found = [fate for fate in fates.fates if fate.kind == kind]
        if found and kind != "unharmed":
            yield f"<h3>{look.glyph} {kind}: {len(found):,}</h3>\n"
            told = list({_job(fate): fate for fate in reversed(found)}.values())[::-1][:FEW]
            yield _list(_told(fate) for fate in told)
            others = [f"<code>{escape(one.token)}</code>" for one in found if one not in told]
            if others:
                yield f"<p>The others: {' '.join(others)}</p>\n"


def _job(fate: Fate) -> str:
    """Return the job with which a worker was busy when it crashed; of an order, its own token."""
    return fate.steps[fate.crashes[0]].job if fate.crashes else fate.token


def _told(fate: Fate) -> str:
    return f"<code>{escape(fate.token)}</code> {escape(fate.says.replace('`', ''))}"


def _list(items: Iterator[str]) -> str:
    return "".join(["<ul>\n", *(f"<li>{item}</li>\n" for item in items), "</ul>\n"])
