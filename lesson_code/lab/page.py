"""A sheet of job graphs as one HTML file: it asks for nothing outside, and needs no script."""

from collections.abc import Iterator, Mapping
from html import escape

from lesson_code.lab.pictures.details import details
from lesson_code.lab.pictures.fold import Box
from lesson_code.lab.pictures.heading import Heading
from lesson_code.lab.pictures.sheet import Panel, Sheet
from lesson_code.lab.pictures.svg import clip
from lesson_code.lab.pictures.words import colors, name

MOST_LETTERS = 500  # of one text

# A browser refuses everything that is not in this file itself, whatever a job is called.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1a1a1a; --soft: #595959; --line: #d0d0d0;
  --link: #0b5cad; --here: #fff4ce }
@media (prefers-color-scheme: dark) { :root { --page: #111; --text: #eee; --soft: #b0b0b0;
  --line: #444; --link: #8ab8ff; --here: #3a3413 } }
body { margin: 0; background: var(--page); color: var(--text);
  font: 14px/1.5 system-ui, Roboto, "DejaVu Sans", sans-serif }
main { max-width: 72em; margin: 0 auto; padding: 1.5em }
h1 { font-size: 1.5em; margin: 0 0 .3em; overflow-wrap: anywhere }
h2 { font-size: 1.1em; margin: 0 0 .2em; overflow-wrap: anywhere }
p { margin: .3em 0 } .soft { color: var(--soft) }
section { border-top: 1px solid var(--line); margin-top: 1.2em; padding-top: 1em }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .95em }
code { overflow-wrap: anywhere }
.wide { overflow-x: auto; padding: .4em 0 }
.drawing { position: relative; width: fit-content } .drawing img { display: block }
.drawing a { position: absolute; border-radius: 6px }
.drawing a:hover { outline: 2px solid var(--link) }
summary { cursor: pointer; width: fit-content }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
.jobs { display: flex; flex-wrap: wrap; gap: .2em 1.2em; margin-top: .3em }
.jobs details[open] { flex-basis: 100% }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1em; margin: .2em 0 .6em 1.1em;
  padding: .2em .5em } dl:target { background: var(--here) }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="{policy}"/>
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(drawn: Sheet, head: Heading) -> str:
    """Return the HTML document of a sheet. Each box of its pictures can be opened."""
    parts = [f'<p class="soft">{escape(line)}</p>' for line in head.lines]
    for number, panel in enumerate(drawn.panels):
        parts += _section(panel, number)
    if drawn.more or not drawn.panels:
        parts.append(f"<section><p>{escape(drawn.more or drawn.text)}</p></section>")
    title = escape(head.title)
    return PAGE.format(policy=POLICY, style=STYLE, title=title, body="\n".join(parts))


def _section(panel: Panel, number: int) -> Iterator[str]:
    named, picture = f'aria-labelledby="graph-{number}"', panel.picture
    yield f'<section {named}>\n<h2 id="graph-{number}">{escape(panel.title)}</h2>'
    yield f'<div class="wide" role="group" tabindex="0" {named}>\n<div class="drawing">'
    yield f"{picture.image[:-1]}/>"  # well-formed as XML, too
    links = {box.jobs[0].id: f"box-{number}-{n}" for n, box in enumerate(panel.made)}
    yield from (_link(spot, picture.size, links) for spot in picture.spots)
    yield "</div>\n</div>"
    yield from (f"<p><code>{escape(note)}</code></p>" for note in picture.notes)
    by_id = {box.jobs[0].id: box for box in panel.made}
    yield '<div class="jobs">'
    yield from (_details(by_id[job], panel, links[job]) for *_, job in picture.spots)
    yield "</div>"
    words = f'<pre class="wide" tabindex="0">{escape(panel.text)}</pre>'
    yield f"<details><summary>This picture in words</summary>\n{words}</details>\n</section>"


def _link(spot: tuple, size: tuple[float, float], links: Mapping[str, str]) -> str:
    """Return a link over a box: it opens the details. A keyboard uses the list of details."""
    (x, y, w, h, job), (width, height) = spot, size
    return (
        f'<a href="#{links[job]}" tabindex="-1" aria-hidden="true" style="'
        f"left:{x / width:.2%};top:{y / height:.2%};"
        f'width:{w / width:.2%};height:{h / height:.2%}"></a>'
    )


def _details(box: Box, panel: Panel, link: str) -> str:
    """Return what is known of the job, or of the jobs, in a box."""
    listed = "".join(
        f"<dt>{key}</dt><dd>{escape(clip(words, MOST_LETTERS))}</dd>\n"
        for key, words in details(box, panel.names, panel.attempts).items()
        if words
    )
    title = f"{escape(name(box, panel.names))} {colors(box).glyph}"
    return f'<details><summary>{title}</summary>\n<dl id="{link}">\n{listed}</dl></details>'
