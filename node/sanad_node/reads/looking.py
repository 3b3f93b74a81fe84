"""What somebody was shown while one request was answered.

Whoever serves callers says with `looking` that a request begins; what finds documents, consignments and instruments for
them notes it here. Elsewhere (a command on the data directory, a test) nothing is noted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Looked:
    """Things by their digest or identifier (hex), each once, and how many more were shown in lists."""

    things: dict[str, None] = field(default_factory=dict)
    listed: int = 0
    lists: int = 0
    missed: str = ""
    """What was looked for first and not found, as it was typed; it is not kept so."""

    @property
    def anything(self) -> bool:
        """Whether there is something to be recorded: an empty list was looked at, too."""
        return bool(self.things or self.lists or self.missed)

    @property
    def about(self) -> str:
        """The thing that was asked for: the first. Empty for a list."""
        return next(iter(self.things), "")

    @property
    def count(self) -> int:
        return len(self.things) + self.listed


_current: ContextVar[Looked | None] = ContextVar("looked", default=None)


@contextmanager
def looking() -> Iterator[Looked]:
    """What is shown inside is noted in the result; threads that are asked inside share it."""
    looked = Looked()
    token = _current.set(looked)
    try:
        yield looked
    finally:
        _current.reset(token)


def shown(thing: str) -> None:
    """A document, consignment or instrument was found for the caller."""
    looked = _current.get()
    if looked is not None:
        looked.things[thing] = None


def missed(identifier: str) -> None:
    """There is no such thing, or none that the caller may know of."""
    looked = _current.get()
    if looked is not None and not looked.missed:
        looked.missed = identifier


def listed(count: int) -> None:
    """A list of so many things was shown to the caller."""
    looked = _current.get()
    if looked is not None:
        looked.listed += count
        looked.lists += 1
