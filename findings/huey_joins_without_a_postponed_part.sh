#!/usr/bin/env bash
# `Result.reschedule()` of Huey moves a task to another time: it revokes the task and enqueues a copy.
# For a part of a chord both are counted. The revoked part counts as ended, with the value SKIPPED, so
# the join runs before the copy and never gets its result. A failed part that is rescheduled is
# counted twice, too: the join starts before another part has run, and gets None for it. Huey
# raises nothing. huey 3.5.4.
#
# What it means: a part of a chord can neither be postponed nor be repaired with reschedule(). Put the
# wait or the retry into the task itself (`eta`, `retries`), before the chord is enqueued.
#
# Seen on 2026-11-30 with Python 3.11.7 (parts of 1, 2 and 3; each returns its number):
#   as it is:                        the join gets [1, 2, 3]
#   the first part is postponed:     the join gets [SKIPPED, 2, 3], then the part returns 1
#   the first failed, is repaired:   the join gets [1, 2, None], then the part returns 3
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet huey==3.5.4
cd "$folder"
venv/bin/python - <<'PYTHON'
import logging
from datetime import datetime, timedelta

from huey import MemoryHuey, chord

logging.disable(logging.CRITICAL)  # the failure is meant
huey = MemoryHuey()
bank_answers = True
told = []


@huey.task()
def part(number):
    if not bank_answers:
        raise ConnectionError("the bank does not answer")
    told.append(f"the part returns {number}")
    return number


@huey.task()
def join(results):
    told.append(f"the join gets {results}")


def run(task):
    huey.execute(task)


def run_all():
    while (task := huey.dequeue()) is not None:
        run(task)


def start():
    huey.flush()
    told.clear()
    return [*huey.enqueue(chord([part.s(number) for number in (1, 2, 3)], join)).results]


def from_the_join_on():
    return told[next(at for at, one in enumerate(told) if one.startswith("the join")) :]


seen = {}
start()
run_all()
seen["as it is:"] = from_the_join_on()

first, *_ = start()
first.reschedule(delay=3600)
run_all()
tomorrow = datetime.now() + timedelta(days=1)
for task in huey.read_schedule(tomorrow):
    huey.execute(task, tomorrow)
seen["the first part is postponed:"] = from_the_join_on()

first, *_ = start()
bank_answers = False
run(huey.dequeue())
bank_answers = True
second, third = huey.dequeue(), huey.dequeue()
first.reschedule()
run(huey.dequeue())  # the repaired part
run(second)
run(huey.dequeue())  # the join
run(third)
seen["the first failed, is repaired:"] = from_the_join_on()

for case, what in seen.items():
    print(f"{case:32} {', then '.join(what)}")
if [*seen.values()] != [
    ["the join gets [1, 2, 3]"],
    ["the join gets [SKIPPED, 2, 3]", "the part returns 1"],
    ["the join gets [1, 2, None]", "the part returns 3"],
]:
    raise SystemExit("changed")
PYTHON
