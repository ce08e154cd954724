"""How one waits: as a thread that the system puts aside, or as a stack that a browser does.

`Gate()` is closed: `acquire()` waits until somebody has called `release()`. `Stack(run, name)` runs
beside others once it is started. `here()` tells them apart, `pause(seconds)` lets the others go on
for so long, and `apart(call)` calls something that has an event loop of its own.
"""

import sys

if sys.platform == "emscripten":
    from lesson_code.lab.browser.stacks import Gate, Stack, apart, here, pause
else:
    from lesson_code.lab.engines.threads import Gate, Stack, apart, here, pause

__all__ = ["Gate", "Stack", "apart", "here", "pause"]
