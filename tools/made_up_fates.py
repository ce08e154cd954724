"""Made-up fates of many runs, to look at their pictures and to time them."""

from collections.abc import Iterable, Sequence

from lesson_code.lab.record import Fate, Fates, JobRecord, Run, Step

JOB_STEPS = (
    ("LPOP", "takes the job from the queue", ("rq:queue:high",)),
    ("EXEC: HSET, EXPIRE", "notes that it is busy", ("rq:worker:w1",)),
    ("HGETALL", "reads the job", ("rq:job:{}",)),
    ("HSET", "notes which job it works at", ("rq:worker:w1",)),
    ("EXEC: ZADD, HSET, SADD", "notes that the job has started", ("rq:job:{}", "rq:wip:high")),
    ("HGET", "reads the result of the job before", ("rq:job:{}",)),
    ("step('{}')", "", ()),
    ("EXEC: XADD, HSET, ZREM", "notes that the job has finished", ("rq:job:{}", "rq:wip:high")),
    ("SMEMBERS", "looks who waits for the job", ("rq:job:{}:dependents",)),
    ("EXEC: SREM, RPUSH", "puts the next job into the queue", ("rq:queue:high",)),
    ("ZADD", "tells that it is alive", ("rq:workers",)),
)


def work(worker: str, jobs: Iterable[str]) -> tuple[Step, ...]:
    """Return the steps of a worker for these jobs: as many as RQ's are, 33 a job."""
    steps = [Step(worker, "", "EXEC: HSET, SADD", ("rq:workers",), True, "says that it is there")]
    for job in jobs:
        for command, says, keys in JOB_STEPS:
            named = tuple(key.format(job) for key in keys)
            writes = not command.startswith(("HGET", "SMEMBERS"))
            steps.append(Step(worker, job, command.format(job), named, writes, says))
            looks = Step(worker, job, "HGET", (f"rq:job:{job}",), False, "looks at the job")
            steps += [looks, looks]
    return (*steps, Step(worker, "", "DEL", ("rq:worker:w1",), True, "says that it goes"))


def chain(places: int = 101, possible: int = 0, jobs: Sequence[str] = "abc") -> Fates:
    """Return the fates of a chain whose worker crashes at each of `places` places."""
    plain = work("w1", jobs)[:places]
    rests = {job: work("w2", jobs[jobs.index(job) :]) for job in dict.fromkeys(jobs)}
    fates = []
    for n, step in enumerate(plain):
        kind, done = "unharmed", (n - 1) % 33  # steps of the job that are done already
        if step.job and 1 <= done < 5:
            kind = "lost"
        elif step.job and 19 <= done < 26:
            kind = "twice"
        elif step.job == "b" and done == 30:
            kind = "hangs"
        rest = rests[step.job or jobs[0]]
        says = f"the worker crashes before it {step.says or step.command}: {step.job} is {kind}"
        harm = kind != "unharmed"
        fates.append(Fate(f"r{n:x}", kind, (*plain[: n + 1], *rest), (n,), says * harm))
    return Fates(tuple(fates), possible or len(fates))


def race() -> Fate:
    """Return a run in which two workers add one to the same number: one of the two is lost."""
    return Fate(
        "k4",
        "lost",
        (
            Step("w1", "left", "GET", ("count",), False, "reads the count: 0"),
            Step("w2", "right", "GET", ("count",), False, "reads the count: 0"),
            Step("w1", "left", "SET", ("count",), True, "writes the count: 1"),
            Step("w2", "right", "SET", ("count",), True, "writes the count: 1"),
        ),
        (),
        "two jobs have counted, and the count is 1",
    )


def orders() -> Fates:
    """Return the orders in which two workers can count: most go well."""
    bad = {3, 4, 9}
    return Fates(
        tuple(
            Fate(
                f"k{n:x}",
                "lost" if n in bad else "unharmed",
                race().steps,
                (),
                race().says * (n in bad),
            )
            for n in range(20)
        ),
        20,
    )


def frames(fate: Fate) -> list[tuple[Step, Run]]:
    """Return the frames of a replay of `fate`: the data in Redis after each step."""
    jobs = dict.fromkeys((step.job for step in fate.steps if step.job), "queued")
    made = []
    for n, step in enumerate(fate.steps):
        if step.job and n not in fate.crashes:
            if "started" in step.says:
                jobs[step.job] = "started"
            elif "finished" in step.says:
                jobs[step.job] = "finished"
        records = []
        for name in jobs:
            after = tuple(record.id for record in records[-1:])
            waits = any(jobs[one] != "finished" for one in after)
            state = "deferred" if waits else jobs[name]
            records.append(JobRecord(name, "step", state, after))
        made.append((step, Run(tuple(records))))
    return made
