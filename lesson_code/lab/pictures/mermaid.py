"""A sheet as a flowchart in the language of Mermaid, which GitHub and many editors draw."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from lesson_code.lab.pictures.arrows import ENQUEUED, EVEN_IF_FAILED, NO_MARKS, WAITS
from lesson_code.lab.pictures.fold import Box
from lesson_code.lab.pictures.heading import Heading
from lesson_code.lab.pictures.sheet import Panel, Sheet
from lesson_code.lab.pictures.words import colors, name, word
from lesson_code.lab.states import State

MOST_ARROWS = 450
ARROWS = {WAITS: "-->", EVEN_IF_FAILED: "-.->", ENQUEUED: "-. enqueued .->"}
# All characters but these could have a meaning in Mermaid, also "-" and "." next to a space.
UNSAFE = re.compile(r"(?!(?<=\w)[-.:](?=\w))[^\w ,→…✓✗▶×]")


def flowchart(drawn: Sheet, head: Heading) -> str:
    """Return the flowchart: a subgraph for each panel, and a node for each box.

    Mermaid refuses a flowchart with more than 500 arrows, so panels are left out before that.
    """
    panels = _fitting(drawn.panels)
    looks: dict[State, str] = {}
    lines = [f"%% {' '.join(line.split())}" for line in (head.title, *head.lines)]
    lines.append("flowchart TB")
    for number, panel in enumerate(panels):
        lines += _subgraph(panel, number, looks)
        lines += [f"  g{number - 1} ~~~ g{number}"] * (number > 0)  # one below the other
    missing = [f"not drawn: {panel.title}" for panel in drawn.panels[len(panels) :]]
    for number, words in enumerate([*missing, *filter(None, [drawn.more])]):
        lines.append(f'  more{number}["{escaped(words)}"]')
    if not drawn.panels:
        lines.append(f'  more0["{escaped(drawn.text)}"]')
    lines.append("  classDef note fill:none,stroke:none")
    lines += [f"  classDef {name} {_style(look)}" for look, name in looks.items()]
    return "\n".join(lines)


def _fitting(panels: Sequence[Panel]) -> list[Panel]:
    """Return the first panels, as long as they have few enough arrows together."""
    arrows = accumulate(len(panel.ways) + 1 for panel in panels)
    return [panel for panel, total in zip(panels, arrows, strict=True) if total <= MOST_ARROWS]


def escaped(words: str) -> str:
    """Return the words for a label in double quotes: each unsafe character by its number."""
    return UNSAFE.sub(lambda found: f"#{ord(found[0])};", " ".join(words.split()))


def _subgraph(panel: Panel, number: int, looks: dict[State, str]) -> Iterator[str]:
    yield f'  subgraph g{number}["{escaped(panel.title)}"]'
    yield "    direction LR"
    for n, box in enumerate(panel.made):
        style = looks.setdefault(colors(box), f"look{len(looks)}")
        yield f'    g{number}n{n}["{_label(panel, box)}"]:::{style}'
    for way in panel.ways:
        yield f"    g{number}n{way.start} {ARROWS[way.kind]} g{number}n{way.end}"
    for n, note in enumerate(panel.picture.notes):
        yield f'    g{number}note{n}["{escaped(note)}"]:::note'
    yield "  end"


def _label(panel: Panel, box: Box) -> str:
    words = word(box, NO_MARKS, panel.attempts)
    return f"{escaped(name(box, panel.names))}<br/>{escaped(words)}"


def _style(look: State) -> str:
    dashes = ",stroke-dasharray:5 3" if look.dashed else ""
    return f"fill:{look.fill},stroke:{look.line},color:{look.line}{dashes}"
