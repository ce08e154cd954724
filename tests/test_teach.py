"""The page for teachers: its links work, and its minutes add up."""

import re

from lesson_code.exercises.exercise import exercises
from lesson_code.exercises.questions import questions
from tools import lesson, lesson_map
from tools.teaching.handout import handout
from tools.teaching.plans import plans, title_of

PAGE = (lesson.PROJECT / "docs" / "teach.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_link_leads_to_a_cell():
    ids = {path.name: {cell.id for cell in lesson.read(path).cells} for path in lesson.paths()}
    links = re.findall(r"\.\./notebooks/([^#)]+)(?:#cell-id=([\w-]+))?\)", PAGE)
    assert len(links) > 30
    assert [link for link in links if link[1] not in ids[link[0]]] == []


def test_the_minutes_of_each_plan_add_up():
    plans = {title: text for title, text in sections().items() if title.startswith("Plan")}
    assert len(plans) == 3
    for title, text in plans.items():
        rows = re.findall(r"^\| (\d+) \|", text, flags=re.MULTILINE)
        assert sum(map(int, rows)) == int(re.search(r"(\d+) minutes", title)[1]), title


def test_each_exercise_is_for_a_skill():
    named = re.findall(r"`(\w+)`", sections()["Exercises by skill"].split("Level, minutes")[0])
    wanted = [one.id for one in exercises().values() if not one.misunderstanding]
    assert sorted(named) == sorted(wanted)


def test_each_row_of_a_plan_shows_what_it_says():
    found = plans()
    assert list(found) == ["A", "B", "C"]
    for letter, rows in found.items():
        text = sections()[f"Plan {letter}: {title_of(letter)}"]
        assert len(rows) == len(re.findall(r"^\| \d+ \|", text, flags=re.MULTILINE))
        for row in rows:
            named = re.findall(r"`(\w+)`", row.what)
            assert {one.id for one in row.exercises} == {n for n in named if n in exercises()}
            assert row.is_break or row.exercises or any(part.cells for part in row.parts), row
    assert sum(row.is_break for rows in found.values() for row in rows) == 3


def test_a_row_shows_the_sections_that_it_names():
    lines = {row.what: row for rows in plans().values() for row in rows}
    part = next(row for what, row in lines.items() if "sections 1 to 4 and 7" in what).parts[0]
    heads = re.findall(r"^## (\d+)\.", "\n\n".join(c.source for c in part.cells), re.MULTILINE)
    assert (part.number, heads) == ("14", ["1", "2", "3", "4", "7"])


def test_the_handout_has_the_map_each_source_once_and_each_answer():
    page = handout(lesson.paths())
    assert 'alt="A box for each notebook' in page and "<h2>Answers</h2>" in page
    assert "flowchart" not in page and 'href="#' not in page and ".ipynb" not in page
    before, _, after = page.partition("<h2>Answers</h2>")
    assert before.count("<details>") == 0 and after.count("<details>") >= len(questions()) + 31
    assert before.count('<span class="nf">pass_results') == 1


def test_the_map_of_the_lesson_is_up_to_date():
    assert lesson_map.FILE.read_text(encoding="utf-8") == lesson_map.draw().svg + "\n"
    assert len(lesson_map.draw().text.splitlines()) == len(lesson.paths())
