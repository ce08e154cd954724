"""You are the scheduler: each level can be broken in its first form, but not after its repair."""

import pytest

from lesson_code.exercises import diary, game, terminal
from lesson_code.exercises.exercise import Misused, find
from lesson_code.exercises.learner import play
from lesson_code.lab.stage.table import Table
from lesson_code.lab.stage.token import choices_of
from tests.sampling import sampled

LEVELS = game.levels()


@pytest.fixture(autouse=True)
def progress(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSON_PROGRESS", str(tmp_path / "progress.jsonl"))


@pytest.fixture
def board():
    level = find("same_stock")
    return game.board(level, level.stub)


def name(level) -> str:
    return level.id


def walk_to(table: Table, at: int) -> None:
    while not table.is_over and table.at < at:
        table.move("")


def break_it(board) -> None:
    """Make the move that the last hint tells of."""
    token = game.shortest("same_stock").token
    walk_to(board.table, choices_of(token).last)
    board.table.move("w2")


def test_there_are_ten_at_least_and_of_both_engines():
    assert len(LEVELS) >= 10
    assert {level.engine for level in LEVELS} == {"rq", "arq"}
    assert {kind for level in LEVELS for kind in level.survives} == {"crash", "order"}
    assert sum(any(scene.fails for scene in level.scenes) for level in LEVELS) >= 3
    assert len({level.misunderstanding for level in LEVELS}) == len(LEVELS)


@pytest.mark.parametrize("level", sampled(LEVELS, 1), ids=name)
def test_a_level_is_won_by_the_way_that_the_last_hint_tells(level):
    board, fate = game.board(level, level.stub), game.shortest(level.id)
    choices = choices_of(fate.token)
    walk_to(board.table, choices.last)
    key = "d" if choices.crashes else f"w{choices.switches[0][1] + 1}"
    board.table.move(key)
    board.table.finish()
    assert board.status().startswith("✗ It breaks: ")
    assert level.misunderstanding in board.status()
    assert diary.record(level.id).broken
    str(board), board.status()
    assert [event["what"] for event in diary.events()] == ["broken"]  # noted once, not each time
    assert fate.where in board.hints()[-1]


@pytest.mark.parametrize("level", sampled(LEVELS, 1), ids=name)
def test_no_choice_breaks_a_level_that_is_repaired(level):
    table = game.table_of(level, level.solutions[0])
    table.in_detail = True
    table.at = next(table.stops())
    places = 0
    while not table.is_over:
        for move in table.moves():
            fate = table.seen(move.choices).fate
            assert not game.breaks(level, fate), fate.says
            places += bool(move.key)
        table.move("")
    assert places > 3


@pytest.mark.parametrize("level", sampled(LEVELS, 1), ids=name)
def test_a_run_without_a_choice_is_right(level):
    table = game.table_of(level, level.stub)
    table.finish()
    assert not game.breaks(level, table.now.fate)
    assert table.moves() == []


def test_a_move_is_taken_back_as_often_as_one_likes(board):
    table, seen = board.table, []
    while not table.is_over and len(seen) < 6:
        seen.append(str(board))
        table.move("w2" if len(seen) == 5 else "")
    while seen:
        table.back()
        assert str(board) == seen.pop()
    table.back()
    break_it(board)
    table.again()
    assert table.choices.number == 0 and table.past == []


def test_only_what_has_happened_is_shown(board):
    board.table.in_detail = True
    assert "kind" not in str(board) and "so far" in str(board)
    assert len(board.table.so_far.steps) == board.table.at
    break_it(board)
    board.table.finish()
    assert "lost" in str(board)


def test_a_move_that_there_is_not_is_a_clear_error(board):
    with pytest.raises(ValueError, match="there is no move 'd' here"):
        board.table.move("d")


def test_the_buttons_do_what_they_say(board):
    moves, others, controls, shown = board.widget().children
    (go, crash, _), (other, *_) = moves.children, others.children
    back, undo, again, end, hint, detail, _ = controls.children
    first = shown.value
    assert go.description == "▶ go on" and other.description == "⇄ worker-2 goes first"
    assert crash.layout.display == "none"  # in this level no worker may crash
    assert back.disabled and undo.disabled
    go.click()
    assert shown.value != first and not back.disabled and undo.disabled
    back.click()
    assert shown.value == first
    hint.click()
    assert "One decision is enough: another worker goes on" in shown.value
    while board.table.at < choices_of(game.shortest("same_stock").token).last:
        go.click()
    before = shown.value
    other.click()
    assert "✗ It breaks" in shown.value and go.disabled and go.layout.display != "none"
    undo.click()
    assert shown.value == before
    again.click()
    assert shown.value == first
    end.click()
    assert "Nothing is wrong in this run" in shown.value and end.disabled
    again.click()
    detail.value = True
    assert "EXISTS" not in first and "Steps of a run" in shown.value


def test_what_a_learner_would_name_comes_first_and_the_rest_on_demand(board):
    table = board.table
    in_short = [*table.stops()]
    assert "LMOVE" not in board._html()
    table.in_detail = True
    assert len(in_short) < len([*table.stops()]) / 2
    assert "LMOVE" not in board._html()  # it is still to come
    table.move("")
    assert "LMOVE" in board._html()


def test_a_notebook_that_is_stored_holds_a_picture_and_no_button(board, monkeypatch):
    monkeypatch.setenv("LESSON_FRAMES", "last")
    assert {*board._repr_mimebundle_()} == {"text/html", "text/plain"}
    monkeypatch.delenv("LESSON_FRAMES")
    live = board._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in live and "<img" in live["text/html"]


def test_it_is_played_in_a_terminal_too(monkeypatch, capsys):
    level = find("pays_twice")
    steps = choices_of(game.shortest(level.id).token).last
    table = game.table_of(level, level.stub)
    words = []
    while table.at < steps:
        table.move("")
        words.append("")
    keys = iter(["nonsense", "h", "u", "b", "m", "m", *words, "d", "a", "q"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(keys))
    terminal.play(level, level.stub)
    said = capsys.readouterr().out
    assert (
        "'nonsense' is no move here." in said and "One decision is enough: a worker crashes" in said
    )
    assert "d: worker-1 crashes here" in said
    assert "withdraw('Ada', 'May') happens twice" in said


def test_what_is_no_level_is_said(monkeypatch):
    def order_chain(queue): ...

    with pytest.raises(Misused, match="order_chain is no level"):
        play(order_chain)
    with pytest.raises(ValueError, match="order_chain is no level"):
        terminal.play(find("order_chain"), "")
    with pytest.raises(ValueError, match="there is no `same_stock` in this cell"):
        terminal.play(find("same_stock"), "x = 1")
