"""The page for teachers leads where it says, and adds up."""

import re

from lesson_code.exercises.exercise import exercises
from tools import lesson

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
