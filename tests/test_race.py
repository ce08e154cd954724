"""Does the RQ that is installed leave jobs behind when workers finish at the same moment?"""

import subprocess
import sys

import pytest
import rq

from lesson_code.lab.server import own
from tests import real
from tools import lesson

PROGRAM = lesson.PROJECT / "docs" / "rq3_race.py"


@real.own
@pytest.mark.parametrize("workers", [2, 4])
def test_all_that_is_set_free_goes_on(workers):
    """RQ 3.0.0 fails here (docs/rq3_race.md). When a newer one passes, the pin may move to it."""
    url, pipe = own.start()
    try:
        command = [sys.executable, PROGRAM, url, str(workers)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    finally:
        own.kill(url, pipe)
    assert ran.stdout == "{'finished': 150}\n", f"RQ {rq.VERSION} leaves dependents behind"
