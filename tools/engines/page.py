"""docs/engines.md, made of what is kept: tables of places, and each harm in words."""

import inspect
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tools.engines import bars, engine, kept
from tools.engines.ends import ENDS
from tools.engines.environments import NAMES, PROJECT
from tools.engines.kept import Result
from tools.engines.modes import MODES
from tools.engines.questions.table import how
from tools.engines.questions.table import table as answers
from tools.engines.words import HARMLESS, UNEXPLAINED, between, sentence

FILE = PROJECT / "docs" / "engines.md"
SHOWN = [end for end in ENDS if end != "disorder"]  # which was never seen
TABLES = {
    "The worker is killed": ["kill"],
    "The worker is told to end": ["term", "term-late", "term-all"],
    "Further accidents": ["again", "child", "parent", "two", "restart"],
}
HEAD = """\
# What becomes of a chain when something goes wrong, engine by engine

Written by `make engines`; each row names the versions, the day and the file that ran it. A chain
A → B → C runs in each engine, and each job appends a line to a file. A proxy between the worker and
its server counts what the worker sends. It strikes **before** each send, and **after** a send (the
answer is withheld) if an effect comes before the next one: these are the *places*. Then the engine
recovers with fresh workers, its waits shortened by its options or in its keys, until nothing
changes, and one extra job is enqueued.

{ends}

Some accidents are played at a sample of the places, drawn with a seed. A range such as 7–10 comes
from several runs, of engines whose processes or threads race, or in which a signal and an answer
arrive at the same time; an end that only an earlier run of these versions had counts, too. Not
counted as places are greetings of a connection, what an engine repeats by the clock, and a poll
right after a poll. On PostgreSQL each statement is a send, and so is the end of a transaction that
did something. An engine that shows no harm here has shown none with this chain and these settings,
and not more than that.

The picture has the settings that lose least of those that we tried, and RQ on two queues. A place
whose runs differ counts by its worst end.

![A bar for each engine, divided by what became of the chain]({picture})
"""

QUESTIONS = """\
## Ten questions about a chain

Each cell links to the file that ran it. Its words are made of what was seen, with the engine's
defaults unless the file says otherwise; where the runs of one day differ, it has both. The last
column has the date and the server.

{answers}

<details><summary>How each column was found</summary>

{how}

</details>
"""


class Unsigned(ValueError):
    """The error for a result without its versions, its date or its file."""


def write() -> None:
    """Write the page and its picture from all kept results.

    Raises Unsigned for a result without its origin.
    """
    bars.write()
    FILE.write_text(text([one for name in engine.NAMES for one in in_order(name)]), "utf-8")


def in_order(name: str) -> list[Result]:
    """Return an engine's kept results, in the order of its variants and of the modes."""
    variants = list(engine.chain_of(name).VARIANTS)
    known = [one for one in kept.read(name) if one.variant in variants]
    return sorted(known, key=lambda one: (variants.index(one.variant), list(MODES).index(one.mode)))


def text(results: list[Result]) -> str:
    """Return the page of these results."""
    ends = "\n".join(f"- **{end}**: {words}" for end, words in ENDS.items() if end in SHOWN)
    parts = [HEAD.format(ends=ends, picture=bars.FILE.name)]
    for title, modes in TABLES.items():
        chosen = [one for one in results if one.mode in modes]
        parts.append(f"## {title}\n\n" + "\n".join(table(chosen, more=len(modes) > 1)) + "\n")
    parts.append(QUESTIONS.format(answers=answers(), how=how()))
    for name in dict.fromkeys(one.engine for one in results):
        parts.append(notes(name, [one for one in results if one.engine == name]))
    return "\n".join(parts)


def table(results: Iterable[Result], more: bool) -> Iterator[str]:
    """Yield the lines of a table; `more`: with a column for the mode."""
    mode = ["what happens"] if more else []
    head = ["engine", "configured", *mode, "places", *SHOWN, "versions", "date", "file"]
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * (2 + len(mode))}{'---:|' * (1 + len(SHOWN))}---|---|---|"
    for one in results:
        yield row(one, more)


def row(result: Result, more: bool = False) -> str:
    """Return a result's line of a table. Raises Unsigned without versions, date or file."""
    origin = {
        name: getattr(result, name) for name in ("versions", "python", "server", "date", "file")
    }
    if missing := [name for name, value in origin.items() if not value]:
        raise Unsigned(f"{result.engine}, {result.variant}, {result.mode}: no {', '.join(missing)}")
    if unknown := {end for one in result.places for end in one.ends} - set(SHOWN):
        raise Unsigned(f"{result.engine}, {result.variant}: the table has no column for {unknown}")
    mode = [MODES[result.mode].words] if more else []
    cells = [
        title(result), result.variant, *mode, str(len(result.places)),
        *(numbers(result.counts(end)) for end in SHOWN),
        "; ".join(origin[name] for name in ("versions", "python", "server")),
        result.date, f"[{result.file.rpartition('/')[2]}](../{result.file})",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def title(result: Result) -> str:
    """Return the engine's name and release: "RQ 2.12.0"."""
    return f"{NAMES[result.engine]} {result.versions.partition(',')[0].rpartition(' ')[2]}"


def numbers(counts: list[int]) -> str:
    """Return one number, or the range of several: "7–10"."""
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low}–{high}"


def counted(result: Result) -> str:
    """Return the numbers of a result in a line: "66 places, unharmed 43, twice 23"."""
    ends = [f"{end} {numbers(result.counts(end))}" for end in ENDS if any(result.counts(end))]
    missed = [f"{result.missed} trials without a strike"] if result.missed else []
    return ", ".join([f"{len(result.places)} places", *ends, *missed])


def notes(name: str, results: list[Result]) -> str:
    """Return an engine's section: its configuration, its promise, and its harms in words."""
    chain = engine.chain_of(name)
    lines = [f"## {title(results[0])}\n", inspect.getdoc(chain), "", f"*Promised*: {chain.PROMISE}"]
    harms: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in results:
        for place in one.places:
            for end in sorted(set(place.ends) - {HARMLESS}):
                words = sentence(chain, one.mode, end, place.name)
                runs = len(place.ends)
                seen = f"{place.ends.count(end)} of {runs} runs" if runs > 1 else ""
                told = ", ".join(filter(None, [one.variant, one.mode, seen]))
                harms[end, words][between(place.name)].append(told)
    for (end, words), found in sorted(harms.items(), key=lambda item: item[0][1] == UNEXPLAINED):
        number = f"{len(found)} place{'s' * (len(found) > 1)}"
        lines += ["", f"**{end}**: {words}", "", f"<details><summary>{number}</summary>", ""]
        lines += [f"- {place} ({'; '.join(told)})" for place, told in found.items()]
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"
