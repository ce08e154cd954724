"""An engine as the driver sees it: its chain file, its waits, and where it runs."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tools.engines import environments

CONTROL = "control"
FILES = {"rq2": "rq", "rq3": "rq"}  # an engine's own files, where they have another name
ON_POSTGRESQL = ("procrastinate", "dbos")  # all others keep their jobs on Redis
NAMES = list(environments.ENGINES)


class NoSuchChoice(Exception):
    """The error for a name of an engine, a mode or a variant that does not exist."""


@dataclass(frozen=True)
class Waits:
    """How long the driver waits, in seconds, and how many fresh workers it starts."""

    first: float = 0.5  # without any work, until the first worker is taken to be idle
    quiet: float = 0.4  # the same in a round of recovery, when nothing is left in Redis
    round: float = 0.4  # the same when something is left
    limit: float = 20  # the longest round
    traffic: float = 1  # for what an extra job brings back
    same: int = 2  # rounds without any change after which the end is reached
    rounds: int = 12


@dataclass(frozen=True)
class Engine:
    """An engine's name, the environment that it runs in, and its chain file, imported."""

    name: str
    python: Path
    chain: ModuleType
    waits: Waits
    environment: Path | None = None

    @property
    def variants(self) -> dict[str, tuple[str, ...]]:
        """Return the modes in which each variant is played."""
        return self.chain.VARIANTS

    @property
    def file(self) -> str:
        return f"tools/engines/chains/{FILES.get(self.name, self.name)}.py"

    @property
    def on_postgresql(self) -> bool:
        return self.name in ON_POSTGRESQL

    def races(self, variant: str) -> bool:
        """Return whether processes or threads of its worker race, so that ends can differ."""
        return variant in getattr(self.chain, "RACES", {})

    def repeats(self, variant: str, mode: str) -> bool:
        """Return whether each place of this variant is played several times in this mode."""
        return self.races(variant) and mode in self.chain.RACES[variant]


def known(names: list[str]) -> list[str]:
    """Return these engines, or all. Raises NoSuchChoice for an unknown one."""
    for name in names:
        if name not in NAMES:
            raise NoSuchChoice(f"there is no engine {name!r} here: {', '.join(NAMES)}")
    return names or NAMES


def chain_of(name: str) -> ModuleType:
    """Return the chain file of an engine, imported."""
    return importlib.import_module(f"tools.engines.chains.{FILES.get(name, name)}")


def engine(name: str, with_: tuple[str, ...] = ()) -> Engine:
    """Return an engine, installed if need be. Raises NoEnvironment if it cannot be."""
    chain = chain_of(name)
    waits = Waits(**getattr(chain, "WAITS", {}))
    if name == CONTROL:
        return Engine(name, Path(sys.executable), chain, waits)
    folder = environments.folder_of(name, with_)
    python = folder / "bin" / "python"
    return Engine(name, python if python.exists() else Path(sys.executable), chain, waits, folder)
