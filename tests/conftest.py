"""Fixtures for many tests: a lab (on a real Redis if REDIS_URL is set), and a queue in it."""

import pytest
from rq import Queue

from lesson_code.lab import Lab
from tests import sampling
from tools import costs


@pytest.fixture
def lab():
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture
def queue(lab):
    return Queue(connection=lab.redis)


@pytest.fixture
def real_lab(lab):
    """A lab that worker processes can reach; for tests that are marked `real`."""
    real_lab = lab.real()
    yield real_lab
    real_lab.close()


@pytest.fixture
def real_queue(real_lab):
    return Queue(connection=real_lab.redis)


def pytest_report_header():
    return f"sample: the proofs drawn with SAMPLE={sampling.seed()}"


def pytest_collection_modifyitems(config, items):
    """Let several workers begin with the dearest files, so that none has one left in the end."""
    if hasattr(config, "workerinput"):
        dearest = costs.dearest_files()
        rank = {name: number for number, name in enumerate(dearest)}
        items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))
