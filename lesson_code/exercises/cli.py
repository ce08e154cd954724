"""The exercises in a terminal: python -m lesson_code.exercises --help"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from lesson_code.exercises import diary
from lesson_code.exercises.exercise import FOLDER, BadExercise, UnknownExercise, exercises, find
from lesson_code.exercises.progress import next_hint, progress_table, reset

TEMPLATE = FOLDER / "template.toml"


def listing() -> None:
    known = diary.records()
    for one in exercises().values():
        glyph = "✓" if known.get(one.id, diary.Record()).solved else "○"
        about = f"{one.stars}  {one.minutes:2} min  {one.engine:3}"
        print(f"{glyph} {one.notebook}  {about}  {one.id:24} {one.title}")


def prove(names: list[str]) -> None:
    """Verify these exercises (or all), even on the Redis at REDIS_URL, if it is set."""
    from lesson_code.exercises.check.verify import verify  # the only command that needs RQ

    chosen = [find(name) for name in names] or list(exercises().values())
    backends = [False, True] if os.environ.get("REDIS_URL") else [False]
    wrong = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for real in backends:
            results = pool.map(partial(verify, real=real), chosen)
            for one, found in zip(chosen, results, strict=True):
                print("✗" if found else "✓", one.id, *[f"\n  {what}" for what in found])
                wrong += found
    if wrong:
        sys.exit(f"{len(wrong)} things are wrong.")
    print(f"All is well with {len(chosen)} exercises.")


def template(notebook: str, name: str) -> None:
    """Write a file to fill in. Raises ValueError for an invalid name, or for one that is taken."""
    if not name.isidentifier() or name in exercises():
        raise ValueError(f"{name!r} must be a Python name that no exercise has yet")
    if not any(one.notebook == notebook for one in exercises().values()):
        raise ValueError(f"{notebook!r} is no notebook with exercises: 01, 02, …")
    target = FOLDER / f"notebook_{notebook}" / f"{name}.toml"
    text = TEMPLATE.read_text(encoding="utf-8").replace("NAME", name)
    target.write_text(text, encoding="utf-8")
    print(f"written: {target}\nthen: python -m lesson_code.exercises verify {name}")


def export(file: str) -> None:
    print(f"{diary.export_to(Path(file))} events written to {file}")


def bring_in(file: str) -> None:
    print(f"{diary.import_from(Path(file))} new events from {file}")


def play(name: str, file: str | None = None) -> None:
    """Play a level as it is found, or the answer in a file."""
    from lesson_code.exercises.terminal import play as begin  # needs RQ, too

    exercise = find(name)
    begin(exercise, Path(file).read_text(encoding="utf-8") if file else exercise.stub)


def forget(name: str) -> None:
    reset(name)
    print(f"forgotten: {name}")


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m lesson_code.exercises", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name, run, about, *arguments, **options):
        one = commands.add_parser(name, help=about, description=about)
        for argument in arguments:
            may_be_left_out = {"nargs": "?"} if argument.endswith("?") else options
            one.add_argument(argument.removesuffix("?"), **may_be_left_out)
        one.set_defaults(run=run)

    command("list", listing, "all exercises: solved, level, minutes, engine, id, title")
    command("progress", lambda: print(progress_table()), "what is solved and predicted")
    command("hint", lambda name: print(next_hint(name)), "the next hint", "name")
    command("reset", forget, 'start one exercise again, or "all"', "name")
    command("export", export, "write your progress to a new file", "file")
    command("import", bring_in, "add the progress from such a file", "file")
    command(
        "verify", prove, "prove that exercises are right (all without a name)", "names", nargs="*"
    )
    command("play", play, "play a level here, as it is found or as in a file", "name", "file?")
    command("template", template, "a new exercise to fill in", "notebook", "name")
    given = vars(parser.parse_args(words))
    run = given.pop("run")
    try:
        run(*given.values())
        sys.stdout.flush()
    except BrokenPipeError:  # as in `… list | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (BadExercise, UnknownExercise, OSError, ValueError) as error:
        sys.exit(str(error))
