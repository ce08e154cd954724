"""The questions about a chain: cells made of what was seen, a full table, and what has changed."""

import json
import queue
import re
import socket
import threading

import pytest

from tools.engines import environments
from tools.engines.questions import __main__ as questions
from tools.engines.questions import answers, cells, inside, kept
from tools.engines.questions.counting import Counter
from tools.engines.questions.table import LINK, table
from tools.engines.questions.trial import FILES, source_of
from tools.lesson import PROJECT

SEEN = {"how": "state()", "b": "failed", "c": "deferred"}
RAN = {"b": 1, "c": 0, "c_calls": [], "seen": SEEN}
WAITED = {**RAN, "after": None, "watched": 300, "state": "started", "since": [0, 5], "starts": 0}
ANSWERS = {
    "failed": RAN,
    "again": {"call": "requeue()", "c": 1, "calls": ["b(1)", "b(1)"], "after": 1},
    "join": RAN,
    "late_join": {**RAN, "c": 1, "c_calls": ["c()"]},
    "handed": {"calls": ["c(None)", "c([1, 2])", "c({'x': 1})"]},
    "empty": {**RAN, "c": 1, "c_calls": ["c([])"], "error": None},
    "killed": {**WAITED, "after": 60, "c": 1},
    "child_killed": WAITED,
    "terminated": {"leaves": 5.1, "waited": 60, "ended": True, "again": None, "c": 1},
    "same": {"answers": [None, None], "early": ["c('first')"], "late": []},
    "trips": {"client": 497, "step": 23.0},
}
COMMANDS = {"fails", "seen", "again", "join", "hand", "empty", "slow_chain", "same", "hundred"}
WITHOUT = {  # what an engine does not have, as the table says
    "celery": {"again"},
    "dramatiq": {"again"},
    "streaq": {"again"},
    "taskiq": {"again"},
    "procrastinate": {"join", "empty"},
    "dbos": {"hundred"},
}


def of(engine, **more):
    about = {"engine": engine, "date": "2026-11-30", "releases": [f"{engine}==1.0"]}
    about |= {"runtime": "Python 3.11.7", "server": "Valkey 9.1.2"}
    runs = {question: [seen] for question, seen in ANSWERS.items()}
    return kept.joined({}, about | {"runs": runs}) | more


@pytest.fixture
def folder(tmp_path):
    for engine in environments.ENGINES:
        kept.write(engine, of(engine), tmp_path)
    return tmp_path


# the table


def test_each_engine_has_a_row_with_all_cells_each_linked_to_the_file_that_ran_it(folder):
    head, _, *rows = table(folder).splitlines()
    assert len(rows) == len(environments.ENGINES)
    for engine, row in zip(environments.ENGINES, rows, strict=True):
        source = source_of(FILES.get(engine, engine))[-1].name
        assert row.count(f"]({LINK}{source})") == len(cells.COLUMNS)
        assert row.count(" | ") == head.count(" | ")
        assert (
            f"**{environments.NAMES[engine]} 1.0**" in row
            and "2026-11-30, Valkey 9.1.2, Python 3.11.7" in row
        )


def test_the_kept_table_is_complete_and_says_nothing_of_the_machine():
    assert len(table().splitlines()) == len(environments.ENGINES) + 2
    for engine in environments.ENGINES:
        found = kept.read(engine)
        assert found["releases"] == environments.pins(engine), f"{engine}: run it again"
        texts = {one: cells.text(one, runs) for one, runs in found["runs"].items()}
        assert found["cells"] == texts, f"{engine}: run it again"
        assert str(PROJECT) not in json.dumps(found) and "/tmp/" not in json.dumps(found)


def test_a_link_of_the_table_leads_from_the_docs_to_a_file():
    for link in set(re.findall(r"\]\((\S+)\)", table())):
        assert (PROJECT / "docs" / link).is_file(), link


@pytest.mark.parametrize("key", ["date", "releases", "runtime", "server"])
def test_a_row_without_its_date_or_a_version_is_refused(folder, key):
    kept.write("saq", of("saq", **{key: ""}), folder)
    with pytest.raises(kept.NotKept, match=f"saq has no {key}"):
        table(folder)


@pytest.mark.parametrize("question", cells.QUESTIONS)
def test_a_table_without_an_answer_is_refused(folder, question):
    found = of("huey")
    del found["runs"][question]
    kept.write("huey", found, folder)
    with pytest.raises(kept.NotKept, match=f"huey has no answer to {question}"):
        table(folder)


