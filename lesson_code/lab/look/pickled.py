"""A pickle as plain data, without unpickling: nothing is imported, and no code is run.

`pickletools.genops` lists the steps of a pickle. Those that build plain data are followed; where
Python would call something, a `Thing` names it.
"""

import pickletools
from dataclasses import dataclass
from reprlib import Repr
from typing import Any

PLAIN = str | int | float | bytes | bool | None
LONGEST = 100_000  # bytes of a pickle that are looked at
_MARK = object()
_brief = Repr()
_brief.maxstring = _brief.maxother = 80


@dataclass(frozen=True)
class Thing:
    """An object that only its own code could build."""

    name: str  # "module.Class"
    args: Any = ()

    def __repr__(self) -> str:
        return f"<{self.name}>"


class NoPickle(ValueError):
    """These bytes are not a pickle, or not a whole one."""


def opened(data: bytes) -> Any:
    """Return what the pickle holds, with a Thing for each object. Raises NoPickle."""
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    try:
        for opcode, arg, _ in pickletools.genops(data[:LONGEST]):
            if opcode.name == "STOP":
                return stack[-1]
            _follow(opcode, arg, stack, memo)
    except Exception as error:  # any bytes may stand here
        raise NoPickle(str(error)) from None
    raise NoPickle("it has no end")


def shown(value: Any) -> str:
    """Return a short text for what `opened` has returned."""
    return _brief.repr(value)


def said(value: Any) -> str:
    """Return an error as text: "ValueError: what was wrong"."""
    if not isinstance(value, Thing):
        return shown(value)
    name = value.name.removeprefix("builtins.").rpartition(".")[2]
    args = value.args if isinstance(value.args, tuple) else ()
    return f"{name}: {args[0]}" if args else name


def _follow(opcode: pickletools.OpcodeInfo, arg: Any, stack: list, memo: dict) -> None:
    name = opcode.name
    if name in _BUILD:
        _BUILD[name](stack)
    elif name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
        memo[len(memo) if arg is None else int(arg)] = stack[-1]
    elif name in ("GET", "BINGET", "LONG_BINGET"):
        stack.append(memo[int(arg)])
    elif name in ("GLOBAL", "INST"):
        args = _since_mark(stack) if name == "INST" else ()
        stack.append(Thing(arg.replace(" ", "."), tuple(args)))
    elif name in ("PERSID", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER"):
        stack.append(Thing(name.lower()))
    elif opcode.stack_before == [] and opcode.stack_after and opcode.arg:
        stack.append(arg)  # a constant
    elif opcode.stack_before or opcode.stack_after:
        raise NoPickle(f"{name} is unknown")


def _since_mark(stack: list) -> list:
    values = []
    while (value := stack.pop()) is not _MARK:
        values.append(value)
    return values[::-1]


def _tuple(size: int):
    def build(stack: list) -> None:
        stack[len(stack) - size :] = [tuple(stack[len(stack) - size :])]

    return build


def _append(stack: list) -> None:
    value = stack.pop()
    _add(stack[-1], [value])


def _add(to: Any, values: list) -> None:
    if isinstance(to, list):
        to.extend(values)
    elif isinstance(to, set):
        to.update(map(_key, values))


def _extend(stack: list) -> None:
    values = _since_mark(stack)
    _add(stack[-1], values)


def _set_items(stack: list, values: list | None = None) -> None:
    values = _since_mark(stack) if values is None else values
    if isinstance(stack[-1], dict):
        stack[-1].update(zip(map(_key, values[::2]), values[1::2], strict=True))


def _set_item(stack: list) -> None:
    value, key = stack.pop(), stack.pop()
    _set_items(stack, [key, value])


def _key(value: Any) -> Any:
    return value if isinstance(value, PLAIN) else shown(value)


def _call(stack: list) -> None:
    args, what = stack.pop(), stack.pop()
    stack.append(Thing(what.name if isinstance(what, Thing) else "?", args))


def _call_with_names(stack: list) -> None:
    stack.pop()
    _call(stack)


def _stack_global(stack: list) -> None:
    name, module = stack.pop(), stack.pop()
    stack.append(Thing(f"{module}.{name}"))


def _object(stack: list) -> None:
    what, *args = _since_mark(stack)
    stack.append(Thing(what.name if isinstance(what, Thing) else "?", tuple(args)))


_BUILD = {
    "MARK": lambda stack: stack.append(_MARK),
    "POP": lambda stack: stack.pop(),
    "POP_MARK": _since_mark,
    "DUP": lambda stack: stack.append(stack[-1]),
    "NONE": lambda stack: stack.append(None),
    "NEWTRUE": lambda stack: stack.append(True),
    "NEWFALSE": lambda stack: stack.append(False),
    "EMPTY_LIST": lambda stack: stack.append([]),
    "EMPTY_DICT": lambda stack: stack.append({}),
    "EMPTY_TUPLE": lambda stack: stack.append(()),
    "EMPTY_SET": lambda stack: stack.append(set()),
    "TUPLE": lambda stack: stack.append(tuple(_since_mark(stack))),
    "LIST": lambda stack: stack.append(_since_mark(stack)),
    "FROZENSET": lambda stack: stack.append(frozenset(map(_key, _since_mark(stack)))),
    "DICT": lambda stack: _set_items(stack, _new_dict(stack)),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "APPEND": _append,
    "APPENDS": _extend,
    "ADDITEMS": _extend,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "REDUCE": _call,
    "NEWOBJ": _call,
    "NEWOBJ_EX": _call_with_names,
    "STACK_GLOBAL": _stack_global,
    "OBJ": _object,
    "BUILD": lambda stack: stack.pop(),
    "BINPERSID": lambda stack: stack.append(Thing(f"persid {stack.pop()!r}")),
    "READONLY_BUFFER": lambda stack: None,
}


def _new_dict(stack: list) -> list:
    values = _since_mark(stack)
    stack.append({})
    return values
