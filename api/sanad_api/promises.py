"""Acts that are ready are promised together: while one round is written to the disk, the next one gathers."""

import asyncio
from collections.abc import Sequence

from fastapi.concurrency import run_in_threadpool

from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.promising import Order, promise

AT_MOST = 64
"""Orders in one round: bounds how long the first of them waits for the last."""


class Promises:
    """Used on the event loop only. One round is in a thread at a time."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._waiting: list[tuple[Order, asyncio.Future[Act]]] = []
        self._rounds: asyncio.Task[None] | None = None

    async def keep(self, order: Order) -> Act:
        """The act, once it is on the disk; raises why it could not be promised."""
        outcome: asyncio.Future[Act] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, outcome))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._go_round())
        return await outcome

    async def _go_round(self) -> None:
        """Until nobody waits."""
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
                await self._promise(taken)
        finally:
            self._rounds = None

    async def _promise(self, taken: list[tuple[Order, "asyncio.Future[Act]"]]) -> None:
        outcomes: Sequence[Act | Exception]
        try:
            outcomes = await run_in_threadpool(promise, self._node, [order for order, _ in taken])
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, or waits for ever
            outcomes = [error] * len(taken)
        for (_, waiting), outcome in zip(taken, outcomes, strict=True):
            if waiting.cancelled():  # whoever asked is gone; the act stands
                continue
            if isinstance(outcome, Exception):
                waiting.set_exception(outcome)
            else:
                waiting.set_result(outcome)
