"""The linter of the prose: it finds each planted fault, and accepts plain English."""

import nbformat
import pytest

from tools import prose
from tools.passages import Passage, files, passages, sentences

PLANTED = {
    "words": [
        "The job behind it waits.",
        "Look at the job in front.",
        "RQ sets the next job free.",
        "The entry stands in Redis.",
        "The worker dies between the two steps.",
        "No death of the worker loses the order.",
        "This is how to mend it.",
        "**The cure:** a key.",
        "Both are written at one stroke.",
        "RQ drops the job without a word.",
        "RQ's word on it is wrong.",
        "Somebody requeues the job.",
        "Give it to the one who asks.",
        "Whoever reads it does not charge.",
        "A price for whoever asks first.",
        "The job waits for ever.",
        "Run the cell once more.",
        "It is called all the same.",
        "The job waits in vain.",
        "It runs no callback any more.",
        "The handout errs here.",
        "A job of that name is to be skipped.",
        "You may not use a sleep.",
        "A note for the people on duty.",
        "It works also without a network.",
        "| the queue | the jobs behind |",
        "## A job behind another",
    ],
    "opening": [
        "Who allows failures still waits.",
        "What waits for it follows.",
        "Redis has one key; whatever reads it is slow.",
        "Let the bank answer once.",
        "Enqueue the job, and let it run.",
        "Below stand twelve programs.",
        "Here are the three ways.",
        "Beside each job stands its state.",
    ],
    "handout": [
        "This is the lesson's snippet.",
        "The fallback of the lesson never runs.",
        "The lesson writes `retry=3`.",
        "Read [the lesson](../docs/lesson.md) first.",
    ],
    "section": ["The chain of part 2 runs again."],
    "longest": ["The job " + "and the job " * 12 + "run."],
}
PLAIN = [
    "`charge` depends on `pay`, and both jobs finish.",
    "The worker crashes, and another worker runs the job again.",
    "Call `stands_behind()`, or set `dies = 'pay'` for the dead worker.",
    "A dead-letter queue has no deadline, and `DeathPenalty` is RQ's own class.",
    "The site runs behind a proxy, and you show it in front of the class.",
    "DLQ stands for dead-letter queue; you understand the standard.",
    "**Fix:** give the job an id.",
    "What does the worker do next?",
    "Let's run it. Let us see. *What if …?* lets you see. `Retry` lets you try again.",
    "Who ends first (and why)?",
    "Here it fails. Here, `a` is the dependency.",
    "The lesson starts a small server of its own; the lesson's server ends with it.",
    "The handout's snippet fails.",
    "This is part 2 of 4, and a part of [section 2](#cell-id=x).",
    "Do not add any more jobs; the two words are all the same length.",
    "It also runs in a browser. He may also be right.",
    "```python\nwho = behind  # Let it die\n```",
    "<details><summary>One way</summary>\n\n   ```text\n   dies for ever\n   ```\n</details>",
    "**What this costs.** The job needs two calls to Redis.",
    "# What a worker does",
    "<!-- Let somebody die -->",
]


def broken(text, **kind):
    """Return the rules that the text breaks."""
    return {one.rule for one in prose.judge("here", [Passage("here", text, **kind)])}


@pytest.mark.parametrize(
    "rule, text", [(rule, text) for rule, texts in PLANTED.items() for text in texts]
)
def test_a_planted_sentence_is_found(rule, text):
    assert rule in broken(text)


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_sentence_is_not_complained_about(text):
    assert broken(text) == set()


def test_the_average_counts_when_there_are_many_sentences():
    long = "The job " + "is very " * 8 + "small. "
    assert broken(long * 10) == {"average"}
    assert broken(long * 9) == broken(long * 10 + "It runs. " * 9) == set()


def test_a_cell_of_a_notebook_has_one_heading_and_it_is_its_first_line():
    assert broken("## One\nText.\n\n## Two", cell=True) == {"headings"}
    assert broken("Text.\n\n## One", cell=True) == {"headings"}
    assert broken("## One\nText.\n\n```sh\n# a comment\n```", cell=True) == set()
    assert broken("# One\n\n## Two\n\nText.") == set()


