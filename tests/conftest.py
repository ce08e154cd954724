"""What many tests need: a lab (on a real Redis if REDIS_URL is set) and a queue in it."""

import pytest
from rq import Queue

from lesson_code.lab import Lab


@pytest.fixture
def lab():
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture
def queue(lab):
    return Queue(connection=lab.redis)
