"""Fan-in in ARQ: a set of open parts in Redis; whoever finds it empty enqueues what comes next."""

import json
from collections.abc import Iterable
from typing import Any

from arq import ArqRedis

from lesson_code.patterns.keep import KEEP

_OPEN = """
for _, part in ipairs(ARGV) do
    if redis.call('HEXISTS', KEYS[2], part) == 0 then redis.call('SADD', KEYS[1], part) end
end
return redis.call('SCARD', KEYS[1])
"""


def _open(run: str) -> str:
    return f"parts:{run}:open"


def _outcomes(run: str) -> str:
    return f"parts:{run}:outcomes"


async def open_parts(redis: ArqRedis, run: str, parts: Iterable[str]) -> int:
    """Note the parts that `run` waits for, before the first of them is enqueued.

    Returns how many are open; what is closed stays closed if this is run again.
    At 0 enqueue what comes next at once, for no part will do it.
    """
    left = await redis.eval(_OPEN, 2, _open(run), _outcomes(run), *parts)
    await redis.expire(_open(run), KEEP)
    return left


async def close_part(redis: ArqRedis, run: str, part: str, outcome: Any) -> int:
    """Keep the outcome (JSON) of a part and cross it off, at one stroke.

    Returns how many are open. At 0 enqueue what comes next, with a `_job_id`:
    a part that is run again gets 0, too. That is wanted, since its first run may
    have died before it could enqueue.
    """
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hset(_outcomes(run), part, json.dumps(outcome))
        pipe.expire(_outcomes(run), KEEP)
        pipe.srem(_open(run), part)
        pipe.scard(_open(run))
        return (await pipe.execute())[-1]


async def outcomes(redis: ArqRedis, run: str) -> dict[str, Any]:
    """Return the outcome of each part that is closed, in the order of their names."""
    kept = await redis.hgetall(_outcomes(run))
    return {part.decode(): json.loads(kept[part]) for part in sorted(kept)}


async def still_open(redis: ArqRedis, run: str) -> list[str]:
    """Return the parts that are not closed yet, sorted."""
    return sorted(part.decode() for part in await redis.smembers(_open(run)))