def test_a_text_becomes_sentences():
    text = """# A title
**Label.** One `a. B` with [a link](x.md#y). Two? (Three.) `four` follows.
- Five,
  still five
- *Six.*

| seven | eight `|` |
|---|---|
"""
    assert [one.text for one in sentences(Passage("here", text))] == [
        "A title", "Label.", "One `a. B` with a link.", "Two?", "(Three.)", "`four` follows.",
        "Five, still five", "Six.", "seven", "eight `|`",
    ]  # fmt: skip


def test_prose_is_taken_out_of_each_kind_of_file(tmp_path):
    cell = nbformat.v4.new_markdown_cell
    nb = nbformat.v4.new_notebook(cells=[cell("A.", id="a"), cell("B.", id="exercise-b")])
    nbformat.write(nb, tmp_path / "n.ipynb")
    (tmp_path / "page.md").write_text("# A\n\n```sh\nB\n```\n\n- C\n- D\n")
    (tmp_path / "m.py").write_text('"""A."""\n\n\ndef f():\n    """B.\n\n        code\n    """\n')
    (tmp_path / "questions.toml").write_text(
        '[q]\ntext = "A"\nanswer = "a"\nreason = "B"\n[q.options]\na = "C"\n'
    )
    (tmp_path / "e.toml").write_text(
        'title = "A"\ntext = "B"\nbegin = "C"\nexplanation = "D"\nhints = ["E"]\nstub = "no"\n'
        'seen_in = "F"\nmisunderstanding = "G"\n[[scenes]]\nwhen = "H"\n'
        '[[wrong]]\nsays = "no"\nbecause = "I"\nanswer = "no"\n'
    )

    def found(name):
        return [
            (one.where.removeprefix(f"{tmp_path / name}:"), one.text)
            for passage in passages(tmp_path / name)
            for one in sentences(passage)
        ]

    assert found("n.ipynb") == [("a", "A.")]
    assert found("page.md") == [("1", "A"), ("7", "C"), ("8", "D")]
    assert found("m.py") == [("the module", "A."), ("f", "B.")]
    assert found("questions.toml") == [("q.text", "A"), ("q.reason", "B"), ("q.a", "C")]
    assert sorted(text for _, text in found("e.toml")) == list("ABCDEFGHI")


@pytest.fixture
def page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("It dies.\n\nIt stands there, and dies.\n")
    return page


def test_what_is_allowed_is_let_pass_there_and_only_there(page):
    def left(**entry):
        found = prose.faults([page], [{"where": str(page), "reason": "a test", **entry}])
        return [(one.rule, one.found) for one in found]

    assert left(word="dies") == [("words", "stands")]
    assert left(word="stands there") == [("words", "dies")] * 2
    assert left(rule="words") == []
    assert left(where=f"{page}:1", word="dies") == [("words", "stands"), ("words", "dies")]


def test_an_entry_that_allows_nothing_is_stale(page):
    stale = [{"where": str(page), "word": "for ever", "reason": "a test"}]
    assert [one.rule for one in prose.faults([page], stale)][-1] == "stale"
    elsewhere = [{"where": "another.md", "word": "for ever", "reason": "a test"}]
    assert "stale" not in [one.rule for one in prose.faults([page], elsewhere)]


def test_a_complaint_says_where_and_what(page):
    assert prose.complaints([page])[0] == (
        f"{page}:1: words: 'dies' (write: crashes, crash; is killed): It dies."
    )


def test_the_command_ends_with_one_if_anything_is_wrong(page, capsys):
    assert prose.main([str(page)]) == 1
    assert "    3 words" in capsys.readouterr().out
    page.write_text("It runs.\n")
    assert prose.main([str(page)]) == 0


def test_all_prose_keeps_the_rules():
    assert prose.complaints(files()) == []
