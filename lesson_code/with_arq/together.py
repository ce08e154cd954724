"""Many jobs of ARQ in one transaction, which does for all what `enqueue_job` does for one."""

from collections.abc import Mapping
from time import time
from typing import Any

from arq import ArqRedis
from arq.constants import job_key_prefix, result_key_prefix
from arq.jobs import serialize_job
from redis import WatchError


async def enqueue_atomically(pool: ArqRedis, calls: Mapping[str, tuple[str, Any]]) -> list[str]:
    """Enqueue {id: (function, *args)}: all of them or none. Return the ids that were free.

    As with `enqueue_job`, an id is taken while its job waits or runs, or its result is kept.
    It takes three round trips, and three more each time another client takes one of the ids.
    """
    if not calls:
        return []
    while True:
        async with pool.pipeline(transaction=True) as pipe:
            keys = {
                key: id for id in calls for key in (job_key_prefix + id, result_key_prefix + id)
            }
            await pipe.watch(*keys)
            values = zip(keys.values(), await pipe.mget(*keys), strict=True)
            taken = {id for id, value in values if value is not None}
            pipe.multi()
            for id in (free := [id for id in calls if id not in taken]):
                function, *args = calls[id]
                now = int(time() * 1000)
                job = serialize_job(
                    function, tuple(args), {}, None, now, serializer=pool.job_serializer
                )
                pipe.psetex(job_key_prefix + id, pool.expires_extra_ms, job)
                pipe.zadd(pool.default_queue_name, {id: now})
            try:
                await pipe.execute()
            except WatchError:
                continue
            return free
