"""The till and the files of orders by ARQ: what survives a second run, and what does not."""

import asyncio
from functools import partial
from typing import Any

from lesson_code.examples import any_queue
from lesson_code.lab.stage.simulated_crash import cut_after_arq
from lesson_code.with_arq.checkpoints import run_steps
from lesson_code.worlds import order_files, till


async def ship(ctx: dict, order: str) -> str:
    return till.ship(order)


async def pay(ctx: dict, file: str, order: str, cents: int) -> str:
    return await cut_after_arq(ctx, till.pay, file, order, cents)


async def pay_once(ctx: dict, file: str, order: str, cents: int) -> str:
    return await cut_after_arq(ctx, any_queue.pay_once, file, order, cents)


async def import_with_hash(ctx: dict, inbox: str, names: list[str], run: str) -> int:
    work = partial(order_files.count_orders, inbox)
    return sum((await run_steps(names, work, ctx["redis"], run)).values())


async def import_with_table(ctx: dict, *args: Any) -> int:
    return await asyncio.to_thread(any_queue.import_with_table, *args)
