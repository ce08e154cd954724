#!/usr/bin/env bash
# When a DBOS program starts, it recovers all unfinished workflows of its executor id, and does not
# ask whether their process still lives. The id is "local" unless you set one. So when a second
# process of a program starts, a second web worker or the new one of a rolling deploy, each step runs
# again that the first is just running, in one of the two. No crash is needed. dbos 3.4.0, on SQLite.
#
# What it means: give each process an id of its own that it keeps (DBOS__VMID, or executor_id), as
# the page on recovery in a distributed setting says. Otherwise make each step safe to run twice at
# once.
#
# Seen on 2026-11-30 with Python 3.11.7:
#   no executor id:          the step began 2 time(s), SUCCESS
#   an id for each process:  the step began 1 time(s), SUCCESS
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dbos==3.4.0
cd "$folder"
cat >app.py <<'PYTHON'
import sys
import time
from pathlib import Path

from dbos import DBOS

DBOS(config={"name": "shop", "system_database_url": "sqlite:///shop.sqlite", "log_level": "ERROR"})


@DBOS.step()
def charge():
    with open("began", "a") as file:
        file.write("charge\n")
    while not Path("may_end").exists():
        time.sleep(0.05)


@DBOS.workflow()
def order():
    charge()


DBOS.launch()
if sys.argv[1] == "first":
    handle = DBOS.start_workflow(order)
    handle.get_result()
    Path("status").write_text(handle.get_status().status)
else:
    time.sleep(5)  # its queues are polled each second
    Path("may_end").touch()
    while not Path("status").exists():
        time.sleep(0.05)
DBOS.destroy()
PYTHON
see() {
    rm -f shop.sqlite* began may_end status
    env ${1:+DBOS__VMID=$1} timeout -s KILL 60 venv/bin/python app.py first &
    until [ -s began ]; do sleep 0.1; done
    env ${2:+DBOS__VMID=$2} timeout -s KILL 60 venv/bin/python app.py second
    wait
    echo "$(wc -l <began) $(cat status)"
}
shared=$(see "" "")
own=$(see one two)
printf '%-24s the step began %s time(s), %s\n' \
    "no executor id:" $shared "an id for each process:" $own
[ "$shared" = "2 SUCCESS" ] && [ "$own" = "1 SUCCESS" ] || { echo changed; exit 1; }
