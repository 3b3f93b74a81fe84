"""Where a question is answered: on the event loop if the answer is at hand, in a thread if not.

Python runs one thread at a time. A short read that is handed to a thread spends more on taking turns than on reading:
each statement of SQL lets another thread go first.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

from sanad_node.waiting import WouldWait, at_once

P = ParamSpec("P")
T = TypeVar("T")


async def ask(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `read`, which changes nothing, returns or raises."""
    try:
        with at_once():
            return read(*args, **kwargs)
    except WouldWait:
        return await run_in_threadpool(read, *args, **kwargs)
