"""Messages in a notebook."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from IPython import get_ipython
from IPython.display import display

NOTHING: Mapping[str, Any] = MappingProxyType({})


def say(*paragraphs: str, seen: Mapping[str, Any] = NOTHING) -> None:
    """Show the paragraphs that are not empty: in a notebook as Markdown, elsewhere as they are.

    `seen` replaces them in a notebook.
    """
    text = "\n\n".join(filter(None, paragraphs))
    if in_notebook():
        display({**seen, "text/markdown": text}, raw=True)
    else:
        print(text)


def in_notebook() -> bool:
    return hasattr(get_ipython(), "kernel")
