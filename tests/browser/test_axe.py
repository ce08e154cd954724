"""axe-core finds nothing that shuts anybody out of the notebooks, in either theme."""

import pytest

from tests.browser.jupyter import choose, open_notebook
from tools import lesson

pytestmark = pytest.mark.browser

# What is ours: the prose and the outputs. The frame around them, and the editors, are JupyterLab's.
OURS = [[".jp-NotebookPanel .jp-MarkdownOutput"], [".jp-NotebookPanel .jp-OutputArea-output"]]


@pytest.mark.parametrize("path", lesson.paths(), ids=lambda path: path.stem)
def test_no_rule_is_broken(page, lab, path):
    from axe_playwright_python.sync_playwright import Axe

    open_notebook(page, lab, path.name, "notebooks")
    found = []
    for theme in ("Light", "Dark"):
        choose(page, "Settings", "Theme", f"JupyterLab {theme}")
        page.wait_for_timeout(500)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for broken in Axe().run(page, context={"include": OURS}).response["violations"]:
            for node in broken["nodes"]:
                found.append(f"{theme}: {broken['id']}: {broken['help']}: {node['html'][:200]}")
    assert found == []
