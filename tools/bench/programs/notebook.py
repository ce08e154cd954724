"""Measured: a notebook, run on a fresh kernel, in the tree that PYTHONPATH names.

Its argument is JSON: "number", as in "09".
"""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import lesson_code


def main(number: str) -> None:
    tree = Path(lesson_code.__file__).parents[1]
    (path,) = (tree / "notebooks").glob(f"{number}_*.ipynb")
    NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    ).execute()
    print(json.dumps({"tree": str(tree)}))


main(**json.loads(sys.argv[1]))
