"""Every stop: a worker gets SIGTERM at each place of its run, as at a deploy; then others come."""

from lesson_code.lab.record import Fates, Step
from lesson_code.lab.stage.counted_calls import counting
from lesson_code.lab.stage.crashes import (
    Progress,
    changed_something,
    changes,
    fate_of,
    in_silence,
    places,
    spread,
)
from lesson_code.lab.stage.futures import Futures
from lesson_code.lab.stage.stillness import many_runs
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.verdict import harms


def every_stop(
    story: Story | ArqStory,
    budget: int = 1000,
    only_changes: bool = False,
    progress: Progress = in_silence,
) -> Fates:
    """Tell a worker to stop, by SIGTERM, at each place of the plain run.

    The library's own handler decides what follows. RQ's is called before the step. ARQ's is called
    by its event loop, while the step is on its way to Redis. Each run is played from its start: the
    worker goes on after the signal, so its future depends on its own memory, too, which no state in
    Redis shows. The arguments are those of `every_crash`; with `only_changes`, the places right
    before and right after a change are played.
    """
    with many_runs(), counting(story.counts):
        futures = Futures(story, watch=False)
        plain = futures.plain
        possible = (around_changes if only_changes else places)(plain.steps)
        chosen, fates = spread(possible, budget), []
        for at in chosen:
            seen = futures.whole(plain.choices.with_stop(at))
            fates.append(fate_of(seen.choices, seen.steps, harms(plain.outcome, seen.outcome)))
            progress(len(fates), len(chosen))
    return Fates(tuple(fates), len(possible), futures.warnings())


def around_changes(steps: tuple[Step, ...]) -> list[int]:
    """Return the numbers of the steps that change something, and of those right after."""
    return sorted({*changes(steps), *(at for at in places(steps) if changed_something(steps[at]))})
