"""The check of answers, in a process of its own: python -m lesson_code.exercises.check.judge

It reads {"exercise": id, "answers": [source, …], "prove": whether, "token": of one run, or null}.
It writes a line of JSON at a time. {"note": …} says what is going on, and {"verdict": …} follows
for each answer. To prove the exercise, {"impossible": …} names the parts of its scenes that can
never happen. With a token it writes {"shown": …} instead: that run of the first answer, as a
notebook shows it. When an answer works too much, it writes {"over": the count in words}, and ends.
"""

import json
import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

from lesson_code.exercises.check import guard
from lesson_code.exercises.check.answer import Answer, NotAnAnswer
from lesson_code.exercises.check.closed import close, refused
from lesson_code.exercises.check.differences import differences
from lesson_code.exercises.check.effort import LEAST, NOTHING, Work, allowed, effort
from lesson_code.exercises.check.oracle import Oracle
from lesson_code.exercises.check.places import is_real, place
from lesson_code.exercises.check.prints import Prints
from lesson_code.exercises.check.scenes import Trial, impossible, trials
from lesson_code.exercises.check.survival import Survival, run_of, story_of, survivals, told
from lesson_code.exercises.check.tampering import MODULES, undo_tampering
from lesson_code.exercises.check.trial import Notes, Outcome
from lesson_code.exercises.check.trial_arq import play_arq
from lesson_code.exercises.check.trial_rq import play_rq
from lesson_code.exercises.exercise import Exercise, find
from lesson_code.lab.pictures import Picture, crash_map
from lesson_code.lab.pictures.compared import compared
from lesson_code.lab.player import replay
from lesson_code.lab.stage.token import NoSuchRun

MOST_SENTENCES = 3
ALONE = Oracle(None, lambda: None)  # it never asks


@dataclass(frozen=True)
class Verdict:
    """The verdict for the learner: a sentence for each difference; none if the answer is right."""

    solved: bool
    sentences: tuple[str, ...] = ()
    picture: Picture | None = None
    printed: str = ""
    survived: str = ""  # how many crashes and orders it survives, if the exercise asks for it
    work: Work = NOTHING  # the most that it did in a trial
    limit: Work = LEAST  # and the most that it was allowed to do


def judge(
    exercise: Exercise,
    source: str,
    note: Callable[[str], None] = print,
    oracle: Oracle = ALONE,
) -> Verdict:
    """Compare the actions of `source` with those of the solution, trial by trial."""
    prints = Prints()
    try:
        with redirect_stdout(prints), redirect_stderr(prints):
            verdict = _judged(exercise, source, note, oracle, prints)
    except NotAnAnswer as error:
        verdict = Verdict(False, (str(error),), printed=prints.text)
    return replace(verdict, work=effort.most, limit=effort.limit)


def _judged(
    exercise: Exercise,
    source: str,
    note: Callable[[str], None],
    oracle: Oracle,
    prints: Prints,
) -> Verdict:
    sentences, mine, wanted = _first_differences(exercise, source, note, oracle, prints)
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
    """Return how many runs it survives, and the faults of the first of the others."""
    first, *_ = look.harmed
    call = f'`show_run({exercise.id}, "{first.token}")`'
    when = f"{look.scene.when}: " if look.scene.when else ""
    return f"{when}it survives {told([look])}; {first.says}. Step by step: {call}"


def _first_differences(
    exercise: Exercise,
    source: str,
    note: Callable[[str], None],
    oracle: Oracle,
    prints: Prints,
) -> tuple[list[str], Outcome, Outcome]:
    """Play trial after trial until there is a difference; return it, and both outcomes.

    Without a difference the two outcomes are those of the first trial.
    """
    plain = _wanted(exercise.id, Trial(), oracle)  # before the answer can change anything
    effort.new_answer(allowed(plain.work))
    answer = Answer(exercise, source)
    first = mine = wanted = None
    for trial in trials(exercise, plain):
        if is_real() and trial.needs_the_stage:
            continue
        if first and not trial.tells((mine, wanted)):
            continue
        oracle.begin(trial)
        with _its_errors(answer):
            mine = _play(answer, trial, note)
        wanted = _wanted(exercise.id, trial, oracle)
        first = first or (mine, wanted)
        prints.open = False  # the other scenes print the same again
        if found := differences(mine, wanted, exercise, trial.scene):
            return found, mine, wanted
    return [], *first


