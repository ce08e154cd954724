"""Does an answer survive? It is played through every death and every order, within a budget."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.trial_arq import arq_story
from lesson_code.exercises.check.trial_rq import rq_story
from lesson_code.lab.record import Fate, Fates
from lesson_code.lab.stage.deaths import every_death
from lesson_code.lab.stage.orders import every_order
from lesson_code.lab.stage.verdict import RQS_OWN

DEATHS, ORDERS = 60, {"rq": 45, "arq": 100}  # runs of a check, at most
WORKERS = {"rq": 2, "arq": 1}  # jobs of one ARQ worker meet, too


@dataclass(frozen=True)
class Survival:
    """What came of the runs of one kind: "death" or "order"."""

    kind: str
    fates: Fates
    harmed: tuple[Fate, ...]  # those that break the exercise's promise

    @property
    def told(self) -> str:
        """Return "41 of 44 deaths", or "60 of 60 orders (of 812 that there are)"."""
        seen, possible = len(self.fates.fates), self.fates.possible
        more = f" (of {possible:,} that there are)" if possible > seen else ""
        return f"{seen - len(self.harmed):,} of {seen:,} {self.kind}s{more}"


def survivals(answer: Answer, note: Callable[[str], None]) -> Iterator[Survival]:
    """Yield what comes of the deaths and the orders that the exercise asks for.

    In another order nothing may be lost or done twice; at a death that which the exercise says.
    """
    exercise = answer.exercise
    for kind in exercise.survives:
        with story_of(answer, note) as story:
            if kind == "death":
                fates = every_death(story, budget=DEATHS, only_changes=True)
            else:
                fates = every_order(story, WORKERS[exercise.engine], budget=ORDERS[exercise.engine])
        never = {*exercise.never, "hangs"} if kind == "death" else {"lost", "twice", "hangs"}
        harmed = [one for one in fates.fates if one.kind in never and RQS_OWN not in one.says]
        yield Survival(kind, fates, tuple(harmed))


def story_of(answer: Answer, note: Callable[[str], None]) -> AbstractContextManager:
    """Return the answer's jobs as a story; `note` is told what is going on."""
    return (rq_story if answer.exercise.engine == "rq" else arq_story)(answer, note)
