"""A check of the environment: are all packages installed? It imports none that might be missing."""

import platform
import re
import runpy
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
SELF_TEST = Path(__file__).parent / "lab" / "engines" / "self_test.py"


def check_environment() -> bool:
    """Print what is installed and what is missing, with the remedy; return whether all is well."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    wanted = tuple(map(int, re.findall(r"\d+", project["requires-python"])))
    here = ".".join(map(str, sys.version_info[:3]))
    checks = [_line(sys.version_info >= wanted, f"Python {here}", project["requires-python"])]
    checks += [_package(*pin) for pin in pins(project["optional-dependencies"]["lesson"])]
    checks += [_line(False, sentence) for sentence in _changed()]
    if all(checks):
        checks.append(_redis())
    print("Ready." if all(checks) else "Not ready yet: in the project's folder run  make lab")
    return all(checks)


def pins(dependencies: list[str]) -> list[tuple[str, str]]:
    """Return name and version of each dependency whose marker includes this machine."""
    here = {"sys_platform": sys.platform, "platform_machine": platform.machine()}
    found = []
    for dependency in dependencies:
        pin, _, marker = dependency.partition(";")
        if not marker or eval(marker.strip(), here):  # a marker is an expression of Python's
            found.append(tuple(re.split(r"(?:\[.*\])?==", pin.strip())))
    return found


def _package(name: str, wanted: str) -> bool:
    try:
        here = version(name)
    except PackageNotFoundError:
        return _line(False, f"{name} is missing", wanted)
    return _line(here == wanted, f"{name} {here}", wanted)


def _changed() -> list[str]:
    """Return the changes inside the libraries; missing packages were named before."""
    changed = runpy.run_path(str(SELF_TEST))["self_test"]()
    return [sentence for sentence in changed if " is missing" not in sentence]


def _redis() -> bool:
    from lesson_code.lab import Lab, RedisUnavailable

    try:
        lab = Lab()
        print(f"✓ {lab.backend}")
        lab.close()
    except RedisUnavailable as error:
        print(f"✗ {error}")
        return False
    return True


def _line(good: bool, words: str, wanted: str = "") -> bool:
    made_with = wanted and f"; the lesson was made with {wanted}"
    print(f"✓ {words}" if good else f"✗ {words}{made_with}")
    return good
