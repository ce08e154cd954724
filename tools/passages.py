"""The prose for readers, as sentences: of notebooks, exercises, pages and docstrings."""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import lesson

GENERATED = {f"docs/{name}.md" for name in ("lesson", "recipes", "costs", "versions", "engines")}
MADE_OF_TOML = re.compile(r"exercise-|navigation$")  # these cells repeat a text from elsewhere
CODE = "\ue000"  # replaces each piece of inline code

FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,}).*?^\1\2[ \t]*$", re.M | re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)
TAG = re.compile(r"</?\w[^>\n]*>")
INLINE = re.compile(r"(`+)(?:.|\n(?!\n))+?\1(?!`)")
LINK = re.compile(r"!?\[((?:[^][]|\[[^]]*\])*)\]\((?!\S*lesson\.md)[^)]*\)")
ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")
LABEL = re.compile(r"((?:\*\*[^*]+[.:?!]\*\*(?=\s))?)(.*)", re.S)  # **Your turn.** and so on
END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][)\"”’*]))\s+(?=\(|[*\"“‘]*[A-Z0-9↶\ue000])")


@dataclass(frozen=True)
class Passage:
    """Some Markdown and its place. A `cell` is one of a notebook; a `title` is no sentence."""

    where: str
    text: str
    cell: bool = False
    title: bool = False


@dataclass(frozen=True)
class Sentence:
    """One sentence: as it is written, and `plain`, without code. A `title` can be a fragment."""

    where: str
    text: str
    plain: str
    title: bool = False


def files() -> list[Path]:
    """Return the files for readers that a person writes."""
    globs = ("README.md", "docs/*.md", "notebooks/*.ipynb", "lesson_code/exercises/data/*/*.toml")
    found = [path for glob in (*globs, "lesson_code/**/*.py") for path in lesson.PROJECT.glob(glob)]
    return sorted(path for path in found if name(path) not in GENERATED)


def name(path: Path) -> str:
    path = path.resolve()
    inside = path.is_relative_to(lesson.PROJECT)
    return path.relative_to(lesson.PROJECT).as_posix() if inside else str(path)


def passages(path: Path) -> Iterator[Passage]:
    """Yield the prose of a file: of a notebook, an exercise, a page, or a module's docstrings."""
    kinds = {".ipynb": cells, ".toml": keys, ".md": paragraphs, ".py": docstrings}
    yield from kinds[path.suffix](path, name(path))


def cells(path: Path, where: str) -> Iterator[Passage]:
    for cell in lesson.read(path).cells:
        if cell.cell_type == "markdown" and not MADE_OF_TOML.match(cell.id):
            yield Passage(f"{where}:{cell.id}", cell.source, cell=True)


def keys(path: Path, where: str) -> Iterator[Passage]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    if path.stem == "questions":
        for key, question in data.items():
            told = {"text": question["text"], "reason": question["reason"], **question["options"]}
            yield from (Passage(f"{where}:{key}.{part}", text) for part, text in told.items())
        return
    yield Passage(f"{where}:title", data["title"], title=True)
    for key in ("text", "begin", "explanation", "seen_in", "misunderstanding"):
        yield Passage(f"{where}:{key}", data.get(key, ""))
    for number, hint in enumerate(data["hints"], start=1):
        yield Passage(f"{where}:hint {number}", hint)
    for number, wrong in enumerate(data.get("wrong", []), start=1):
        yield Passage(f"{where}:wrong {number}", wrong.get("because", ""))
    for scene in data.get("scenes", []):
        yield Passage(f"{where}:when", scene["when"], title=True)


def paragraphs(path: Path, where: str) -> Iterator[Passage]:
    text = FENCE.sub(lambda code: "\n" * code[0].count("\n"), path.read_text(encoding="utf-8"))
    line = 1
    for part in re.split(r"(\n+(?=\n|\s*(?:[-*+|#]|\d+\.)))", text):
        if part.strip():
            yield Passage(f"{where}:{line}", part)
        line += part.count("\n")


def docstrings(path: Path, where: str) -> Iterator[Passage]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, kinds) and (text := ast.get_docstring(node, clean=False)):
            code = rf"^ {{{node.body[0].col_offset + 4}}}.*$|^\s*(?:>>>|python -m ).*$"
            prose = inspect.cleandoc(re.sub(code, "", text, flags=re.M))
            yield Passage(f"{where}:{getattr(node, 'name', 'the module')}", prose)


def sentences(passage: Passage) -> Iterator[Sentence]:
    """Yield the sentences; a heading or a cell of a table is a title, which can be a fragment."""
    text = COMMENT.sub("", unfenced(passage.text))
    codes = [code[0] for code in INLINE.finditer(text)]
    for block, title in blocks(TAG.sub("\n", INLINE.sub(CODE, text))):
        for plain in END.split(re.sub(r"\s+", " ", LINK.sub(r"\1", block)).strip()):
            plain = shown = re.sub(r"\*+|(?<!\w)_|_(?!\w)", "", plain)
            while CODE in shown:
                shown = shown.replace(CODE, codes.pop(0), 1)
            if re.search(r"\w", shown):
                yield Sentence(passage.where, shown, plain, title or passage.title)


def unfenced(text: str) -> str:
    return FENCE.sub("", text)


def blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each paragraph, item, label, heading and cell of a table, and whether it is a title."""
    block: list[str] = []
    for line in [*text.split("\n"), ""]:
        alone = line.lstrip().startswith(("#", "|"))
        if block and (alone or not line.strip() or ITEM.match(line)):
            label, text = LABEL.fullmatch(" ".join(block)).groups()
            yield from ((label, True), (text, False))
            block = []
        if alone:
            yield from ((part.strip("# "), True) for part in re.split(r"(?<!\\)\|", line))
        elif line.strip():
            block.append(ITEM.sub("", line).removeprefix("> "))


def length(sentence: Sentence) -> int:
    return len(re.findall(rf"[\w{CODE}][\w{CODE}'’.,-]*", sentence.plain))
