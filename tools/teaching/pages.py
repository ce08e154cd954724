"""Cells as self-contained HTML: no script, no link to a cell, no other file."""

import re
from html import escape
from pathlib import Path
from urllib.parse import quote

from nbconvert.filters import Highlight2HTML, markdown2html
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from lesson_code.exercises.questions import Question, find_question
from tools import lesson

OUT = lesson.PROJECT / "build"
ASKS = re.compile(r'^(predict|quiz|reason)\("(\w+)"')
FOLDED = re.compile(r"[ ]*<details><summary>(.*?)</summary>\n(.*?)</details>\n*", re.DOTALL)
LOOK = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
highlight = Highlight2HTML()


def page(title: str, head: str, body: str) -> str:
    """Return a whole HTML page."""
    colours = HtmlFormatter().get_style_defs(".highlight")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{head}\n<style>\n{colours}\n{LOOK}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def prose(markdown: str) -> str:
    """Return the Markdown as HTML; links within the lesson become words, pictures are put in."""
    words = re.sub(r"!\[(.*?)\]\((?:\.\./)?(docs/\w+\.svg)\)", _picture, markdown)
    words = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)\s]+\)", r"\1", words)
    return re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(words))


def _picture(found: re.Match) -> str:
    svg = (lesson.PROJECT / found[2]).read_text(encoding="utf-8")
    return f'<img alt="{escape(found[1])}" src="data:image/svg+xml,{quote(svg)}">'


def code(source: str) -> str:
    return highlight(source)


def output(cell: NotebookNode) -> str:
    """Return all stored output of a code cell."""
    return "\n".join(map(_shown, cell.outputs))


def _shown(one: NotebookNode) -> str:
    if one.output_type == "stream":
        return f"<pre>{escape(one.text)}</pre>"
    if one.output_type == "error":
        return f'<pre class="error">{escape(f"{one.ename}: {one.evalue}")}</pre>'
    if "text/html" in one.data:
        return one.data["text/html"]
    if "text/markdown" in one.data:
        return prose(one.data["text/markdown"])
    return f"<pre>{escape(one.data['text/plain'])}</pre>"


def asked(cell: NotebookNode) -> tuple[str, Question] | None:
    """Return ("predict", "quiz" or "reason", the question) for a cell that does that, or None."""
    found = ASKS.match(cell.source) if cell.cell_type == "code" else None
    return (found[1], find_question(found[2])) if found else None


def options(question: Question) -> str:
    """Return the question and its possible answers."""
    rows = "\n".join(f"- **{number}** {words}" for number, words in question.options.items())
    return prose(f"**{question.text}**\n\n{rows}")


def answer(question: Question) -> str:
    """Return which answer is right, and why."""
    right = question.options[question.answer]
    return prose(f"**{question.answer}** {right}\n\n{question.reason}")
