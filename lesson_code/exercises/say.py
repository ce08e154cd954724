"""How a notebook is told something."""

from IPython.display import display


def say(*paragraphs: str) -> None:
    """Show the paragraphs that are not empty, as Markdown."""
    text = "\n\n".join(filter(None, paragraphs))
    display({"text/markdown": text, "text/plain": text}, raw=True)
