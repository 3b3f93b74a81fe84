"""Whether whoever asks may be made to wait.

What only reads this node's own databases takes less time than handing it to a thread would, so a service does it
where it is. What may take longer (the chain, a signature that is written down, a batch's leaves) says so with
`may_wait` before it begins: inside `at_once` that is refused, nothing has happened, and the whole question is asked
again where waiting harms nobody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_at_once: ContextVar[bool] = ContextVar("at_once", default=False)


class WouldWait(Exception):
    """The answer is not at hand."""


@contextmanager
def at_once() -> Iterator[None]:
    """Inside, what may take long raises `WouldWait`."""
    token = _at_once.set(True)
    try:
        yield
    finally:
        _at_once.reset(token)


def may_wait() -> None:
    """Say that what follows may take long."""
    if _at_once.get():
        raise WouldWait
