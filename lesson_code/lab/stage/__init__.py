"""Who runs when: workers in threads, in processes, on an event loop; every death, every order."""

from importlib import import_module

# A story, and its runs. Each name comes with its module only when it is asked for.
_MODULES = {
    "ArqStory": "story",
    "Stage": "stage",
    "Story": "story",
    "every_death": "deaths",
    "every_order": "orders",
    "play": "deaths",
}
__all__ = [*_MODULES]


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
