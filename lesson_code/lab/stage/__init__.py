"""The schedules: workers in threads, in processes, on an event loop; every crash, every order."""

from importlib import import_module

# A story, and its runs. Each name imports its module on first use.
_MODULES = {
    "ArqStory": "story",
    "Stage": "stage",
    "Story": "story",
    "assert_survives": "survives",
    "every_crash": "crashes",
    "every_order": "orders",
    "every_stop": "stops",
    "play": "crashes",
}
__all__ = [*_MODULES]


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