def test_a_table_without_an_engine_is_refused(folder):
    (folder / "arq.json").unlink()
    with pytest.raises(kept.NotKept, match="arq was never asked"):
        table(folder)


# a cell


@pytest.mark.parametrize(
    "question, changed, text",
    [
        ("failed", {}, "C does not run; `state()`: `deferred`"),
        ("failed", {"c": 1}, "C runs; `state()`: `deferred`"),
        (
            "failed",
            {"seen": {**SEEN, "c": None}},
            "C does not run; `state()` finds no record of it",
        ),
        ("again", {}, "`requeue()` runs B, then C"),
        ("again", {"c": 0}, "`requeue()` runs B, and not C"),
        ("again", {"c": 0, "after": None}, "`requeue()` runs nothing"),
        ("again", {"call": None, "after": None, "c": 0}, "no such call"),
        ("again", {"call": None, "after": 14}, "not needed: after 14 s the engine runs B, then C"),
        ("again", {"anew": True}, "no such call; a new `requeue()` runs B, then C"),
        ("again", {"calls": ["b(1)", "b()"]}, "runs B, then C (B as `b()`, where it was `b(1)`)"),
        ("join", {}, "does not run; `state()`: `deferred`"),
        ("late_join", {}, "runs as `c()`"),
        ("join", {"c": 1, "c_calls": ["c([1])"]}, "runs as `c([1])`"),
        ("handed", {"asks": "ask()"}, "nothing by itself; the job asks, `ask()`: `c(None)`"),
        ("empty", {"c": 0}, "does not run"),
        ("empty", {"c": 0, "error": "x.Refused: no"}, "is refused: `Refused`"),
        ("killed", {}, "60 s"),
        ("killed", {"chance": True}, "60 s (it depends on chance)"),
        ("killed", {"c": 0}, "60 s, but C does not run"),
        ("killed", {"after": None}, "not within 300 s; still `started`"),
        ("killed", {"after": None, "state": None}, "not within 300 s"),
        (
            "killed",
            {"after": None, "state": "failed", "since": [0, 9]},
            "`failed` within 9 s",
        ),
        ("killed", {"after": None, "state": "failed", "since": [7, 9]}, "`failed` after 7–9 s"),
        (
            "child_killed",
            {"after": 2, "c": 1, "starts": 1},
            "2 s (the worker ended, and we started",
        ),
        ("terminated", {}, "B ends, then C"),
        ("terminated", {"c": 0}, "B ends, C does not run"),
        ("terminated", {"leaves": None}, "the worker stayed longer than 60 s"),
        ("terminated", {"ended": False}, "B is cut off and does not run again"),
        ("terminated", {"ended": False, "again": 3}, "cut off and runs again 3 s after the next"),
        ("same", {}, "the first runs; later, a third does not run"),
        ("same", {"early": ["c('first')", "c('second')"], "late": ["c('third')"]}, "both run; la"),
        ("same", {"answers": [None, "x.Taken: no"]}, "the first runs (`Taken` for the second)"),
        ("trips", {}, "497 to enqueue, 23 a step"),
    ],
)
def test_a_cell_follows_from_what_was_seen(question, changed, text):
    assert text in cells.text(question, [ANSWERS[question] | changed])


@pytest.mark.parametrize("question", ["join", "late_join", "empty", "trips", "child_killed"])
def test_a_question_that_does_not_fit_an_engine_has_a_text_too(question):
    assert cells.text(question, [None]) in ("no join", "no server", "–")


def test_two_runs_give_a_range_or_both_texts():
    assert cells.merged(["after 60 s", "after 64 s"]) == "after 60–64 s"
    assert cells.merged(["after 60 s", "after 60 s"]) == "after 60 s"
    assert cells.merged(["B ends", "B is cut off"]) == "runs differ: B ends; or: B is cut off"


def test_a_cell_shows_no_id_and_does_not_break_its_table():
    shown = answers.code("Task 309e8c75d048477bb24436d4ca81943f | `failed`")
    assert shown == "`Task … ¦ ’failed’`"


# what has changed


def changed(question, **more):
    before, now = of("saq"), of("saq")
    now["runs"][question] = [ANSWERS[question] | more]
    return list(kept.changes(before, now))


def test_only_what_differs_is_news():
    assert changed("failed") == []
    (line,) = changed("failed", c=1)
    assert line.startswith("saq, failed: was: C does not run") and "is: C runs" in line


