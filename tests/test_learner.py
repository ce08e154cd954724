"""A learner's tools: checks, hints, the solution, predictions, progress, the command line."""

import linecache
import os
import re
import stat
import subprocess
import sys
from functools import cache

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lesson_code.exercises import cells, diary, learner, predictions, say
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.cli import main
from lesson_code.exercises.exercise import Misused, UnknownExercise, exercises, find
from lesson_code.exercises.learner import (
    check,
    hint,
    predict,
    progress,
    quiz,
    reason,
    reset,
    show_run,
    solution,
)
from lesson_code.exercises.questions import find_question
from lesson_code.worlds import shop
from tools import lesson, sections

NAME = "order_chain"
NO_HISTORY_FILE = Config({"HistoryManager": {"hist_file": ":memory:"}})


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """A progress file of its own."""
    monkeypatch.setenv("LESSON_PROGRESS", str(tmp_path / "progress.jsonl"))
    return tmp_path / "progress.jsonl"


@cache
def verdict_on(exercise_id: str, answer: str) -> dict:
    return examine(find(exercise_id), [answer])[0]


def examine_once(exercise, answers) -> list[dict]:
    """Return the verdicts; several tests ask for those on the same answers."""
    return [verdict_on(exercise.id, answer) for answer in answers]


@pytest.fixture
def said(monkeypatch):
    """Call something and return what it showed."""
    shown = []

    def show(thing, raw=False):
        shown.append((thing.get("text/plain") or thing["text/markdown"]) if raw else str(thing))

    monkeypatch.setattr(learner, "display", show)
    monkeypatch.setattr(learner, "examine", examine_once)
    monkeypatch.setattr(say, "display", show)
    monkeypatch.setattr(say, "in_notebook", lambda: True)
    monkeypatch.setattr(learner, "_checked", {})
    monkeypatch.setattr(predictions, "_asked", [])

    def said(call, *args):
        shown.clear()
        call(*args)
        return "\n".join(shown)

    return said


def cell(source: str, name: str = NAME):
    """Run a cell as Jupyter does, and return what it defines."""
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {}
    exec(compile(source, file, "exec"), space)
    return space[name]


def wrong(number: int = 0) -> str:
    return find(NAME).wrong[number].answer


def test_a_stub_is_told_where_to_begin_and_is_no_try(said, file):
    answer = cell(find(NAME).stub + "\n# only a comment")
    assert said(check, answer).startswith("○ **Not solved yet.** Give `pack` a `depends_on`")
    assert not file.exists()


def test_a_wrong_answer_is_told_what_differs_and_why_and_shown_it(said):
    told = said(check, cell(wrong()))
    assert told.startswith("✗ **Not yet.**\n\n- `ship` does not wait for `pack`: it started before")
    assert "Often the reason: `ship` depends on `charge`, as `pack` does" in told
    assert 'hint("order_chain")' in told
    assert "ship    ✓ finished  after charge, pack (missing)" in told
    assert not diary.record(NAME).solved


def test_a_machine_that_is_too_busy_costs_no_try(said, file, monkeypatch):
    busy = {"solved": False, "sentences": ["it is too busy"], "picture": None, "printed": ""}
    monkeypatch.setattr(learner, "examine", lambda *_: [{**busy, "busy": True}])
    for _ in range(2):
        assert said(check, cell(wrong())) == "○ **Not checked.**\n\n- it is too busy."
    assert not file.exists()


def test_a_right_answer_gets_the_explanation_and_another_way(said):
    told = said(check, cell(find(NAME).solutions[0] + "\nprint('hello')"))
    assert told.startswith("✓ **Solved.** Without `depends_on` this shop works in every test")
    assert "**Another way:**\n```python\nfrom lesson_code.worlds import shop" in told
    assert "Your code printed:\n```text\nhello\n```" in told
    assert diary.record(NAME).solved


async def next_in_line(ctx): ...


MISUSES = {
    "this is None; check takes the function itself, without ()": lambda: check(None),
    "without (): check(next_in_line)": lambda: check(next_in_line(None)),
    "without quotes: check(order_chain)": lambda: check(NAME),
    "this is of the type int": lambda: check(7),
    "of the type module; check takes the function itself, without (): check(order_chain)": (
        lambda: check(shop)
    ),
    "this is of the type type": lambda: check(type("order_chain", (), {})),
    "a lambda has no name": lambda: check(lambda queue: None),
    "charge is a function of lesson_code.worlds.shop": lambda: check(shop.charge),
    "in quotes, as in": lambda: hint(7),
    'as in show_run(next_in_line, "d40")': lambda: show_run(next_in_line),
    "A check names the token of a run": lambda: show_run(),
    'as in show_run(order_chain, "d40").': lambda: show_run("order_chain"),
    "show_run takes the function itself, without quotes": lambda: show_run("order_chain", "d4"),
    "did you mean order_chain?": lambda: hint("order_chian"),
}


