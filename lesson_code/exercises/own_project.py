"""The learner's own project: two files, which real processes run; and a check that runs them."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote

from redis import Redis
from rq import Queue
from rq.job import Job

from lesson_code.exercises import diary
from lesson_code.exercises.exercise import Misused
from lesson_code.exercises.progress import OWN
from lesson_code.exercises.say import say
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.server.own import NoOwnServer, own_server

FILES = {
    "tasks.py": """\
import os
import time

from rq import get_current_job


def charge(order):
    return f"receipt for {order}"


def pack(order):
    time.sleep(int(os.environ.get("PACK_SECONDS", 0)))
    receipt = get_current_job().fetch_dependencies()[0].return_value()
    return f"parcel of {order} with {receipt}"
""",
    "enqueue.py": """\
import os

from redis import Redis
from rq import Queue

import tasks

queue = Queue(connection=Redis.from_url(os.environ["RQ_REDIS_URL"]))
charge = queue.enqueue(tasks.charge, "A7")
pack = queue.enqueue(tasks.pack, "A7", depends_on=charge)
""",
}
MINUTES = 4  # that the exercise takes
WORKERS, LINKS = 2, 3  # worker processes; jobs that make a chain
PATIENCE = 5, 6  # seconds that enqueue.py, and then the workers may take
BY_HAND = "`get_current_job().fetch_dependencies()[0].return_value()`"
ADVICE = {  # part of an error -> what to do about it
    "__main__": "Put the tasks into `tasks.py`, and `import tasks` in `enqueue.py`.",
    "ModuleNotFoundError": "A module is found by its file's name, without `.py`.",
    "has no attribute": "Compare the names in `enqueue.py` with those in `tasks.py`.",
    "cannot import name": "Compare the names in `enqueue.py` with those in `tasks.py`.",
    "RQ_REDIS_URL": 'Connect with `Redis.from_url(os.environ["RQ_REDIS_URL"])`.',
    "Connection refused": 'Connect with `Redis.from_url(os.environ["RQ_REDIS_URL"])`.',
    "missing 1 required": f"`depends_on` passes no result: fetch it in the task with {BY_HAND}.",
    "list index out of range": "Only a job with `depends_on` has a dependency to fetch.",
}


class _Slip(Exception):
    """The project is not right yet: the sentence for the learner."""


def start_project(folder: str | Path, lab: Lab) -> None:
    """Write `tasks.py` and `enqueue.py` into the folder unless they exist, and show them.

    `env.sh` is written each time: it sets the address of the lab's server in a terminal.
    """
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    python = quote(str(Path(sys.executable).parent))
    lines = [f'export PATH={python}:"$PATH"', f"export RQ_REDIS_URL={quote(lab.url or '')}"]
    lines += ["export OBJC_DISABLE_INITIALIZE_FORK_SAFETY=YES  # macOS: a worker forks"]
    (folder / "env.sh").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name in FILES:
        text = (folder / name).read_text(encoding="utf-8")
        say(f"`{folder.name}/{name}`\n```python\n{text}```")


def check_project(folder: str | Path) -> None:
    """Run the learner's `enqueue.py`, then two `rq worker` processes, and say what differs.

    They run on an empty database of their own, and have ended when this returns. Where no server
    can run, say so. Raises Misused when `folder` is no name of a folder.
    """
    if not isinstance(folder, str | Path):
        raise Misused('check_project takes the name of a folder: check_project("my_project")')
    seen: list[str] = []
    try:
        _check(Path(folder), seen)
    except NoOwnServer as why:
        say(f"○ **Not checked.** No worker processes here, as {why}.")
    except _Slip as slip:
        say("✗ **Not yet.**", *seen, f"✗ {slip}")
    else:
        diary.add("solved", OWN)
        say("✓ **Solved.** Copy these two files and write your own tasks.", *seen)


def _check(folder: Path, seen: list[str]) -> None:
    """Note each thing that is right. Raises _Slip at the first that is not."""
    for name in FILES:
        if not (folder / name).is_file():
            raise _Slip(f"There is no file `{name}` in the folder `{folder.name}`.")
    lab = _lab()
    try:
        environment = _environment(lab)
        _enqueue(folder, environment)
        jobs = _jobs(lab.redis)
        if not jobs:
            raise _Slip(f"`enqueue.py` enqueued no job on this server. {ADVICE['RQ_REDIS_URL']}")
        seen.append(f"✓ `enqueue.py` ran and enqueued {_number(len(jobs), 'job')}.")
        _work(folder, environment, lab.redis)
        _judge(_jobs(lab.redis), seen)
    finally:
        lab.close()


def _lab() -> Lab:
    """Return an empty lab of this check's own. Raises NoOwnServer where there is no server."""
    try:
        return Lab(own_server())
    except NoOwnServer:
        if not os.environ.get("REDIS_URL"):
            raise
        return Lab()


