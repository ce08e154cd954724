"""Every order: at each place that matters somebody else may go on; what becomes of the jobs?"""

from collections import defaultdict
from dataclasses import replace

from lesson_code.lab.record import Fates, Step
from lesson_code.lab.stage.deaths import Play, fate_of, spread, stage_for
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.token import Choices

HOUSEKEEPING = ("rq:worker", "rq:clean_registries:", "rq:suspended", "arq:queue:health-check")


def every_order(
    story: Story | ArqStory, workers: int = 2, preemptions: int = 2, budget: int = 1000
) -> Fates:
    """Play all schedules in which the baton goes over at most `preemptions` times too early.

    Without it each goes on until it has to wait, and the next in turn follows. It goes over only
    before a step that touches a key which others touch, too, one of them writing; what the
    libraries note of their workers (HOUSEKEEPING) does not count. At most `budget` runs are
    played, those with the fewest preemptions first, and evenly spread. `possible` is how many
    there are; the further preemptions of runs that were not played cannot be counted in it.
    """
    more = workers if workers != story.workers else 0
    plain = stage_for(story, Choices(workers=more))
    wanted = plain.run()
    shared = shared_keys(plain.director.steps)
    while True:
        fates, level, possible = [fate_of(plain, wanted, wanted)], [plain], 1
        known = set(shared)
        for _ in range(preemptions):
            following = [one for run in level for one in _further(run, shared)]
            possible += len(following)
            level = []
            for choices in spread(following, budget - len(fates)):
                run = stage_for(story, choices)
                fates.append(fate_of(run, wanted, run.run()))
                known |= shared_keys(run.director.steps)
                level.append(run)
        if known == shared:
            return Fates(tuple(fates), possible)
        shared = known  # an order that was played has shown more: look again


def shared_keys(steps: list[Step]) -> set[str]:
    """Return the keys that are touched for several jobs or by several workers, one writing."""
    touch, written = defaultdict(set), set()
    for step in steps:
        for key in step.keys:
            if not key.startswith(HOUSEKEEPING):
                touch[key].add((step.worker, step.job))
                if step.writes:
                    written.add(key)
    return {key for key, who in touch.items() if len(who) > 1 and key in written}


def _further(run: Play, shared: set[str]) -> list[Choices]:
    """Return the choices of this run, and one more, at each later place that matters."""
    chosen, found = run.director.choices, []
    for at in range(chosen.last + 1, len(run.director.steps)):
        if not shared.isdisjoint(run.director.steps[at].keys):
            for who in run.director.others[at]:
                found.append(replace(chosen, switches=(*chosen.switches, (at, who))))
    return found
