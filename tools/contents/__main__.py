"""Write the contents page.

python -m tools.contents                 build/contents.html, with links to the lesson's notebooks
python -m tools.contents my_notebooks    my_notebooks/contents.html, with links to that copy
"""

import sys

from lesson_code.working_copy import PROJECT
from tools.contents.page import NAME, page


def main(words: list[str]) -> None:
    """Write the page. Exits with a sentence for a copy that does not exist."""
    folder, notebooks = (words[0], words[0]) if words else ("build", "notebooks")
    if words and not (PROJECT / folder).is_dir():
        sys.exit(f"There is no folder {folder}. `make lab` makes your copy.")
    (PROJECT / folder).mkdir(exist_ok=True)
    html = page(f"../../lab/tree/{notebooks}/")  # as seen from the address of a file in JupyterLab
    (PROJECT / folder / NAME).write_text(html, encoding="utf-8")
    print(f"{folder}/{NAME}: all sections of all notebooks, and a search over them.")


if __name__ == "__main__":
    main(sys.argv[1:])