def test_a_wait_that_is_a_little_longer_is_no_news():
    assert changed("killed", after=64) == []
    (line,) = changed("killed", after=90)
    assert line == "saq, killed: was: 60 s; is: 90 s"


def test_a_first_answer_is_news():
    now = of("saq")
    lines = list(kept.changes({}, now))
    assert len(lines) == len(cells.QUESTIONS) and all(": new: " in line for line in lines)


def test_a_new_answer_leaves_the_others_and_another_release_is_not_kept(folder, monkeypatch):
    monkeypatch.setattr(kept, "read", lambda engine, at=folder: json_of(at, engine))
    written = []
    monkeypatch.setattr(kept, "write", lambda *words: written.append(words))
    found = of("saq") | {"runs": {"failed": [RAN | {"c": 1}]}}
    assert len(questions.settle("saq", found, keep=False)) == 1 and written == []
    questions.settle("saq", found, keep=True)
    ((_, new),) = written
    assert new["runs"] == of("saq")["runs"] | found["runs"]
    assert new["cells"] == of("saq")["cells"] | {"failed": "C runs; `state()`: `deferred`"}


def json_of(folder, engine):
    return json.loads((folder / f"{engine}.json").read_text("utf-8"))


# the command and the files


def test_an_unknown_engine_gets_a_sentence_and_nothing_is_installed(capsys, monkeypatch):
    monkeypatch.setattr(environments, "folder_of", lambda *_: pytest.fail("it installs"))
    assert questions.main(["saq", "kafka"]) == 2
    assert "there is no engine 'kafka': rq2, rq3, arq" in capsys.readouterr().err


def test_another_release_needs_one_engine(capsys):
    with pytest.raises(SystemExit, match="2"):
        questions.main(["saq", "arq", "--with", "arq==0.27.0"])
    assert "--with needs exactly one engine" in capsys.readouterr().err


@pytest.mark.parametrize("engine", environments.ENGINES)
def test_each_engine_has_a_file_with_its_commands(engine):
    (source,) = source_of(FILES.get(engine, engine))
    text = source.read_text("utf-8")
    found = {one for one in COMMANDS if re.search(rf"def {one}\(|^  {one}: ", text, re.M)}
    assert COMMANDS - found == WITHOUT.get(engine, set())


def test_a_job_notes_its_call_and_works_only_in_its_first_run(tmp_path, monkeypatch):
    monkeypatch.setattr(inside, "NOTES", tmp_path / "notes")
    inside.note("b", None, x="y" * 100)
    line = json.loads((tmp_path / "notes").read_text("utf-8"))
    assert re.fullmatch(r"b\(None, x='y{58}…\)", line["call"])
    assert inside.seconds_left("b") == inside.WORK
    inside.note("b")
    assert inside.seconds_left("b") == 0
    with pytest.raises(ValueError, match="it is broken"):
        inside.broken()
    (tmp_path / "mended").touch()
    inside.broken()


def test_a_round_trip_is_counted_when_a_client_speaks_after_an_answer():
    arrived = queue.Queue()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server, arrived))
        thread.start()
        with Counter(server.getsockname()[1]) as counter:
            with socket.create_connection(("127.0.0.1", counter.port)) as client:
                for words in (b"*1\r\n$5\r\nHELLO\r\n", b"*1\r\n$3\r\nGET\r\n", b"x"):
                    client.sendall(words)  # it arrives in two pieces, and is one question
                    assert arrived.get(timeout=5) == words
                    client.sendall(b"!")
                    assert client.recv(9) == b"ok"
            thread.join()
            assert [trip.command for trip in counter.trips] == ["GET", "?"]


def answer(server, arrived):
    connection, _ = server.accept()
    with connection:
        while words := connection.recv(99):
            if words == b"!":
                connection.sendall(b"ok")
            else:
                arrived.put(words)


def test_a_row_has_the_date_of_its_oldest_answer():
    before, about = of("saq"), {"runs": {"same": [ANSWERS["same"]]}, "date": "2026-12-02"}
    assert kept.joined(before, before | about)["date"] == "2026-11-30"
    everything = {"runs": before["runs"], "date": "2026-12-02"}
    assert kept.joined(before, before | everything)["date"] == "2026-12-02"


@pytest.mark.parametrize("key", ["releases", "runtime", "server"])
def test_answers_of_other_releases_are_dropped(key):
    before = of("saq")
    now = before | {"runs": {"same": [ANSWERS["same"]]}, key: "another"}
    assert [*kept.joined(before, now)["runs"]] == ["same"]
