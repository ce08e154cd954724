"""What a learner meets: checks, hints, the solution, predictions, progress, the command line."""

import linecache
import os
import stat

import pytest

from lesson_code.exercises import diary, learner
from lesson_code.exercises.cli import main
from lesson_code.exercises.exercise import UnknownExercise, exercises, find
from lesson_code.exercises.learner import check, hint, predict, progress, reason, reset, solution

NAME = "order_chain"


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """A progress file of its own."""
    monkeypatch.setenv("LESSON_PROGRESS", str(tmp_path / "progress.jsonl"))
    return tmp_path / "progress.jsonl"


@pytest.fixture
def said(monkeypatch):
    """Call something and return what it showed."""
    shown = []

    def show(thing, raw=False):
        shown.append(thing["text/plain"] if raw else str(thing))

    monkeypatch.setattr(learner, "display", show)

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


def test_a_right_answer_gets_the_explanation_and_another_way(said):
    told = said(check, cell(find(NAME).solutions[0] + "\nprint('hello')"))
    assert told.startswith("✓ **Solved.** Each job waits for the one in front of it.")
    assert "**Another way:**\n```python\nfrom lesson_code.worlds import shop" in told
    assert "Your code printed:\n```text\nhello\n```" in told
    assert diary.record(NAME).solved


@pytest.mark.parametrize("nothing", [None, "order_chain", 7, type("order_chain", (), {})])
def test_what_is_no_function_is_told(nothing):
    with pytest.raises(TypeError, match="the function itself, without"):
        check(nothing)


def test_a_function_of_another_name_is_told():
    with pytest.raises(
        UnknownExercise, match="no exercise 'order_chian'; did you mean order_chain"
    ):
        check(cell("def order_chian(queue): pass", "order_chian"))


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


def test_a_question_is_asked_answered_and_explained(said):
    assert 'Put `"a"`, `"b"`, `"c"` in the place of the dots' in said(predict, "main_module", ...)
    assert said(reason, "main_module").startswith("○ Answer the question above first")
    assert said(predict, "main_module", "z").startswith("'z' is none of the answers.")
    assert said(predict, "main_module", "a").startswith("You say **a**")
    assert "✗ You said **a**. It is **c**" in said(reason, "main_module")
    said(predict, "main_module", "c")  # the first answer counts
    assert "✗ You said **a**" in said(reason, "main_module")
    said(reset, "main_module")
    said(predict, "main_module", "c")
    assert said(reason, "main_module").startswith("✓ **You were right.**")


def test_progress_is_counted_and_forgotten(said, capsys):
    def solved():
        progress()
        return capsys.readouterr().out.splitlines()[-1]

    total = len(exercises())
    assert solved().startswith(f"0 of {total} exercises solved, 0 of")
    diary.add("solved", NAME)
    diary.add("solved", "an exercise of another version")
    diary.add("predicted", "main_module", "a")
    assert solved().startswith(f"1 of {total} exercises solved, 1 of")
    reset(NAME)
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


def test_the_command_line(capsys):
    main(["list"])
    assert "○ 03  ★☆☆   3 min  rq   order_chain" in capsys.readouterr().out
    diary.add("solved", NAME)
    main(["list"])
    assert "✓ 03  ★☆☆   3 min  rq   order_chain" in capsys.readouterr().out
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
