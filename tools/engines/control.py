"""The proof of the driver on the control: a worker that is broken on purpose must be found."""

from tools.engines.crew import Crew
from tools.engines.engine import CONTROL
from tools.engines.study import Study


class NotProved(Exception):
    """The error for a driver that does not find what is broken on purpose."""


def prove(lanes: int) -> str:
    """Play the control; return what was found, in words.

    Raises NotProved if the jobs lost are not those that must be lost, and TrialFailed if a variant
    is harmed without a strike.
    """
    told = []
    with Crew(CONTROL, (), lanes) as crew:
        for variant, expected in crew.engine.chain.LOST.items():
            found = Study(crew, variant, "kill").run()
            lost = sum(one.ends == ["lost"] for one in found)
            if lost != expected:
                raise NotProved(
                    f"the control {variant!r} must lose jobs at {expected} of its places, and the "
                    f"driver has found {lost} of {len(found)}: trust no result of this machine"
                )
            told.append(f"{variant} {lost} of {len(found)}")
    return "control, lost as expected: " + ", ".join(told)
