"""The sources of the lesson and their times: does a process know the newest?"""

import os
from collections.abc import Iterator
from pathlib import Path

ENDINGS = (".py", ".toml")


def sources(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Return the path, the time of the last change (ns) and the size (bytes) of each source."""
    return frozenset(_files(str(folder)))


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            elif entry.name.endswith(ENDINGS):
                about = entry.stat()
                yield entry.path, about.st_mtime_ns, about.st_size
