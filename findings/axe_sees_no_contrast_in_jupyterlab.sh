#!/usr/bin/env bash
# axe-core finds no contrast to check in an open JupyterLab: its rule `color-contrast` is
# "inapplicable", so a page with text that can hardly be read has no violation. JupyterLab's `body`
# has a height of 0 and hides its overflow, and axe-core takes text outside of that box for hidden.
#
# What it means: an accessibility test of JupyterLab, or of an extension, stays green whatever its
# colours are. Give `html` and `body` a height before axe-core runs, and let the test fail when
# `color-contrast` has looked at nothing.
#
# Seen on 2026-11-29 with JupyterLab 4.6.6, axe-core 4.12.1 (axe-playwright-python 0.1.8), and
# Chromium:
#   as JupyterLab is:   color-contrast is inapplicable
#   with a height:      color-contrast has looked at the page
# It needs Chromium on the path (on Debian: apt install chromium).
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$lab" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jupyterlab==4.6.6 playwright==1.65.2 axe-playwright-python==0.1.8
mkdir "$folder/work"
"$folder/venv/bin/python" - "$folder/work/page.ipynb" <<'PY'
import sys
import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook
nbformat.write(new_notebook(cells=[new_markdown_cell("# A title\n\nSome text.")]), sys.argv[1])
PY
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$folder/venv/bin/jupyter" lab --no-browser --allow-root --port "$port" --ServerApp.token=t \
    --ServerApp.root_dir="$folder/work" >"$folder/log" 2>&1 &
lab=$!
"$folder/venv/bin/python" - "$port" <<'PY'
import shutil
import sys
import time
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

address = f"http://127.0.0.1:{sys.argv[1]}"
for _ in range(120):
    try:
        urllib.request.urlopen(f"{address}/api?token=t")
        break
    except OSError:
        time.sleep(0.5)


def looked_at(page) -> bool:
    """Whether color-contrast has looked at anything."""
    told = Axe().run(page, {"include": [[".jp-NotebookPanel .jp-MarkdownOutput"]]}, {"runOnly": ["color-contrast"]}).response
    return not told["inapplicable"]


browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
    page = browser.new_page()
    page.goto(f"{address}/lab/tree/page.ipynb?token=t")
    page.wait_for_selector(".jp-NotebookPanel .jp-MarkdownOutput h1", timeout=120_000)
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
    before = looked_at(page)
    page.evaluate("document.documentElement.style.height = document.body.style.height = '100%'")
    after = looked_at(page)
    version = page.evaluate("axe.version")
    browser.close()
assert not before, "changed: color-contrast looks at an open JupyterLab"
assert after, "changed: color-contrast looks at nothing with a height, either"
print(f"axe-core {version}")
print("as JupyterLab is:   color-contrast is inapplicable")
print("with a height:      color-contrast has looked at the page")
PY
