"""Does the installed RQ leave dependents waiting when workers finish at the same moment?"""

import sys
from pathlib import Path

import pytest
import rq

from tests import real
from tools.drift.race import race


@real.own
@pytest.mark.parametrize("workers", ["2", "4"])
def test_all_that_is_set_free_goes_on(workers):
    """RQ 3.0.0 fails here (docs/rq3_race.md). When a newer one passes, the pin may move to it."""
    left = race(Path(sys.executable), workers)
    assert left == 0, f"RQ {rq.VERSION} leaves {left} jobs behind"