def _environment(lab: Lab) -> dict[str, str]:
    more = {"RQ_REDIS_URL": lab.url, "REDIS_URL": lab.url, "PYTHONDONTWRITEBYTECODE": "1"}
    more["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
    return {key: value for key, value in os.environ.items() if key != "PACK_SECONDS"} | more


def _enqueue(folder: Path, environment: dict[str, str]) -> None:
    with tempfile.TemporaryFile() as said:
        with _running([["enqueue.py"]], folder, environment, said) as processes:
            if not _ended(processes, PATIENCE[0]):
                raise _Slip(
                    f"`enqueue.py` still ran after {PATIENCE[0]} s. It must not wait for a result: "
                    "the workers start after it."
                )
        if processes[0].returncode:
            said.seek(0)
            raise _Slip(f"`enqueue.py` ended with {_error(said.read().decode(errors='replace'))}")


def _work(folder: Path, environment: dict[str, str], redis: Redis) -> None:
    names = [queue.name for queue in Queue.all(connection=redis)] or ["default"]
    command = ["-m", "rq.cli", "worker", "--burst", "--quiet", *names]
    with _running([command] * WORKERS, folder, environment, subprocess.DEVNULL) as processes:
        if not _ended(processes, PATIENCE[1]):
            busy = [_name(job) for job in _jobs(redis) if _state(job) == "started"]
            which = f"`{busy[0]}` had not ended" if busy else "the workers had not ended"
            raise _Slip(f"After {PATIENCE[1]} s {which}. Make the tasks short for this check.")


def _judge(jobs: list[Job], seen: list[str]) -> None:
    """Say of the jobs, which have run, what is right."""
    for job in jobs:
        if _state(job) == "failed":
            result = job.latest_result()
            raise _Slip(f"`{_name(job)}` failed: {_error(result.exc_string if result else '')}")
    for job in jobs:
        if _state(job) != "finished":
            raise _Slip(f"`{_name(job)}` is {_state(job)}, and should be finished.")
    names = [_name(job) for job in jobs]
    seen.append(f"✓ Two `rq worker` processes ran {_list(names)}: all finished.")
    chain = _longest(jobs)
    told = " → ".join(map(_name, chain))
    if len(chain) == 1:
        raise _Slip("No job depends on another: enqueue the next job with `depends_on=`.")
    if len(chain) < LINKS:
        raise _Slip(
            f"The chain {told} has two jobs: add a third with `depends_on=`, and save the file."
        )
    seen.append(f"✓ {_number(len(chain), 'job')} form a chain: {told}.")
    *_, before, last = chain
    given, result = before.return_value(), last.return_value()
    if given in (None, ""):
        raise _Slip(f"`{_name(before)}` returned {given!r}: return what the next task needs.")
    if str(given) not in str(result):
        raise _Slip(
            f"`{_name(last)}` returned `{result!r}`, without the `{given!r}` of "
            f"`{_name(before)}`. Fetch that result in the task, with {BY_HAND}, and return it, too."
        )
    seen.append(f"✓ `{_name(last)}` got the result of `{_name(before)}`: `{result!r}`.")


def _longest(jobs: list[Job]) -> list[Job]:
    """Return the longest chain by `depends_on`, the first job first."""
    known, chains = {job.id: job for job in jobs}, {}

    def chain(job: Job) -> list[Job]:
        if job.id not in chains:
            chains[job.id] = [job]  # RQ knows no cycle; if there is one, it ends here
            parents = [known[one] for one in job.dependency_ids if one in known]
            chains[job.id] = [*max(map(chain, parents), key=len, default=[]), job]
        return chains[job.id]

    return max(map(chain, jobs), key=len)


def _jobs(redis: Redis) -> list[Job]:
    """Return all jobs, in the order in which they were made."""
    keys = redis.scan_iter(f"{Job.redis_job_namespace_prefix}*", _type="hash")
    ids = [key.decode().removeprefix(Job.redis_job_namespace_prefix) for key in keys]
    jobs = Job.fetch_many(ids, connection=redis)
    return sorted(filter(None, jobs), key=lambda job: (job.created_at, job.id))


def _name(job: Job) -> str:
    """Return the id that the learner gave, else the function's name."""
    made_up = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", job.id)
    return job.func_name.rpartition(".")[2] if made_up else job.id


def _state(job: Job) -> str:
    return job.get_status(refresh=False).value


def _error(text: str) -> str:
    """Return the last line of what an error said, and what to do about it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "no message"
    advice = next((todo for part, todo in ADVICE.items() if part in last), "")
    return f"`{last}` {advice}".rstrip()


def _number(many: int, what: str) -> str:
    return f"{many} {what}" + "s" * (many > 1)


def _list(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@contextmanager
def _running(
    commands: list[list[str]], folder: Path, environment: dict[str, str], said: object
) -> Iterator[list[subprocess.Popen]]:
    """Start Python with each of the arguments; at the end none of them is running."""
    processes: list[subprocess.Popen] = []
    try:
        for command in commands:
            processes.append(
                subprocess.Popen(
                    [sys.executable, *command],
                    cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                    start_new_session=True,  # what interrupts the notebook is not meant for them
                )
            )  # fmt: skip
        yield processes
    finally:
        for process in processes:
            _kill(process)


def _ended(processes: list[subprocess.Popen], seconds: float) -> bool:
    """Wait until all have ended. Return whether they have, in time."""
    deadline = time.monotonic() + seconds
    while any(process.poll() is None for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _kill(process: subprocess.Popen) -> None:
    """End the process, if it still runs, and those that it has started."""
    if process.poll() is not None:
        return
    import psutil  # only here: a browser has none

    with suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
    process.kill()
    process.wait()
