"""Strike twelve engines at every place of a chain, and say what has changed: make engines

python -m tools.engines                                   all engines, all modes
python -m tools.engines rq2 arq --modes kill term         some of them
python -m tools.engines celery --with celery==5.7.1       another release: nothing is kept
python -m tools.engines rq2 --variant "2 queues" --show "37 after"    one place, by hand
"""

import argparse
import os
import sys

from lesson_code.lab.server.own import NoOwnServer
from tools.engines import engine, environments, postgresql
from tools.engines.control import NotProved, prove
from tools.engines.engine import NoSuchChoice
from tools.engines.environments import NoEnvironment
from tools.engines.lane import TrialFailed
from tools.engines.modes import MODES
from tools.engines.page import Unsigned
from tools.engines.postgresql import NoPostgreSQL
from tools.engines.run import play
from tools.engines.show import show


def parser() -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(prog="make engines", description=__doc__.split("\n")[0])
    ask.add_argument("engines", nargs="*")
    ask.add_argument("--with", dest="with_", nargs="+", default=[], metavar="RELEASE")
    ask.add_argument("--modes", nargs="+", default=[], metavar="MODE")
    ask.add_argument("--variant", default="", help="a part of its name")
    ask.add_argument("--lanes", type=int, default=6)
    ask.add_argument("--show", metavar="PLACE", help='"37", or "37 after"')
    return ask


def main(words: list[str]) -> int:
    """Run what is asked; return 0, 1 if something has changed or failed, 2 for an unknown name."""
    asked = parser().parse_args(words)
    try:
        todo = playable(chosen(asked), asked.engines)
        if asked.show:
            return show(*todo[0], asked.show, tuple(asked.with_))
        install(todo, tuple(asked.with_))
        print(prove(asked.lanes), flush=True)
        return play(todo, tuple(asked.with_), asked.lanes)
    except (NoSuchChoice, NoEnvironment, NoPostgreSQL) as error:
        print(error, file=sys.stderr)
        return 2
    except (NotProved, TrialFailed, NoOwnServer, Unsigned) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; results of finished studies are kept", file=sys.stderr)
        return 130


def playable(todo: list[tuple[str, str, str]], named: list[str]) -> list[tuple[str, str, str]]:
    """Return the studies that this machine can play, and say which engines are left out.

    Raises NoPostgreSQL for an engine in `named` that needs one.
    """
    need = {name for name, _, _ in todo if name in engine.ON_POSTGRESQL}
    try:
        if need:
            postgresql.programs()
    except NoPostgreSQL as error:
        if need & set(named):
            raise
        print(f"left out are {' and '.join(sorted(need))}: {error}", file=sys.stderr)
        return [one for one in todo if one[0] not in need]
    return todo


def install(todo: list[tuple[str, str, str]], with_: tuple[str, ...]) -> None:
    """Install the engines first: raises NoEnvironment before anything has run, if one cannot be."""
    for name in dict.fromkeys(name for name, _, _ in todo):
        engine.engine(name, with_)


def chosen(asked: argparse.Namespace) -> list[tuple[str, str, str]]:
    """Return the engine, variant and mode of each study. Raises NoSuchChoice if there is none."""
    if not os.path.isdir("/proc/self"):
        raise NoSuchChoice("make engines finds a worker's processes in /proc, which only Linux has")
    for mode in asked.modes:
        if mode not in MODES:
            raise NoSuchChoice(f"there is no mode {mode!r}: {', '.join(MODES)}")
    if asked.with_ and len(asked.engines) != 1:
        raise NoSuchChoice('WITH needs one engine: ENGINE=celery WITH="celery==5.7.1"')
    if asked.with_:
        environments.pins(asked.engines[0], tuple(asked.with_))
    todo = [
        (name, variant, mode)
        for name in engine.known(asked.engines)
        for variant, modes in engine.chain_of(name).VARIANTS.items()
        for mode in sorted(modes, key=list(MODES).index)
        if asked.variant in variant and mode in (asked.modes or MODES)
    ]
    if not todo:
        variants = {n: list(engine.chain_of(n).VARIANTS) for n in engine.known(asked.engines)}
        raise NoSuchChoice(f"no variant {asked.variant!r} is played in these modes: {variants}")
    return todo


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
