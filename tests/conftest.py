"""What many tests need: a lab (on a real Redis if REDIS_URL is set), a queue in it, and time.

A module whose tests ask for `prepared` has a function `prepare(folder)`. It is called in a thread
while the other tests run, and those that need what it returns come last.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest
from rq import Queue

from lesson_code.lab import Lab

PREPARED = pytest.StashKey[dict[ModuleType, Future]]()


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


def pytest_collection_modifyitems(items):
    items.sort(key=waits)


def waits(item: pytest.Item) -> bool:
    return "prepared" in getattr(item, "fixturenames", ())


def pytest_collection_finish(session):
    if not session.config.option.collectonly:
        modules = dict.fromkeys(item.module for item in session.items if waits(item))
        pool = ThreadPoolExecutor(1)  # the tests themselves need the other core
        session.config.stash[PREPARED] = {one: pool.submit(prepare, one) for one in modules}


def prepare(module: ModuleType):
    with TemporaryDirectory() as folder:
        return module.prepare(folder)


@pytest.fixture(scope="module")
def prepared(request):
    """What the module's `prepare` has returned."""
    return request.config.stash[PREPARED][request.module].result()
