"""What every pytest run needs, a bare `pytest --nbval` on one notebook too."""

import os
import runpy
import sys
from pathlib import Path

PROJECT = Path(__file__).parent
SELF_TEST = PROJECT / "lesson_code" / "lab" / "engines" / "self_test.py"

# Here, and not in a hook: the other conftest.py imports what may be gone.
if changed := runpy.run_path(str(SELF_TEST))["self_test"]():
    sys.exit("\n".join(changed))


def pytest_configure(config):
    os.environ["LESSON_FRAMES"] = "last"  # no live pictures: nbval rejects display updates
    os.environ["LESSON_PROGRESS"] = os.devnull  # and nobody has solved an exercise
    path = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))  # for the kernels
    if getattr(config.option, "nbval", False):
        from tests.kernels import start_kernels_twice

        start_kernels_twice()
    if getattr(config.option, "nbval_sanitize_with", "") is None:
        config.option.nbval_sanitize_with = str(PROJECT / "tests" / "nbval_sanitize.cfg")


def pytest_unconfigure():
    if url := os.environ.get("REDIS_URL"):
        from lesson_code.lab.server.claim import sweep

        sweep(url)  # nbval kills its kernels, and the dead do not tidy up
