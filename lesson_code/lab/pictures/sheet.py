"""A sheet of job graphs: all jobs of a Redis. Graphs that look the same are drawn once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

from lesson_code.lab.pictures import svg, titles
from lesson_code.lab.pictures.alike import Alike, groups
from lesson_code.lab.pictures.fold import Arrow, Box, boxes
from lesson_code.lab.pictures.graph import MOST_NOTES, graph_of
from lesson_code.lab.pictures.tangle import untangled
from lesson_code.lab.pictures.words import name, outcome
from lesson_code.lab.record import JobRecord, Run
from lesson_code.lab.states import look

MOST_PANELS = 24  # of the rest the sheet tells how many there are
MOST_ALONE = 16  # boxes of jobs without dependencies; more are folded by their states


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture of the sheet: its title, its boxes and arrows, the names and attempts of its jobs.

    `left_out` are notes about what is not drawn. `ids` are some ids with which you can look on.
    """

    title: str
    made: Sequence[Box]
    ways: Sequence[Arrow]
    names: Mapping[str, str]
    attempts: Mapping[str, int]
    left_out: tuple[str, ...] = ()
    ids: str = ""

    @cached_property
    def picture(self) -> svg.Picture:
        drawn = graph_of(self.made, self.ways, self.attempts, self.names)
        notes = (*self.left_out, *drawn.notes, *self._errors())
        return replace(drawn, notes=notes, title=self.title)

    @property
    def text(self) -> str:
        """Return the title; below it a line for each box, and the errors without a line."""
        lines = [*self.picture.text.splitlines(), *self.left_out, *self._errors(untold=True)]
        ids = f"  (ids: {self.ids})" if self.ids else ""
        return "\n".join([self.title + ids, *(f"  {line}" for line in lines)])

    def _errors(self, untold: bool = False) -> tuple[str, ...]:
        """Return the most frequent errors: "✗ charge: ValueError (×715)" for 715 jobs.

        With `untold`, return only those that the line of their box does not tell.
        """
        errors = Counter(
            f"{look(job.state).glyph} {name(box, self.names)}: {svg.clip(job.error, 160)}"
            for box in self.made
            for job in box.jobs
            if job.error and not (untold and outcome(box))
        )
        most = errors.most_common(MOST_NOTES)
        told = [f"{words} (×{number:,})" if number > 1 else words for words, number in most]
        more = errors.total() - sum(number for _, number in most)
        return (*told, *[f"… and {more:,} more that failed"] * (more > 0))


@dataclass(frozen=True, eq=False)
class Sheet:
    """The panels of a run; `text` is their twin, `more` says what is not drawn."""

    panels: tuple[Panel, ...]
    more: str = ""

    @property
    def text(self) -> str:
        told = [*(panel.text for panel in self.panels), *filter(None, [self.more])]
        return "\n\n".join(told) or "(no jobs)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return how a notebook shows the sheet."""
        shown = [
            f"<p><b>{escape(panel.title)}</b></p>\n{panel.picture.with_notes(panel.picture.image)}"
            for panel in self.panels
        ]
        more = [f"<p>{escape(words)}</p>" for words in (self.more,) if words]
        return {"text/html": "\n".join([*shown, *more]), "text/plain": self.text}


def sheet(run: Run) -> Sheet:
    """Return the job graphs of the run, the worst first, and then all jobs without dependencies."""
    names, attempts, found = run.names, run.attempts, groups(run)
    graphs = [group for group in found if len(group.first) > 1]
    alone = [job for group in found if len(group.first) == 1 for job in group.jobs]
    panels = [_panel(group, names, attempts) for group in graphs[:MOST_PANELS]]
    if alone:
        panels.append(Panel(titles.title_alone(alone), _folded(alone), (), names, attempts))
    return Sheet(tuple(panels), titles.more(graphs[MOST_PANELS:]))


def _panel(group: Alike, names: Mapping[str, str], attempts: Mapping[str, int]) -> Panel:
    """Return the panel of graphs that are alike: the first one is drawn for all of them."""
    sets, made = len(group.members), boxes(Run(group.first))
    if sets > 1:
        same_place = {jobs[0].id: jobs for jobs in zip(*group.members, strict=True)}
        names = {job.id: job.task for job in group.first}
        made = [
            Box(tuple(one for job in box.jobs for one in same_place[job.id]), box.steps, sets)
            for box in made
        ]
    made, ways, left_out = untangled(made)
    title, ids = titles.title(group), titles.ids(group, names)
    return Panel(title, made, ways, names, attempts, left_out, ids)


def _folded(alone: Sequence[JobRecord]) -> list[Box]:
    """Return the boxes of these jobs, one for each state if there were too many."""
    made = boxes(Run(tuple(alone)))
    if len(made) <= MOST_ALONE:
        return made
    states = dict.fromkeys(look(job.state) for job in alone)
    return [Box(tuple(job for job in alone if look(job.state) == state)) for state in states]
