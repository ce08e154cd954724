"""One browser, and one JupyterLab in a clean clone, for all the tests that need one."""

import shutil
import subprocess

import pytest

from tests.browser.jupyter import free_port, start_lab, stop
from tools import lesson

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FUSE = 120_000  # milliseconds: a test waits for what happens; the clock is for what does not
# What the end of a failed test prints: the active cell, and the errors on the page.
SHOWN = ".jp-Cell.jp-mod-active, .jp-OutputArea [data-mime-type$=stderr]"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(chromium):
    """What the pages share, so that a browser fetches and compiles JupyterLab once."""
    context = chromium.new_context(viewport={"width": 1280, "height": 12_000})
    context.set_default_timeout(FUSE)
    yield context
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let a fixture see whether its test has failed."""
    report = yield
    if call.when == "call":
        item.has_failed = report.failed
    return report


@pytest.fixture
def page(context, request):
    page = context.new_page()  # every cell is on it
    yield page
    if getattr(request.node, "has_failed", False):
        for text in page.locator(SHOWN).all_inner_texts():
            print(text)
    page.close()


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A clean clone of what is committed, in which nothing is installed yet."""
    folder = tmp_path_factory.mktemp("clone") / "lesson"
    subprocess.run(["git", "clone", "-q", lesson.PROJECT, folder], check=True)
    return folder


@pytest.fixture(scope="session")
def lab(clone):
    """The address of JupyterLab, started in the clean clone."""
    port = free_port()
    make, _ = start_lab(clone, port)
    yield f"http://localhost:{port}"
    stop(make)
