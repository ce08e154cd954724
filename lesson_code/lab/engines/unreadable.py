"""Jobs that cannot be unpickled: what is known about them anyway."""

import io
import pickle
from typing import Any

from lesson_code.lab.engines.words import in_words
from lesson_code.lab.record import Unreadable


class Placeholder:
    """Takes the place of any object: it accepts all that a pickle does to one."""

    def __new__(cls, *args: Any, **kwargs: Any) -> "Placeholder":
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any):
        pass

    def accept(self, *args: Any) -> None:
        pass

    __setstate__ = __setitem__ = append = extend = add = accept


class Outlines(pickle.Unpickler):
    """Unpickles only what belongs to Python itself, so it imports nothing and calls nothing."""

    def find_class(self, module: str, name: str) -> type:
        return Placeholder


def outline(data: bytes) -> Any:
    """Return what the pickle holds, with a placeholder for each object of a class.

    Raises an error of any type if these are no data of `pickle`.
    """
    return Outlines(io.BytesIO(data)).load()


class LikeAProcess:
    """The serializer of RQ's that reads what a worker process could.

    Such a process has a `__main__` of its own, without the classes of a notebook's cells.
    """

    dumps = pickle.dumps

    @staticmethod
    def loads(data: bytes) -> Any:
        return _OtherMain(io.BytesIO(data)).load()


class _OtherMain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "__main__":
            raise AttributeError(f"Can't get attribute {name!r} on <module '__main__'>")
        return super().find_class(module, name)


class OrUnreadable:
    """The serializer of RQ's that reads what it can: an `Unreadable` is the rest."""

    dumps = pickle.dumps

    @staticmethod
    def loads(data: bytes) -> Any:
        try:
            return pickle.loads(data)
        except Exception as error:  # what a pickle raises depends on its objects
            return Unreadable(in_words(error))


def with_cause(error: BaseException) -> str:
    """Return the error in words, and the one that it comes from."""
    return in_words(error) + (f", from {in_words(error.__cause__)}" if error.__cause__ else "")
