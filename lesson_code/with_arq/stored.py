"""The values that a helper keeps in Redis: in the serializer of the pool, pickle by default."""

import pickle
from typing import Any

from arq import ArqRedis


def dumps(redis: ArqRedis, value: Any) -> bytes:
    """Return the value as the pool's jobs would keep it: a serializer of ARQ gets a dictionary."""
    return (redis.job_serializer or pickle.dumps)({"value": value})


def loads(redis: ArqRedis, text: bytes) -> Any:
    """Return the value that `dumps` has turned into this."""
    return (redis.job_deserializer or pickle.loads)(text)["value"]
