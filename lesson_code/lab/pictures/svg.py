"""Plain SVG: a few shapes, one to a line; and how a notebook shows and stores them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from lesson_code.lab.states import State

EDGE = "#808080"  # visible on a white and on a dark page
FONT = "system-ui, Roboto, DejaVu Sans, sans-serif"
LINE = 1.5  # px: how wide lines are drawn
LETTER = 7.2  # the width of a letter of the bold label, in px, rounded up
EM = 14  # px: the letters of a page on which the picture has its nominal size
MOST_ALT, MOST_OUTCOME = 300, 60  # letters, in the text for a screen reader


@dataclass(frozen=True)
class Picture:
    """A drawing (`svg`), the same in words (`text`, one line a job), and notes below it.

    `spots` holds the areas of the drawing: x, y, width, height, and a name.
    """

    svg: str
    text: str
    title: str
    notes: tuple[str, ...] = ()
    spots: tuple[tuple[float, float, float, float, str], ...] = ()

    def __str__(self) -> str:
        return self.text

    @property
    def size(self) -> tuple[float, float]:
        """Return the width and height, in px."""
        width, height = re.search(r'width="([\d.]+)" height="([\d.]+)"', self.svg).groups()
        return float(width), float(height)

    @property
    def image(self) -> str:
        """Return an <img>: unlike an <svg> it is shown in a notebook that is not trusted yet.

        Its width is counted in letters, so it grows with the letters of the page. Its own letters
        stay readable: a page that is too narrow for it scrolls.
        """
        data = self.svg
        for char, code in (("%", "%25"), ("#", "%23"), ("&", "%26"), ('"', "'")):
            data = data.replace(char, code)
        style = f"width:{self.size[0] / EM:.4g}em;max-width:none"
        alt = escape(alt_text(self.title, self.text))
        return f'<img alt="{alt}"\nstyle="{style}"\nsrc="data:image/svg+xml,{data}">'

    def with_notes(self, image: str) -> str:
        """Return the notes below the image, which may have HTML around it."""
        return "\n".join([image, *(f"<div><code>{escape(n)}</code></div>" for n in self.notes)])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.with_notes(self.image), "text/plain": self.text}


def alt_text(title: str, text: str) -> str:
    """Return the lines of `text` as one of at most MOST_ALT letters.

    If it leaves lines out, it says how many.
    """
    outcome = re.compile(rf"(?<=  [→!] )(.{{{MOST_OUTCOME - 1}}}).{{2,}}")
    lines = [re.sub(" {2,}", " ", outcome.sub(r"\1…", line)) for line in text.splitlines()]
    for kept in range(len(lines), -1, -1):
        more = f"and {len(lines) - kept} more" * (kept < len(lines))
        alt = f"{title}: " + "; ".join([*lines[:kept], *filter(None, [more])])
        if len(alt) <= MOST_ALT:
            return alt
    return alt[:MOST_ALT]


def document(width: float, height: float, shapes: Iterable[str]) -> str:
    """Return the drawing; attributes that most shapes share are written once, at its top."""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    look = f'font-family="{FONT}" font-size="12" text-anchor="middle" stroke-width="{LINE:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>'
    return "\n".join([head, *shapes, "</svg>"])


def box(x: float, y: float, width: float, height: float, look: State) -> str:
    dashes = ' stroke-dasharray="5 3"' if look.dashed else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="{look.fill}" stroke="{look.line}"{dashes}/>'
    )


def label(x: float, y: float, words: str, color: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}"{weight} fill="{color}">{escape(words)}</text>'


def line(path: str, color: str, dashes: str = "", width: float = LINE) -> str:
    more = f' stroke-dasharray="{dashes}"' if dashes else ""
    more += f' stroke-width="{width:g}"' if width != LINE else ""
    return f'<path d="{path}" fill="none" stroke="{color}"{more}/>'


def head(x: float, y: float, color: str, back: bool = False) -> str:
    """Return the head of an arrow with its tip at x, y; with `back` it points to the left."""
    foot = x + 8 if back else x - 8
    return f'<path d="M{foot:g} {y - 4:g}L{x:g} {y:g}L{foot:g} {y + 4:g}Z" fill="{color}"/>'


def sign(x: float, y: float, strokes: str, color: str) -> str:
    """Return a white sign on a disc: `strokes` is a path around 0, 0."""
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="7.5" fill="{color}"/>\n'
        f'<path d="{strokes}" transform="translate({x:g} {y:g})" fill="none" stroke="#ffffff" '
        f'stroke-width="2"/>'
    )


def clip(words: str, most: int = 26) -> str:
    """Shorten `words` in the middle to at most `most` letters."""
    half = most // 2
    return words if len(words) <= most else f"{words[: most - half]}…{words[1 - half :]}"
