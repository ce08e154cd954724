"""python -m lesson_code.lab.server command …: run it with REDIS_URL set to a server of our own."""

import os
import sys

from lesson_code.lab.server.own import NoOwnServer, start

try:
    url, ours = start()
except NoOwnServer as why:
    sys.exit(f"No server of our own: {why}.")
os.set_inheritable(ours, True)  # the command replaces this process, and keeps the server alive
os.execvpe(sys.argv[1], sys.argv[1:], {**os.environ, "REDIS_URL": url})
