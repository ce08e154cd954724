"""A machine that is busy with other work."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def load(loops: int = 2 * (os.cpu_count() or 1)) -> Iterator[None]:
    """Run so many busy loops (two a core) during the block."""
    loop = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(loop) for _ in range(loops)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()
