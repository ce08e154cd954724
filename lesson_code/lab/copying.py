"""A button that copies a text, below an output that shows it."""

import os
from html import escape

from IPython import get_ipython
from IPython.display import display

COPY = (
    "navigator.clipboard?.writeText(this.dataset.text)"
    ".then(() => this.textContent = 'Copied', () => this.textContent = 'Not allowed here')"
)


def buttons_work() -> bool:
    """Return whether a button does something: not outside of a notebook, nor in stored ones.

    A stored output has no kernel, and JupyterLab runs none of its scripts.
    """
    return hasattr(get_ipython(), "kernel") and os.environ.get("LESSON_FRAMES") != "last"


def offer_copy(text: str) -> None:
    """Show a button that copies the text, where a button works.

    A browser lets a page copy only if it is at localhost, or on https.
    """
    if not buttons_work():
        return
    button = (
        f'<button type="button" class="jupyter-button" data-text="{escape(text)}"'
        f' onclick="{escape(COPY)}">Copy</button>'
    )
    display({"text/html": button, "text/plain": ""}, raw=True)