def test_without_a_name_the_exercise_is_the_one_that_was_checked_last(said):
    for call in (hint, solution):
        with pytest.raises(Misused, match=rf'{call.__name__}\("order_chain"\)'):
            call()
    said(check, cell(find(NAME).wrong[0].answer))
    assert said(hint).startswith("**Hint 1 of")
    assert "more different answers" in said(solution)


@pytest.mark.parametrize("sentence", MISUSES)
def test_a_misuse_is_told_in_one_sentence(sentence):
    with pytest.raises(Misused, match=re.escape(sentence)) as told:
        MISUSES[sentence]()
    assert "\n" not in str(told.value)


def test_a_misuse_shows_no_traceback(capsys):
    shell = InteractiveShell(config=NO_HISTORY_FILE)
    shell.user_ns["check"] = check
    shell.run_cell("check(None)")
    assert capsys.readouterr().out.splitlines() == [str(_told(check, None))]


def _told(call, *args) -> Misused:
    with pytest.raises(Misused) as told:
        call(*args)
    return told.value


def test_a_function_of_another_name_is_told():
    with pytest.raises(
        UnknownExercise, match="no exercise 'order_chian'; did you mean order_chain"
    ):
        check(cell("def order_chian(queue): pass", "order_chian"))


@pytest.mark.parametrize("ask", [hint, solution, reset, reason, lambda name: predict(name, "1")])
@pytest.mark.parametrize("name", ["order_chian", "C4", "qqqqqqq", ""])
def test_an_unknown_name_is_met_with_three_at_most(ask, name):
    assert str(_told(ask, name)).count(" or ") <= 2


def test_a_name_may_be_the_function(said):
    answer = cell(find(NAME).stub)
    assert said(hint, answer) == f"**Hint 1 of 3.** {find(NAME).hints[0]}"
    assert "more different answers" in said(solution, answer)
    diary.add("solved", NAME)
    said(reset, answer)
    assert not diary.record(NAME).solved


def test_an_answer_that_was_not_run_again_is_told(said):
    for first in (find(NAME).stub, wrong()):
        assert "your last check" not in said(check, cell(first))
        assert "run that cell first (Shift+Enter)" in said(check, cell(first))
    assert "your last check" not in said(check, cell(wrong() + "\n# run again"))


def test_a_cell_that_failed_after_the_answer_is_told(said, monkeypatch):
    shell = InteractiveShell(config=NO_HISTORY_FILE)
    monkeypatch.setattr(cells, "get_ipython", lambda: shell)
    shell.run_cell(wrong(), store_history=True)
    answer = shell.user_ns[NAME]
    shell.run_cell("1 + 1", store_history=True)
    assert "ended in an error" not in said(check, answer)
    for number, broken in ((3, f"1 / 0\ndef {NAME}(queue): pass"), (4, f"def {NAME}(queue) pass")):
        shell.run_cell(broken, store_history=True)
        assert f"your new `{NAME}` (`[{number}]`) ended in an error" in said(check, answer)
    shell.run_cell(wrong(1), store_history=True)
    assert "ended in an error" not in said(check, shell.user_ns[NAME])


@pytest.mark.parametrize("name", exercises())
def test_no_exercise_names_a_section_by_a_number_that_may_change(name):
    one = find(name)
    assert not sections.BY_HAND.search(" ".join([one.begin, one.text, one.explanation, *one.hints]))


def test_hints_come_one_at_a_time(said):
    hints = find(NAME).hints
    assert said(hint, NAME) == f"**Hint 1 of 3.** {hints[0]}"
    assert hints[1] in said(hint, NAME) and diary.record(NAME).hints == 2
    for _ in range(3):
        told = said(hint, NAME)
    assert all(one in told for one in hints) and diary.record(NAME).hints == 3


def test_the_solution_opens_after_three_different_answers(said):
    first = find(NAME).solutions[0].strip()
    assert said(solution, NAME).startswith("The solution opens after 3 more different answers")
    for answer in (wrong(0), wrong(0) + "\n# the same", wrong(1)):
        assert "is open now" not in said(check, cell(answer))
    assert said(solution, NAME).startswith("The solution opens after 1 more answer.")
    assert "is open now" in said(check, cell(wrong(2)))
    assert first in said(solution, NAME)


def test_the_solution_opens_after_success(said):
    said(check, cell(find(NAME).solutions[1]))
    assert find(NAME).solutions[0].strip() in said(solution, NAME)


