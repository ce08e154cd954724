"""How one waits: as a thread that the system puts aside, or as a stack that a browser does.

`Gate()` is closed: `acquire()` waits until somebody has called `release()`. `Stack(run, name)` runs
beside others once it is started. `here()` tells them apart, `pause(seconds)` lets the others go on
for so long, and `run_apart(coroutine)` runs one to its end although an event loop is running here.
"""

import sys

if sys.platform == "emscripten":
    from lesson_code.lab.browser.stacks import Gate, Stack, here, pause, run_apart
else:
    from lesson_code.lab.engines.threads import Gate, Stack, here, pause, run_apart

__all__ = ["Gate", "Stack", "here", "pause", "run_apart"]
