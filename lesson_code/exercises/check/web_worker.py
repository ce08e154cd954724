"""A judge in a web worker, where there are no processes: it has a Python of its own.

One is kept in reserve, because a Python takes seconds to start.
"""

import asyncio
import json
from typing import Any

import pyodide_js
from js import URL, Blob, Object, Worker
from pyodide.ffi import create_proxy, run_sync, to_js

from lesson_code.exercises.check.said import FUSE, Said

SCRIPT = """
const ready = (async () => {
  const { loadPyodide } = await import(HOME + "pyodide.mjs");
  const python = await loadPyodide({ indexURL: HOME, packages: PACKAGES });
  await python.runPythonAsync("from lesson_code.exercises.check import web_judge");
  postMessage("");
  return python;
})();
ready.catch(error => {
  postMessage(JSON.stringify({ broken: String(error) }) + "\\n");
  postMessage("");
  postMessage("");
});
onmessage = async ({ data }) => {
  const python = await ready;
  python.globals.set("asked", data);
  python.globals.set("post", line => postMessage(line));
  await python.runPythonAsync("web_judge.answer(asked, post)");
  postMessage("");
};
"""
NEEDED = ["job-chaining-lesson", "rq", "arq", "fakeredis", "ipython", "ipywidgets", "abstra-lua"]
BOOT = 60.0  # seconds that a worker may take until it can answer
PATIENCE = 30.0  # seconds without a message: a browser does not report processor time


class WebWorker:
    def __init__(self) -> None:
        home = json.dumps(pyodide_js._api.config.indexURL)
        script = SCRIPT.replace("HOME", home).replace("PACKAGES", json.dumps(NEEDED))
        url = URL.createObjectURL(Blob.new(_js([script]), _js({"type": "text/javascript"})))
        self.worker, self.lines = Worker.new(url, _js({"type": "module"})), ""
        loop = asyncio.get_running_loop()
        self.ready, self.ended = loop.create_future(), loop.create_future()
        self.worker.onmessage = create_proxy(self._heard)

    def _heard(self, event: Any) -> None:
        """Handle a message: the first empty one means ready, the next one means answered."""
        self.lines += event.data
        waits = self.ended if self.ready.done() else self.ready
        if not event.data and not waits.done():
            waits.set_result(None)

    async def ask(self, asked: dict) -> Said:
        await asyncio.wait_for(self.ready, BOOT)
        self.worker.postMessage(json.dumps(asked))
        heard = -1
        while not self.ended.done() and heard != len(self.lines):
            heard = len(self.lines)
            await asyncio.wait([self.ended], timeout=PATIENCE)
        return Said(self.lines, "" if self.ended.done() else FUSE)


_reserve: list[WebWorker] = []


def warm_up() -> None:
    """Start nothing: a browser is busy enough while a notebook opens."""


def ask(asked: dict, real: bool, seed: str) -> Said:
    """Ask a judge. There is no real Redis here, and the seed of the hashes cannot be chosen."""
    one = _reserve.pop() if _reserve else WebWorker()
    try:
        return run_sync(one.ask(asked))
    finally:
        one.worker.terminate()
        _reserve.append(WebWorker())


def _js(value: Any) -> Any:
    return to_js(value, dict_converter=Object.fromEntries)
