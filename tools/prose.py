"""Plain English: the prose for readers keeps the rules, or each broken rule is reported.

`python -m tools.prose [PATH …]` reads these files (or all), and ends with 1 if any rule is broken.
The exceptions to the rules are in `tools/prose_allowed.toml`.
"""

import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from tools.passages import (
    CODE,
    Passage,
    Sentence,
    files,
    length,
    name,
    passages,
    sentences,
    unfenced,
)

ALLOWED = Path(__file__).with_name("prose_allowed.toml")
LONGEST, AVERAGE = 35, 18  # words
MANY = 10  # sentences; an average of fewer is not judged
INSTEAD = {
    r"(?<!left )behind(?! (?:an? |the |your )?(?:proxy|firewall|scenes))": "depends on, after",
    r"in front(?! of (?:a |the )?(?:projector|class|screen))": "dependency, before",
    r"sets? (?:\S+ ){0,3}free": "enqueue",
    r"(?:stands?|standing)(?! (?:in )?for\b| still\b| in \S+ (?:\S+ )?way)|stood(?! for\b)": "is",
    r"(?<!sudden )(?:die[sd]?|dying|deaths?)": "crashes, crash; is killed",
    r"mend(?:s|ed|ing)?|cur(?:e[sd]?|ing)": "fix",
    r"spoil(?:s|t|ed)?": "break, corrupt",
    r"strokes?": "atomically, in one transaction",
    r"without a word": "silently",
    r"(?:the|its|[’']s) word (?:on|of)": "report, state",
    r"somebody|nobody|someone who|the one (?:who|in front|behind)": "name the actor",
    r"(?:for|to) who(?:ever)?(?= \w)|who(?:ever)? wants?": "anyone who; name the actor",
    r"whoever": "anyone who; name the actor",
    r"for ever": "forever",
    r"once more|anew": "again",
    r"(?<!are )(?<!is )all the same(?! \w)": "anyway, still",
    r"in vain": "without effect, for nothing",
    r"any ?more(?! than| of| \w+s\b)": "no longer",
    r"errs?|erred": "is wrong",
    r"for want of": "without",
    r"shall": "will, must",
    r"(?:is|are|was|were) (?:not )?to be(?! (?:honest|sure))": "must be, will be, can be",
    r"may not": "must not; might not",
    r"on duty": "on call",
    r"none but": "only",
    r"also (?:where|when|if|with|without|while|after)": "even",
    r"(?:RQ|ARQ|Redis|workers?|maps?) believes?": "assume",
    r"at (?:no|what(?:ever)?|which(?:ever)?) place": "nowhere, wherever",
}
BANNED = {re.compile(rf"\b(?:{bad})\b", re.I): good for bad, good in INSTEAD.items()}
NOT_A_QUESTION = re.compile(r"(?:^|; )(?:\w+[:,] )?((?:who|what(?! if)|whatever)\b)", re.I)
LET = re.compile(r"(?:^|[;:] |\b(?:so|then|and|now) )(let\b(?!['’]s| us))", re.I)
INVERTED = re.compile(r"^(?:below|beside|beneath|here)(?: each \w+)? (?:stands?|are|is)\b", re.I)
HANDOUT = re.compile(
    r"lesson[’']s (?:own )?(?:\w+ )?"
    r"(?:snippets?|fallbacks?|sentences?|sections?|summary|words?|way)\b"
    r"|(?:snippets?|fallback|sentences?|sections?|text) of the lesson\b"
    r"|the lesson (?:asks|writes|says|enqueues|claims|calls|recommends|advises|forgets|promises)\b"
    r"|\[[^]]*\blesson\b[^]]*\](?=\(\S*lesson\.md)",
    re.I,
)
SECTION = re.compile(r"\bpart \d+(?! of \d)\b", re.I)


@dataclass(frozen=True)
class Complaint:
    """A broken rule: `found` is the text that breaks it, `what` is the remedy."""

    where: str
    rule: str
    found: str
    what: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: {self.what}: {self.sentence}"