ASKED = find_question("main_module")
RIGHT = ASKED.answer
WRONG = next(number for number in ASKED.options if number != RIGHT)


def test_a_question_is_asked_answered_and_explained(said):
    assert "Put 1, 2 or 3 in place of the dots" in said(predict, "main_module", ...)
    assert said(reason, "main_module").startswith("○ Answer the question above first")
    assert said(predict, "main_module", "z").startswith("'z' is none of the answers.")
    assert said(predict, "main_module", WRONG).startswith(f"You say **{WRONG}**")
    assert f"✗ You said **{WRONG}**. It is **{RIGHT}**" in said(reason, "main_module")
    said(predict, "main_module", RIGHT)  # the first answer counts
    assert f"✗ You said **{WRONG}**" in said(reason, "main_module")
    said(reset, "main_module")
    said(predict, "main_module", f" {RIGHT} ")
    assert said(reason, "main_module").startswith("✓ **You were right.**")


def test_a_number_alone_answers_the_question_that_was_asked_last(said):
    assert 'first, as in the cell that asks it: predict("main_module", 3)' in str(_told(predict, 3))
    said(predict, "taken_id")
    assert f"**{ASKED.text}**" in said(predict, "main_module", ...)
    assert said(predict, 3).startswith("You say **3**")
    assert diary.record("main_module").predicted == "3"
    assert said(predict, "z").startswith("'z' is none of the answers.")


def test_progress_is_counted_and_forgotten(said, capsys):
    def solved():
        progress()
        return capsys.readouterr().out.splitlines()[-1]

    total = len(exercises()) + 1  # with the project of the learner's own
    assert solved().startswith(f"0 of {total} exercises solved, 0 of")
    diary.add("solved", NAME)
    diary.add("solved", "an exercise of another version")
    diary.add("predicted", "main_module", "1")
    assert solved().startswith(f"1 of {total} exercises solved, 1 of")
    reset(NAME)
    assert solved().startswith(f"0 of {total} exercises solved, 1 of")
    diary.add("solved", "own_project")
    assert solved().startswith(f"1 of {total} exercises solved, 1 of")
    reset("own_project")
    assert solved().startswith(f"0 of {total} exercises solved, 1 of")
    diary.add("solved", NAME)
    reset("all")
    assert solved().startswith(f"0 of {total} exercises solved, 0 of")
    with pytest.raises(UnknownExercise, match="did you mean order_chain"):
        reset("order_chian")


def test_a_damaged_file_is_set_aside_and_its_good_lines_go_on(file, capsys):
    diary.add("solved", NAME)
    with file.open("ab") as out:
        out.write(b'\xff\x00 {"half\n[]\n{"what": 7}\n')
    damaged = file.read_bytes()
    assert diary.record(NAME).solved
    assert (
        "progress file was damaged. It is kept as progress.jsonl.damaged-1"
        in capsys.readouterr().out
    )
    assert file.with_name("progress.jsonl.damaged-1").read_bytes() == damaged
    diary.add("hint", NAME)
    assert diary.record(NAME).solved and diary.record(NAME).hints == 1
    file.write_text("nonsense")
    assert diary.events() == []
    assert file.with_name("progress.jsonl.damaged-2").read_text() == "nonsense"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_is_told(file, capsys):
    file.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    diary.add("solved", NAME)
    assert "Your progress cannot be kept" in capsys.readouterr().out


def test_a_folder_in_the_place_of_the_file_is_told(file, capsys):
    file.mkdir()
    diary.add("solved", NAME)
    assert "Your progress cannot be kept" in capsys.readouterr().out


def test_progress_moves_to_another_machine(file, tmp_path, monkeypatch, capsys):
    diary.add("solved", NAME)
    moved = tmp_path / "moved.jsonl"
    main(["export", str(moved)])
    with pytest.raises(SystemExit, match="exists"):
        main(["export", str(moved)])
    monkeypatch.setenv("LESSON_PROGRESS", str(tmp_path / "new" / "progress.jsonl"))
    diary.add("hint", NAME)
    for new in ("1 new", "0 new"):
        main(["import", str(moved)])
        assert new in capsys.readouterr().out
    assert diary.record(NAME).solved and diary.record(NAME).hints == 1
    moved.write_text("nonsense")
    with pytest.raises(SystemExit, match="is not a progress file"):
        main(["import", str(moved)])


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
def test_a_file_with_another_end_loses_nothing(file, end):
    diary.add("hint", NAME)
    diary.add("solved", NAME)
    file.write_bytes(file.read_bytes().rstrip() + end)
    diary.add("hint", NAME)
    assert diary.record(NAME).solved and diary.record(NAME).hints == 2
    assert list(file.parent.iterdir()) == [file]


