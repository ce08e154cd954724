"""What a trial is asked to play, and what it has shown."""

from dataclasses import dataclass, field

from tools.engines.ends import Seen


@dataclass(frozen=True)
class Order:
    """What to play: a variant, a mode and a place. Without a place, nothing is struck."""

    variant: str
    mode: str = "kill"
    at: int | None = None
    after: bool = False
    again: int | None = None  # the send at which the recovering worker is killed, too; 0: at none


@dataclass(frozen=True)
class Outcome:
    """What a trial has shown; the sends with the size of the file of effects at each of them."""

    order: Order
    end: str
    seen: Seen
    struck: bool
    sends: list[tuple[str, int]]
    size: int
    at_death: str = ""
    ended: float | None = (
        None  # seconds until a worker that got SIGTERM had ended; None: it did not
    )
    again: list[str] = field(default_factory=list)  # the sends of the worker that recovered
    struck_again: bool = False
    rounds: int = 0
    trouble: str = ""  # why there is no outcome
