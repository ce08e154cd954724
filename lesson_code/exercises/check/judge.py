"""The check of answers, in a process of its own: python -m lesson_code.exercises.check.judge

It reads {"exercise": id, "answers": [source, …], "limit": seconds, "prove": whether,
"token": of one run, or null}, and writes a line of JSON at a time:
{"note": what is going on}, for each answer {"verdict": …}, and to prove the exercise
{"impossible": what of its scenes can never happen}. With a token it writes
{"shown": that run of the first answer, as a notebook shows it} instead.
"""

import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from functools import lru_cache

from lesson_code.exercises.check import guard
from lesson_code.exercises.check.answer import Answer, NotAnAnswer
from lesson_code.exercises.check.differences import differences
from lesson_code.exercises.check.places import is_real, place
from lesson_code.exercises.check.scenes import Trial, impossible, trials
from lesson_code.exercises.check.survival import Survival, run_of, story_of, survivals, told
from lesson_code.exercises.check.tampering import undo_tampering
from lesson_code.exercises.check.trial import Notes, Outcome
from lesson_code.exercises.check.trial_arq import play_arq
from lesson_code.exercises.check.trial_rq import play_rq
from lesson_code.exercises.exercise import Exercise, find
from lesson_code.lab.pictures import Picture, crash_map
from lesson_code.lab.pictures.compared import compared
from lesson_code.lab.player import replay
from lesson_code.lab.stage.token import NoSuchRun

MOST_SENTENCES, MOST_PRINTED = 3, 400  # characters of what an answer prints


@dataclass(frozen=True)
class Verdict:
    """What the learner is told: the sentences say what differs; none if the answer is right."""

    solved: bool
    sentences: tuple[str, ...] = ()
    picture: Picture | None = None
    printed: str = ""
    survived: str = ""  # how many deaths and orders, if the exercise asks for it


def judge(exercise: Exercise, source: str, note: Callable[[str], None] = print) -> Verdict:
    """Compare what `source` does with what the solution does, trial by trial."""
    prints = Prints()
    try:
        with redirect_stdout(prints), redirect_stderr(prints):
            return _judged(exercise, source, note, prints)
    except NotAnAnswer as error:
        return Verdict(False, (str(error),), printed=prints.text)


def _judged(
    exercise: Exercise, source: str, note: Callable[[str], None], prints: "Prints"
) -> Verdict:
    sentences, mine, wanted = _first_differences(exercise, source, note, prints)
    picture = compared(mine.run, None if not sentences else wanted.run, exercise.jobs)
    if sentences or is_real():
        shown = tuple(sentences[:MOST_SENTENCES])
        return Verdict(not sentences, shown, picture, prints.text)
    looks = []
    answer = Answer(exercise, source)
    with _its_errors(answer):
        for look in survivals(answer, note):
            looks.append(look)
            if look.harmed:
                return Verdict(False, (_harm(look, exercise),), crash_map(look.fates), prints.text)
    return Verdict(True, (), picture, prints.text, survived=told(looks))


def _harm(look: Survival, exercise: Exercise) -> str:
    """Return how many runs it survives, and what happens in the first of the others."""
    first, *_ = look.harmed
    call = f'`show_run({exercise.id}, "{first.token}")`'
    when = f"{look.scene.when}: " if look.scene.when else ""
    return f"{when}it survives {told([look])}; {first.says}. Step by step: {call}"


def _first_differences(
    exercise: Exercise, source: str, note: Callable[[str], None], prints: "Prints"
) -> tuple[list[str], Outcome, Outcome]:
    """Play trial after trial until something differs; return it, and what came of both.

    Without a difference the two are those of the first trial.
    """
    plain = _wanted(exercise.id, Trial())  # before the answer can change anything
    answer = Answer(exercise, source)
    first = mine = wanted = None
    for trial in trials(exercise, plain):
        if is_real() and trial.needs_the_stage:
            continue
        if first and not trial.tells((mine, wanted)):
            continue
        with _its_errors(answer):
            mine = _play(answer, trial, note)
        wanted = _wanted(exercise.id, trial)
        first = first or (mine, wanted)
        prints.open = False  # the other scenes print the same again
        if found := differences(mine, wanted, exercise, trial.scene):
            return found, mine, wanted
    return [], *first


