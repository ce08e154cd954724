"""The crash search: every crash of the chain and of each recipe, every order of three stories."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tools.bench.figures import Figure, ratio, verdicts
from tools.bench.in_turn import Broken, Ran, in_turn
from tools.bench.trees import COMMIT, Setting

ORDERS, BUDGET = ["CHAIN", "FAN_IN", "COUNTING"], 40
FEW_RECIPES = ["RQ `retry_on`", "ARQ `chained`, a chain"]
EXIT = 1.0  # seconds of processor time in which Python ends


def crashes(setting: Setting) -> Iterator[Figure]:
    asked = {"kind": "crashes", "names": ["CHAIN"], "recipes": False, "budget": 0}
    yield from compared("every_crash", in_turn(setting, "search", asked), Fraction(1, 6))


def recipes(setting: Setting) -> Iterator[Figure]:
    few = FEW_RECIPES if setting.short else []
    asked = {"kind": "crashes", "names": few, "recipes": True, "budget": 0}
    yield from compared("every_crash", in_turn(setting, "search", asked), Fraction(1, 3))


def orders(setting: Setting) -> Iterator[Figure]:
    names = ORDERS[-1:] if setting.short else ORDERS
    asked = {"kind": "orders", "names": names, "recipes": False, "budget": BUDGET}
    yield from compared("every_order", in_turn(setting, "search", asked), Fraction(1, 2))


def compared(what: str, pairs: Sequence[tuple[Ran, Ran]], bar: Fraction) -> Iterator[Figure]:
    """Compare case by case: the processor time, and the verdicts of the last round.

    Raises Broken if the trees have no case in common. Raises it, too, if a process outlived its
    program, because it may have done a part of the work.
    """
    for ran in (ran for pair in pairs for ran in pair):
        if ran.processor > ran.said["spent"] + EXIT:
            raise Broken(
                f"{what}: {ran.processor - ran.said['spent']:.2f} s of processor time were spent "
                f"by processes that nobody had waited for, beside {ran.said['spent']:.2f} s"
            )
    then, now = (ran.said["cases"] for ran in pairs[-1])
    if not {*then} & {*now}:
        raise Broken(f"{what}: the trees have no case in common: {[*then]} and {[*now]}")
    for name in {**then, **now}:
        title = f"{what}, {name}"
        if name in then and name in now:
            seconds = [[ran.said["cases"][name]["seconds"] for ran in pair] for pair in pairs]
            yield ratio(title, *zip(*seconds, strict=True), bar)
            yield verdicts(title, then[name]["verdicts"], now[name]["verdicts"])
        else:
            yield Figure(title, f"only {'at ' + COMMIT if name in then else 'in this tree'}")
