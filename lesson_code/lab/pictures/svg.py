"""Plain SVG: a few shapes, one to a line, and how a notebook shows and stores them."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from lesson_code.lab.states import Look

EDGE = "#808080"  # to be seen on white and on a dark page
FONT = "system-ui, Roboto, DejaVu Sans, sans-serif"
LETTER = 7.2  # the width of a letter of the bold label, in px: on the safe side


@dataclass(frozen=True)
class Picture:
    """A drawing (`svg`), the same in words (`text`, one line a job), and notes to put below."""

    svg: str
    text: str
    title: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return an <img>: unlike an <svg> it is shown in a notebook that is not trusted yet."""
        data = self.svg
        for char, code in (("%", "%25"), ("#", "%23"), ("&", "%26"), ('"', "'")):
            data = data.replace(char, code)
        alt = escape(f"{self.title}: " + "; ".join(self.text.splitlines()))
        image = f'<img alt="{alt}"\nsrc="data:image/svg+xml,{data}">'
        notes = [f"<div><code>{escape(note)}</code></div>" for note in self.notes]
        return {"text/html": "\n".join([image, *notes]), "text/plain": self.text}


def document(width: float, height: float, shapes: Iterable[str]) -> str:
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}">'
    return "\n".join([head, *shapes, "</svg>"])


def box(x: float, y: float, width: float, height: float, look: Look) -> str:
    dashes = ' stroke-dasharray="5 3"' if look.dashed else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="{look.fill}" stroke="{look.line}" stroke-width="1.5"{dashes}/>'
    )


def label(x: float, y: float, words: str, color: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="12"{weight} '
        f'fill="{color}">{escape(words)}</text>'
    )


def arrow(
    x1: float, y1: float, x2: float, y2: float, dashed: bool = False, color: str = EDGE
) -> str:
    """A curve from left to right that ends in a head."""
    dashes = ' stroke-dasharray="5 3"' if dashed else ""
    bend = min(40, (x2 - x1) / 2)
    return (
        f'<path d="M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - 7 - bend:g} {y2:g} {x2 - 7:g} {y2:g}" '
        f'fill="none" stroke="{color}" stroke-width="1.5"{dashes}/>\n'
        f'<path d="M{x2 - 8:g} {y2 - 4:g}L{x2:g} {y2:g}L{x2 - 8:g} {y2 + 4:g}Z" fill="{color}"/>'
    )


def arc(x1: float, y1: float, x2: float, y2: float) -> str:
    """A curve from bottom to bottom that goes back to the left: in a graph, part of a cycle."""
    return (
        f'<path d="M{x1:g} {y1:g}C{x1:g} {y1 + 28:g} {x2:g} {y2 + 28:g} {x2:g} {y2 + 7:g}" '
        f'fill="none" stroke="{EDGE}" stroke-width="1.5"/>\n'
        f'<path d="M{x2 - 4:g} {y2 + 8:g}L{x2:g} {y2:g}L{x2 + 4:g} {y2 + 8:g}Z" fill="{EDGE}"/>'
    )


def clip(words: str, most: int = 26) -> str:
    """Shorten `words` in the middle to at most `most` letters."""
    half = most // 2
    return words if len(words) <= most else f"{words[: most - half]}…{words[1 - half :]}"
