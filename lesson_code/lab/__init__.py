"""The classroom: a Redis, workers, and pictures of what happened."""

import sys
from importlib import import_module

# A name imports its module on first use, so that a picture loads neither RQ nor IPython.
_ROOMS = {
    "ArqStory": "stage.story",
    "Lab": "server.lab",
    "RedisUnavailable": "server.address",
    "Run": "record",
    "Story": "stage.story",
    "assert_survives": "stage.survives",
    "crash_map": "pictures",
    "every_crash": "stage.crashes",
    "every_order": "stage.orders",
    "every_stop": "stage.stops",
    "explain": "look.explained",
    "job_graph": "pictures",
    "lanes": "pictures",
    "play": "stage.crashes",
    "replay": "player",
    "show": "notebook",
    "timeline": "pictures",
    "watch": "notebook",
    "what_if": "interfere",
    "work": "stage.work",
    "work_arq": "stage.work_arq",
}
_OF_NOTEBOOKS = {"IPython", "ipywidgets"}
__all__ = [*_ROOMS]


def __getattr__(name: str):
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if "IPython" in sys.modules:
        import_module(f"{__name__}.notebook")  # it shortens the errors that a notebook shows
    try:
        return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _OF_NOTEBOOKS:
            raise
        raise ImportError(f"{name} is for notebooks: pip install ipywidgets") from missing
