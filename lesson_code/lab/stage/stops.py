"""Every stop: a worker gets SIGTERM at each place of its run, as at a deploy; then others come."""

from lesson_code.lab.record import Fates
from lesson_code.lab.stage.counted_calls import counting
from lesson_code.lab.stage.crashes import Progress, changes, fate_of, in_silence, places, spread
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

    The library's own handler decides what follows. Each run is played from its start: the worker
    goes on after the signal, so its future depends on its own memory, too, which no state in Redis
    shows. The arguments are those of `every_crash`.
    """
    with many_runs(), counting(story.counts):
        futures = Futures(story, watch=False)
        plain = futures.plain
        possible = (changes if only_changes else places)(plain.steps)
        chosen, fates = spread(possible, budget), []
        for at in chosen:
            seen = futures.whole(plain.choices.with_stop(at))
            fates.append(fate_of(seen.choices, seen.steps, harms(plain.outcome, seen.outcome)))
            progress(len(fates), len(chosen))
    return Fates(tuple(fates), len(possible), futures.warnings())