def words(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """Yield words outside of the one vocabulary, or of an old idiom: each has a plainer one."""
    for bad, good in BANNED.items():
        for match in bad.finditer(sentence.plain):
            yield match[0], f"{match[0]!r} (write: {good})"


def opening(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """Yield openings without a named subject, a verb after it, and an address to the reader."""
    if sentence.title:
        return
    if not sentence.plain.rstrip(')"”’* ').endswith("?"):
        for match in NOT_A_QUESTION.finditer(sentence.plain):
            yield match[1], f"{match[1]!r} opens what is no question (name the subject)"
    for match in LET.finditer(sentence.plain):
        yield match[1], f"{match[1]!r} (write an imperative: make, have, change)"
    if match := INVERTED.search(sentence.plain):
        yield match[0], f"{match[0]!r} (write the subject first)"


def handout(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """Yield names of the handout that call it the lesson; the lesson is the whole project."""
    for match in HANDOUT.finditer(sentence.plain):
        yield match[0], f"{match[0]!r} (write: the handout)"


def section(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """Yield sections that are called parts; a part is a job of a fan-in."""
    for match in SECTION.finditer(sentence.plain):
        yield match[0], f"{match[0]!r} (write: section)"


def longest(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """Yield a sentence that is too long: it is read twice."""
    if not sentence.title and length(sentence) > LONGEST:
        yield sentence.text, f"{length(sentence)} words, more than {LONGEST}"


def average(where: str, said: list[Sentence]) -> Iterator[Complaint]:
    """Yield a complaint about many long sentences in a document."""
    lengths = [length(one) for one in said if not one.title]
    if len(lengths) >= MANY and round(mean(lengths), 1) > AVERAGE:
        what = f"{mean(lengths):.1f} words a sentence, more than {AVERAGE}"
        yield Complaint(where, "average", "", what, f"{len(lengths)} sentences")


def headings(passage: Passage) -> Iterator[Complaint]:
    """Yield headings that are not the first line of a cell, or not the only one."""
    found = re.findall(r"^#+ .+", unfenced(passage.text), flags=re.M)
    for number, one in enumerate(found if passage.cell else []):
        if number or not passage.text.startswith(one):
            what = "a second heading in a cell" if number else "text before the heading of a cell"
            yield Complaint(passage.where, "headings", one, what, one)


RULES = [words, opening, handout, section, longest]


def judge(where: str, prose: Iterable[Passage]) -> Iterator[Complaint]:
    """Yield the complaints about one document, without regard to exceptions."""
    said = []
    for passage in prose:
        yield from headings(passage)
        for sentence in sentences(passage):
            said.append(sentence)
            for rule in RULES:
                for found, what in rule(sentence):
                    what = what.replace(CODE, "…")
                    yield Complaint(sentence.where, rule.__name__, found, what, sentence.text)
    yield from average(where, said)


def allows(entry: dict[str, str], one: Complaint) -> bool:
    """Return whether the entry allows it: `where` begins so, and its `rule` or `word` is this one.

    A `word` may be some words of the sentence, around the found text.
    """
    word = entry.get("word", "").lower()
    near = not word or (one.found.lower() in word and word in one.sentence.lower())
    return one.where.startswith(entry["where"]) and entry.get("rule", one.rule) == one.rule and near


def faults(paths: Iterable[Path], allowed: list[dict[str, str]] | None = None) -> list[Complaint]:
    """Return all faults in the files that are not allowed, and each entry that allows nothing."""
    if allowed is None:
        allowed = tomllib.loads(ALLOWED.read_text(encoding="utf-8")).get("allowed", [])
    names = {name(path): path for path in paths}
    found = [one for where, path in names.items() for one in judge(where, passages(path))]
    stale = [
        Complaint(name(ALLOWED), "stale", "", "an entry that allows nothing", str(entry))
        for entry in allowed
        if entry["where"].partition(":")[0] in names and not any(allows(entry, f) for f in found)
    ]
    return [one for one in found if not any(allows(entry, one) for entry in allowed)] + stale


def complaints(paths: Iterable[Path]) -> list[str]:
    """Return all faults in the files, a line each."""
    return [str(one) for one in faults(paths)]


def main(arguments: list[str]) -> int:
    found = faults([Path(one) for one in arguments] or files())
    print(*found, sep="\n")
    print(*(f"{n:5} {rule}" for rule, n in Counter(f.rule for f in found).most_common()), sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
