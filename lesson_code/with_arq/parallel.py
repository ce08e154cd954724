"""Fan-in in ARQ: a set of pending parts in Redis; the part that empties it starts the next job."""

import json
from collections.abc import Iterable
from typing import Any

from arq import ArqRedis

from ..patterns.keep import KEEP
from ..patterns.tasks import all_different

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


async def register_parts(redis: ArqRedis, run: str, parts: Iterable[str]) -> int:
    """Store the names of the parts of `run`, before you enqueue the first of them.

    Returns the number of pending parts. A second call does not reopen completed parts.
    If it is 0, enqueue the next job yourself, because no part will.
    Raises ValueError for two parts of one name.
    """
    names = all_different(parts, "parts")
    left = await redis.eval(_OPEN, 2, _open(run), _outcomes(run), *names)
    await redis.expire(_open(run), KEEP)
    return left


async def complete_part(redis: ArqRedis, run: str, part: str, outcome: Any) -> int:
    """Store the outcome (JSON) of a part and remove it from the pending ones, in one transaction.

    Returns the number of pending parts. At 0 enqueue the next job, with a `_job_id`: a part that
    runs again gets 0, too, because its first run may have crashed before it could enqueue.
    An outcome that does not fit into JSON becomes {"gave up": the error}: the others wait for it.
    """
    try:
        text = json.dumps(outcome)
    except Exception as error:
        text = json.dumps({"gave up": f"{type(error).__name__}: {error}"})
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hset(_outcomes(run), part, text)
        pipe.expire(_outcomes(run), KEEP)
        pipe.srem(_open(run), part)
        pipe.scard(_open(run))
        return (await pipe.execute())[-1]


async def outcomes(redis: ArqRedis, run: str) -> dict[str, Any]:
    """Return the outcome of each completed part, sorted by name."""
    kept = await redis.hgetall(_outcomes(run))
    return {part.decode(): json.loads(kept[part]) for part in sorted(kept)}


async def pending_parts(redis: ArqRedis, run: str) -> list[str]:
    """Return the names of the pending parts, sorted."""
    return sorted(part.decode() for part in await redis.smembers(_open(run)))