@contextmanager
def _its_errors(answer: Answer) -> Iterator[None]:
    """Report an error in here as the answer's own fault, and undo its replacements.

    A refusal in one of its jobs is its fault, too, even if the job has caught it.
    """
    refused.clear()
    try:
        yield
        for sentence in refused:
            raise NotAnAnswer(sentence)
    except (NotAnAnswer, NoSuchRun):
        raise
    except BaseException as error:
        raise NotAnAnswer(answer.told(error)) from None
    finally:
        undo_tampering()


def _play(answer: Answer, trial: Trial, note: Callable[[str], None]) -> Outcome:
    play = play_arq if answer.exercise.engine == "arq" else play_rq
    effort.begin()
    with place() as here:
        answer.let_pass = here.let_pass
        return play(answer, here, Notes(trial.scene, trial.starved, note))


def _wanted(name: str, trial: Trial, oracle: Oracle) -> Outcome:
    """Return the outcome of the solution."""
    return oracle.outcome(trial) or play_solution(name, trial)


@lru_cache(maxsize=256)
def play_solution(name: str, trial: Trial) -> Outcome:
    """Return the outcome of the solution; for several answers it need not be played again."""
    exercise = find(name)
    with effort.aside():
        return _play(Answer(exercise, exercise.solutions[0]), trial, lambda what: None)


def _impossible(exercise: Exercise, oracle: Oracle = ALONE) -> Iterator[str]:
    """Yield the parts of the exercise's scenes that can never happen."""
    plain = _wanted(exercise.id, Trial(), oracle)
    for scene in exercise.scenes:
        try:
            played = _wanted(exercise.id, Trial(scene), oracle)
        except Exception:
            played = plain  # an unknown error: it is reported below
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


def main() -> None:
    """Answer the request on standard input."""
    serve(json.load(sys.stdin), os.dup(1))


def serve(asked: dict, channel: int, connection: socket.socket | None = None) -> None:
    """Answer one request, and end this process.

    An answer's output never reaches the channel.
    """
    os.environ["LESSON_FRAMES"] = "last"  # so that importing `check` starts nothing
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)

    def send(**message) -> None:
        line = memoryview(json.dumps(message).encode() + b"\n")
        while line:
            line = line[os.write(channel, line) :]

    def over(counted: str) -> None:
        send(over=counted)
        os._exit(0)  # so no `except` of an answer can go on

    oracle = Oracle(connection, lambda: send(waiting="for the oracle"))
    answer(asked, lambda: guard.put_up(offline=not is_real()), send, over, oracle)
    os._exit(0)  # threads of an answer must not hold the verdict back


def answer(
    asked: dict,
    put_guard_up: Callable[[], None],
    send: Callable[..., None],
    over: Callable[[str], None],
    oracle: Oracle = ALONE,
) -> None:
    """Answer one request, message by message; `over` is called when an answer works too much."""
    try:
        exercise = find(asked["exercise"])
        put_guard_up()
        close(MODULES)
        effort.over = over
        if asked["token"] is not None:
            send(shown=_shown(exercise, asked["answers"][0], asked["token"]))
            return
        for source in asked["answers"]:
            send(note="running the cell")
            verdict = judge(exercise, source, lambda what: send(note=what), oracle)
            send(verdict=asdict(verdict))
        if asked["prove"]:
            send(impossible=[*_impossible(exercise, oracle)])
    except BaseException:
        send(broken=traceback.format_exc())  # the answers' own errors were caught before


if __name__ == "__main__":
    main()
