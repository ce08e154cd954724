"""Stories for ARQ to crash at every point: an order of three steps, a sum."""

from arq import ArqRedis

from lesson_code.worlds import shop


async def charge(ctx: dict, order: str) -> str:
    receipt = shop.charge(order)
    await ctx["redis"].enqueue_job("pack", order, _job_id="pack")
    return receipt


async def pack(ctx: dict, order: str) -> str:
    parcel = shop.pack(order)
    await ctx["redis"].enqueue_job("ship", order, _job_id="ship")
    return parcel


async def ship(ctx: dict, order: str) -> str:
    return shop.ship(order)


async def enqueue_order(pool: ArqRedis) -> None:
    """Charge; each step enqueues the next one."""
    await pool.enqueue_job("charge", "A7", _job_id="charge")


class Shop:
    functions = (charge, pack, ship)


async def read_and_write(ctx: dict) -> None:
    sold = int(await ctx["redis"].get("sold") or 0)
    await ctx["redis"].set("sold", sold + 10)


async def enqueue_sales(pool: ArqRedis) -> None:
    for name in ("sale-1", "sale-2"):
        await pool.enqueue_job("read_and_write", _job_id=name)


class Sales:
    functions = (read_and_write,)