@contextmanager
def _its_errors(answer: Answer) -> Iterator[None]:
    """Tell what goes wrong here as the answer's own fault, and undo what it has replaced."""
    try:
        yield
    except (NotAnAnswer, NoSuchRun):
        raise
    except BaseException as error:
        raise NotAnAnswer(answer.told(error)) from None
    finally:
        undo_tampering()


def _play(answer: Answer, trial: Trial, note: Callable[[str], None]) -> Outcome:
    play = play_arq if answer.exercise.engine == "arq" else play_rq
    with place() as here:
        answer.let_pass = here.let_pass
        return play(answer, here, Notes(trial.scene, trial.starved, note))


@lru_cache(maxsize=256)
def _wanted(name: str, trial: Trial) -> Outcome:
    """Return what the solution does; for several answers it need not be played again."""
    exercise = find(name)
    return _play(Answer(exercise, exercise.solutions[0]), trial, lambda what: None)


def _impossible(exercise: Exercise) -> Iterator[str]:
    """Yield what of the exercise's scenes can never happen."""
    plain = _wanted(exercise.id, Trial())
    for scene in exercise.scenes:
        try:
            played = _wanted(exercise.id, Trial(scene))
        except Exception:
            played = plain  # an error that is unknown: it is told below
        yield from (f"the scene {scene.when!r}: {why}" for why in impossible(scene, plain, played))


def _shown(exercise: Exercise, source: str, token: str) -> dict[str, str]:
    """Return the run of the answer that the token names, as a notebook shows it."""
    prints = Prints()
    try:
        scene, run = run_of(exercise, token)
        with redirect_stdout(prints), redirect_stderr(prints):
            answer = Answer(exercise, source)
            with _its_errors(answer), story_of(answer, scene, lambda what: None) as story:
                return replay(story, run)._repr_mimebundle_()
    except NoSuchRun as error:
        return {"text/plain": f"there is no run {token!r}: {error}"}
    except NotAnAnswer as error:
        return {"text/plain": str(error)}


class Prints(io.TextIOBase):
    """Keeps the first characters that are printed while it is open, and counts the lines."""

    def __init__(self):
        self.kept, self.lines, self.open = "", 0, True

    def write(self, words: str) -> int:
        if self.open:
            self.lines += words.count("\n")
            self.kept += words[: MOST_PRINTED - len(self.kept)]
        return len(words)

    @property
    def text(self) -> str:
        more = f"\n… {self.lines} lines in all" if self.lines > self.kept.count("\n") else ""
        return self.kept.rstrip("\n") + more


def main() -> None:
    """Answer one request. What an answer prints never reaches the channel of the verdicts."""
    asked = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)

    def send(**message) -> None:
        print(json.dumps(message), file=channel, flush=True)

    answer(asked, lambda: guard.put_up(asked["limit"], offline=not is_real()), send)
    os._exit(0)  # threads of an answer must not hold the verdict back


def answer(asked: dict, put_guard_up: Callable[[], None], send: Callable[..., None]) -> None:
    """Answer one request, message by message."""
    try:
        exercise = find(asked["exercise"])
        put_guard_up()
        if asked["token"] is not None:
            send(shown=_shown(exercise, asked["answers"][0], asked["token"]))
            return
        for source in asked["answers"]:
            send(note="running the cell")
            send(verdict=asdict(judge(exercise, source, lambda what: send(note=what))))
        if asked["prove"]:
            send(impossible=[*_impossible(exercise)])
    except BaseException:
        send(broken=traceback.format_exc())  # the answers' own errors were caught before


if __name__ == "__main__":
    main()
