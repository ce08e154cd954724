"""Ways to wait: as a thread that the system suspends, or as a stack that a browser puts aside.

`Gate()` is closed: `acquire()` waits until another stack calls `release()`. `Stack(run, name)` runs
in parallel with others once it is started. `here()` tells them apart, and `pause(seconds)` lets the
others go on for so long. `run_apart(coroutine)` runs one to its end although an event loop is
running here.
"""

import sys

if sys.platform == "emscripten":
    from lesson_code.lab.browser.stacks import Gate, Stack, here, pause, run_apart
else:
    from lesson_code.lab.engines.threads import Gate, Stack, here, pause, run_apart

__all__ = ["Gate", "Stack", "here", "pause", "run_apart"]
