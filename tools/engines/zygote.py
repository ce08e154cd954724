"""Runs in an engine's own environment: imports the engine once, then forks clients and workers.

`python -m tools.engines.zygote CHAIN` reads a line of JSON, {"do", "url", "variant", "env", "log"},
and answers with a process number and, for a client, its exit code. Each child leads a session of
its own. When its input ends, it kills every worker that is left.
"""

import importlib
import json
import os
import signal
import sys
import traceback

from tools.engines.processes import kill


def child(chain, asked: dict) -> None:
    """Do what is asked in a new session, with its output in the log; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        log = os.open(asked["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for target, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(source, target)
        os.environ.update(asked["env"])
        getattr(chain, asked["do"])(asked["url"], asked["variant"])
        code = 0
    except SystemExit:
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(name: str) -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver closes the input
    chain = importlib.import_module(f"tools.engines.chains.{name}")
    chain.warm()
    out = os.fdopen(os.dup(1), "w")
    os.set_inheritable(out.fileno(), False)
    os.dup2(2, 1)
    workers: set[int] = set()
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            out.close()
            child(chain, asked)
        code = None
        if asked["do"] == "work":
            workers.add(pid)
        else:
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(json.dumps([pid, code]), file=out, flush=True)
        workers -= {one for one in workers if os.waitpid(one, os.WNOHANG)[0]}
    for pid in workers:
        kill(pid)


if __name__ == "__main__":
    main(sys.argv[1])