def test_what_was_exported_comes_back_after_a_reset(file, tmp_path):
    diary.add("tried", NAME, "one")
    diary.add("solved", NAME)
    diary.add("predicted", "main_module", "1")
    before, kept = diary.records(), tmp_path / "kept"
    diary.export_to(kept)
    for name in ("all", NAME):
        reset(name)
        written = file.read_bytes()
        diary.import_from(kept)
        assert diary.records() == before
        assert file.read_bytes().startswith(written)  # only ever added to
    assert diary.import_from(kept) == 0


def test_two_exports_are_merged_and_a_reset_in_them_takes_nothing_away(file, tmp_path):
    for name in (NAME, "pass_it_on"):
        file.unlink(missing_ok=True)
        diary.add("solved", "hand_it_on")
        reset("all")
        diary.add("solved", name)
        diary.export_to(tmp_path / name)
    file.unlink()
    diary.add("hint", "late_file")
    for name in (NAME, "pass_it_on"):
        assert diary.import_from(tmp_path / name) == 1
    assert set(diary.records()) == {NAME, "pass_it_on", "late_file"}


def outside(*words: str, before: str = "pass") -> subprocess.CompletedProcess:
    """Run the command line in a Python that has no package but its own."""
    run = "import runpy; runpy.run_module('lesson_code.exercises', run_name='__main__')"
    code = f"import sys; sys.argv[1:] = {list(words)}; {before}; {run}"
    return subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=lesson.PROJECT, capture_output=True, text=True
    )


@pytest.mark.parametrize("words", [["list"], ["progress"], ["hint", NAME], ["reset", NAME]])
def test_outside_the_environment_the_commands_of_a_learner_work(words):
    ran = outside(*words)
    assert ran.returncode == 0 and ran.stdout and not ran.stderr


def test_nothing_is_said_when_nobody_reads_on():
    run = [sys.executable, "-m", "lesson_code.exercises", "list"]
    reads, writes = os.pipe()
    os.close(reads)
    ran = subprocess.run(run, cwd=lesson.PROJECT, stdout=writes, stderr=subprocess.PIPE)
    os.close(writes)
    assert ran.stderr == b""


def test_outside_the_environment_the_right_python_is_named():
    old = "sys.version_info = (3, 9); sys.version = '3.9.6 of Apple'"
    for words, before, what in (("verify", "pass", "has no "), ("list", old, "is 3.9.6, ")):
        ran = outside(words, before=before)
        assert ran.returncode == 1 and what in ran.stderr and "Traceback" not in ran.stderr
        assert ".venv/bin/python -m lesson_code.exercises" in ran.stderr


def test_what_the_package_hands_out_is_the_learners():
    code = "from lesson_code.exercises import *; from lesson_code.exercises import check; check(7)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=lesson.PROJECT, capture_output=True)
    assert b"Misused: this is of the type int" in ran.stderr


def test_the_command_line(capsys):
    main(["list"])
    assert "○ 00  ★☆☆   4 min  rq   order_chain" in capsys.readouterr().out
    diary.add("solved", NAME)
    main(["list"])
    assert "✓ 00  ★☆☆   4 min  rq   order_chain" in capsys.readouterr().out
    main(["hint", NAME])
    assert capsys.readouterr().out.startswith("**Hint 1 of 3.**")
    main(["reset", "all"])
    main(["progress"])
    assert "0 of" in capsys.readouterr().out
    main(["verify", NAME])
    assert "✓ order_chain" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="there is no exercise 'x'"):
        main(["verify", "x"])


def test_a_template_is_an_exercise_that_is_not_finished(tmp_path, monkeypatch, capsys):
    from lesson_code.exercises import cli as command

    (tmp_path / "notebook_03").mkdir()
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    main(["template", "03", "my_own"])
    assert "verify my_own" in capsys.readouterr().out
    assert "def my_own(queue)" in (tmp_path / "notebook_03" / "my_own.toml").read_text()
    for notebook_number, name in (("03", NAME), ("03", "my own"), ("33", "mine")):
        with pytest.raises(SystemExit, match=r"must be a Python name|is no notebook"):
            main(["template", notebook_number, name])


def test_a_quiz_says_at_once_what_is_right_and_why(said):
    assert said(quiz, "main_module").startswith(f"**{ASKED.text}**")
    assert said(quiz, "main_module", RIGHT).startswith("✓ **You were right.** A queue")
    wrong = said(quiz, "main_module", WRONG)
    assert wrong.startswith(f"✗ You said **{WRONG}**. It is **{RIGHT}**: ")
