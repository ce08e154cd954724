"""Contradictions in RQ's records: they arise when code deletes or moves jobs without RQ."""

from redis import Redis

from lesson_code.lab.engines.rq import all_queues, listed, stored


def ghosts(redis: Redis) -> tuple[str, ...]:
    """Return a sentence for each job that RQ lists but does not have, or has but does not list."""
    there = stored(redis)
    states_of: dict[str, set[str]] = {}
    for queue in all_queues(redis):
        for state, ids in listed(queue).items():
            for job_id in ids:
                states_of.setdefault(job_id, set()).add(state)
    found = [
        f"RQ still lists `{name}` as {' and '.join(sorted(states))}, but the job is gone"
        for name, states in states_of.items()
        if name not in there
    ]
    found += [
        f"`{name}` says that it is {status or 'nothing'}, but RQ does not list it so"
        for name, status in there.items()
        if status not in states_of.get(name, set())
    ]
    return tuple(sorted(found))
