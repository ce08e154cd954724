"""Install with pip, and say every few seconds how far it is. It needs nothing but Python.

python tools/install.py .venv/bin/pip --editable .
"""

import sys
import time
from subprocess import PIPE, STDOUT, Popen
from threading import Thread

EVERY = 4  # seconds
OPTIONS = ["--disable-pip-version-check", "--progress-bar", "off", "--no-color"]


def main(pip: str, *what: str) -> int:
    """Run `pip install`, and return its exit code; show what it said only if it fails."""
    began, said = time.monotonic(), []
    print("  pip looks for the packages …", flush=True)
    with Popen([pip, "install", *OPTIONS, *what], stdout=PIPE, stderr=STDOUT, text=True) as running:
        reader = Thread(target=lambda: [said.append(line) for line in running.stdout])
        reader.start()
        while reader.is_alive():
            reader.join(EVERY)
            if reader.is_alive():
                print(f"  {_seconds(began)}: {_state(said)}", flush=True)
    if running.returncode:
        print("".join(said), f"pip failed after {_seconds(began)}.", sep="", file=sys.stderr)
    else:
        print(f"  Done in {_seconds(began)}.", flush=True)
    return running.returncode


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


def _state(said: list[str]) -> str:
    """Return what pip is doing, from what it has said."""
    if any(line.startswith("Installing collected packages") for line in said):
        return "installing the packages"
    found = sum(line.lstrip().startswith(("Collecting", "Requirement already")) for line in said)
    return f"packages found so far: {found}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
