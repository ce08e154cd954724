"""Run a program until all its processes have ended, and print their costs, as JSON.

python -m tools.bench.meter FOLDER SAMPLE PROGRAM ARGUMENTS …

The program runs in FOLDER; with a SAMPLE above 0 the memory of all its processes is added up every
SAMPLE seconds. Linux hands this process all orphans of the program, so that the processor time of a
server that outlives it is counted, too. On other systems an orphan is not counted.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from tempfile import TemporaryFile

import psutil

PR_SET_CHILD_SUBREAPER = 36
GRACE = 20.0  # seconds in which the remaining processes of the program must end


def adopt_orphans() -> None:
    """Become the parent of all descendants that lose theirs. Raises OSError."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "cannot become the parent of orphans")


def memory() -> float:
    """Return the MB that all descendants hold; memory that they share counts once (Linux)."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            full = process.memory_full_info()
            total += getattr(full, "pss", full.rss)
        except psutil.Error:
            continue  # it has just ended
    return total / 1e6


def wait_for_orphans() -> list[str]:
    """Wait for all processes that are left; kill and return those that do not end."""
    left: list[str] = []
    end = time.monotonic() + GRACE
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return left
        if pid:
            continue
        if time.monotonic() > end:
            for process in psutil.Process().children(recursive=True):
                left.append(" ".join(process.cmdline()))
                process.kill()
            end = time.monotonic() + GRACE
        time.sleep(0.05)


def measure(folder: str, sample: float, command: list[str]) -> dict:
    """Return the costs of a program.

    They are the exit status, the output, the seconds of processor time and of the clock, the MB at
    the peak (0: not sampled), and the processes that had to be killed.
    """
    adopt_orphans()
    peak = 0.0
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        start = time.perf_counter()
        program = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
        while True:
            try:
                status = program.wait(sample or None)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, memory())
        clock = time.perf_counter() - start
        left = wait_for_orphans()
        out.seek(0), err.seek(0)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "status": status,
            "out": out.read(),
            "err": err.read(),
            "processor": used.ru_utime + used.ru_stime,
            "clock": clock,
            "peak": peak,
            "left": left,
        }


if __name__ == "__main__":
    folder, sample, *command = sys.argv[1:]
    print(json.dumps(measure(folder, float(sample), command)))
