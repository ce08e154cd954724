"""Many jobs of ARQ at one stroke: what `enqueue_job` does for one, in one transaction for all."""

from collections.abc import Mapping
from time import time
from typing import Any

from arq import ArqRedis
from arq.constants import job_key_prefix, result_key_prefix
from arq.jobs import serialize_job
from redis import WatchError


async def enqueue_together(pool: ArqRedis, calls: Mapping[str, tuple[str, Any]]) -> list[str]:
    """Enqueue {id: (function, *args)}: all of them or none. Return the ids that were free.

    As with `enqueue_job`, an id is taken while its job waits or runs, or its result is kept.
    Takes three round trips, and three more each time that somebody else takes one of the ids.
    """
    if not calls:
        return []
    while True:
        async with pool.pipeline(transaction=True) as stroke:
            keys = {
                key: id for id in calls for key in (job_key_prefix + id, result_key_prefix + id)
            }
            await stroke.watch(*keys)
            values = zip(keys.values(), await stroke.mget(*keys), strict=True)
            taken = {id for id, value in values if value is not None}
            stroke.multi()
            for id in (free := [id for id in calls if id not in taken]):
                function, *args = calls[id]
                now = int(time() * 1000)
                job = serialize_job(
                    function, tuple(args), {}, None, now, serializer=pool.job_serializer
                )
                stroke.psetex(job_key_prefix + id, pool.expires_extra_ms, job)
                stroke.zadd(pool.default_queue_name, {id: now})
            try:
                await stroke.execute()
            except WatchError:
                continue
            return free
