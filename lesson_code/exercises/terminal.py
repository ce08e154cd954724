"""A level of the game in a terminal."""

from lesson_code.exercises.check.answer import NotAnAnswer
from lesson_code.exercises.exercise import Exercise
from lesson_code.exercises.game import board
from lesson_code.lab.board import Board

KEYS = {
    "b": "back",
    "u": "undo the last choice",
    "a": "to the start",
    "e": "to the end",
    "m": "more or fewer details",
    "h": "hint",
    "q": "quit",
}


def play(exercise: Exercise, source: str) -> None:
    """Show the table and take moves until the player quits. Raises ValueError if it is no level."""
    if not exercise.is_level:
        raise ValueError(f"{exercise.id} is no level of the game")
    try:
        game = board(exercise, source)
    except NotAnAnswer as error:
        raise ValueError(str(error)) from None
    print(f"{exercise.title}\n\n{exercise.text.strip()}\n\n{source.strip()}\n")
    more = str(game)
    while True:
        moves = {move.key: move.words for move in game.table.moves()}
        offers = [f"{key or 'Enter'}: {words}" for key, words in {**moves, **KEYS}.items()]
        print(f"{more}\n\n{'   '.join(offers)}")
        try:
            key = input("> ").strip().lower()
        except EOFError:
            return
        if key == "q":
            return
        more = _done(game, key, moves)


def _done(game: Board, key: str, moves: dict[str, str]) -> str:
    """Make the move of a key; return the text to show then."""
    if key == "h":
        return game.hint()
    table = game.table
    acts = {"b": table.back, "u": table.undo, "a": table.again, "e": table.finish}
    if key in acts:
        acts[key]()
    elif key == "m":
        table.in_detail = not table.in_detail
    elif key in moves:
        table.move(key)
    else:
        return f"{key!r} is no move here."
    return str(game)
