"""A level of the game in a terminal."""

from lesson_code.exercises.check.answer import NotAnAnswer
from lesson_code.exercises.exercise import Exercise
from lesson_code.exercises.game import board
from lesson_code.lab.board import Board

KEYS = {"e": "to the end", "u": "undo", "a": "again", "h": "hint", "q": "quit"}


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
    """Do what a key says; return what is shown then."""
    if key == "h":
        return game.hint()
    if key == "e":
        game.table.finish()
    elif key == "u":
        game.table.undo()
    elif key == "a":
        game.table.again()
    elif key in moves:
        game.table.move(key)
    else:
        return f"{key!r} is no move here."
    return str(game)
