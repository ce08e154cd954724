"""JupyterLab as a new user starts it, in a clean clone; and the actions of that user."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
import uuid

from tools import lesson

SHOTS = lesson.PROJECT / "build" / "screenshots"
TOKEN = "lesson"
APP = "--LabApp.expose_app_in_browser=True"  # its commands can be called, as `window.jupyterapp`
OPEN_NEXT = """async path => {
  for (const one of [...jupyterapp.shell.widgets('main')]) {
    if (one.sessionContext) await one.sessionContext.shutdown()
    one.dispose()
  }
  await jupyterapp.commands.execute('docmanager:open', { path })
}"""
CHANGE_THEME = "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })"


def command_of_the_readme() -> str:
    """Return how the README tells a teacher to start a server."""
    readme = (lesson.PROJECT / "README.md").read_text(encoding="utf-8")
    return re.search(r'make lab LABARGS="(--no-browser --port )\d+"', readme)[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def whole_notebooks(folder):
    """Write settings for JupyterLab: draw all cells, also those that are out of sight."""
    tracker = folder / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True, exist_ok=True)
    tracker.write_text('{"windowingMode": "none"}')
    return folder


def start_lab(clone, port: int) -> tuple[subprocess.Popen, float]:
    """Start `make lab` as the README says; return the process and the seconds it took."""
    root = " --allow-root" if os.geteuid() == 0 else ""
    args = f"{command_of_the_readme()}{port} --IdentityProvider.token={TOKEN} {APP}{root}"
    settings = whole_notebooks(clone.parent / "settings")
    start = time.monotonic()
    make = subprocess.Popen(
        ["make", "lab", f"LABARGS={args}"],
        cwd=clone,
        env={
            **{name: value for name, value in os.environ.items() if name != "LESSON_FRAMES"},
            "PYTHONPATH": "",
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "JUPYTERLAB_WORKSPACES_DIR": str(clone.parent / "workspaces"),  # nothing was open
            "LESSON_PROGRESS": str(clone.parent / "progress.jsonl"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    while time.monotonic() - start < 300:
        assert make.poll() is None, "make lab has ended"
        try:
            urllib.request.urlopen(f"http://localhost:{port}/api?token={TOKEN}", timeout=1)
            return make, time.monotonic() - start
        except OSError:
            time.sleep(0.1)
    raise AssertionError("make lab did not open a server within five minutes")


def stop(make: subprocess.Popen) -> None:
    os.killpg(make.pid, signal.SIGTERM)
    make.wait(10)


def open_notebook(page, lab: str, name: str, folder: str = "my_notebooks") -> None:
    workspace = uuid.uuid4().hex  # a new one each time: nothing else is open in it
    page.goto(f"{lab}/lab/workspaces/{workspace}/tree/{folder}/{name}?token={TOKEN}")
    wait_for_notebook(page)


def open_next(page, name: str, folder: str) -> None:
    """Open a notebook on a page of JupyterLab in the place of the one that is open, which is quick.

    The kernel of that one ends.
    """
    page.evaluate(OPEN_NEXT, f"{folder}/{name}")
    wait_for_notebook(page)


def wait_for_notebook(page) -> None:
    page.wait_for_selector(".jp-NotebookPanel .jp-MarkdownOutput h1")
    wait_for_idle(page)


def wait_for_idle(page) -> None:
    """Wait until the kernel has said all that it will say."""
    idle = ".jp-Notebook-ExecutionIndicator[data-status=idle]"  # not seen on a narrow page
    page.wait_for_selector(idle, state="attached")


def choose(page, menu: str, item: str) -> None:
    page.click(f".lm-MenuBar-itemLabel:text-is('{menu}')")
    page.click(f'.lm-Menu-itemLabel:text-is("{item}")')
