"""What has come to a stand, and why: told apart, so that what may be done by itself is done, and a person is told.

`observe` takes in what there is to see without asking anything that may not answer. `Watch` is told what was seen, one
look after the other, and says what stands still. Only the cause is named: where the chain's program has ended nobody is
told that the indexer does not get on.
"""

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from sanad_node.engines.base import Engine
from sanad_node.engines.pulse import Pulse
from sanad_node.engines.sealed import HALTED_AFTER
from sanad_node.node import Node
from sanad_node.store.office_tables import outbox

if TYPE_CHECKING:
    from sanad_node.carrier import Carrier

SILENT_AFTER = 20.0
"""Seconds after which a chain program that does not answer is taken to hang."""
STUCK_AFTER, STUCK_PERIODS = 60.0, 20
"""Seconds, or periods if that is longer, without progress after which indexer or submitter are said to be stuck."""
CLOCK_WITHIN = 30
"""Seconds that clocks may differ before somebody is told."""


class Stall(StrEnum):
    """`ENGINE_GONE`: the chain's program has ended, and is not back. `ENGINE_SILENT`: it runs and does not answer.
    `CHAIN_HALTED`: no block comes, though the program answers. `INDEXER_STUCK`: blocks stand that are not read.
    `SUBMITTER_STUCK`: acts wait, though blocks are made and read. `DISK_LOW`: there is less room than the settings ask
    for. `CLOCK_DIFFERS`: this machine's clock is not that of the chain or of most other members.
    """

    ENGINE_GONE = "ENGINE_GONE"
    ENGINE_SILENT = "ENGINE_SILENT"
    CHAIN_HALTED = "CHAIN_HALTED"
    INDEXER_STUCK = "INDEXER_STUCK"
    SUBMITTER_STUCK = "SUBMITTER_STUCK"
    DISK_LOW = "DISK_LOW"
    CLOCK_DIFFERS = "CLOCK_DIFFERS"


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `at` is a time that only moves forwards, `clock` what the machine takes for the time (seconds); `pulse`
    is None where there is no chain, or none was opened yet. `indexed` is the newest block read; `waiting` acts are in
    no block, `oldest` is the number of the first of them. `round_for`: seconds that the carrier's round goes on. `free`
    bytes are left where the data are; `clock_ahead`: seconds that our clock is ahead of most other members'.
    """

    at: float
    clock: float
    pulse: Pulse | None
    indexed: int = 0
    waiting: int = 0
    oldest: int = 0
    round_for: float = 0.0
    free: int = 0
    clock_ahead: int = 0


class Watch:
    """Not thread-safe. `least` bytes have to be free."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._indexed: tuple[int, float] | None = None
        self._waits: tuple[int, float] | None = None

    def look(self, seen: Seen) -> tuple[Stall, ...]:
        """What stands still by what was seen now and before, in the order of `Stall`."""
        self._indexed = _since(self._indexed, seen.indexed, seen.at)
        self._waits = _since(self._waits, seen.oldest, seen.at)
        found = [*self._chain(seen)]
        if seen.free < self._least:
            found.append(Stall.DISK_LOW)
        if self._clock_differs(seen):
            found.append(Stall.CLOCK_DIFFERS)
        return tuple(one for one in Stall if one in found)

    def _chain(self, seen: Seen) -> Sequence[Stall]:
        """The first of the things that each would hold up those after it."""
        pulse = seen.pulse
        if pulse is None or self._indexed is None or self._waits is None:
            return ()
        patience = max(STUCK_AFTER, STUCK_PERIODS * pulse.period)
        behind = pulse.final > seen.indexed and seen.at - self._indexed[1] > patience
        causes = {
            Stall.ENGINE_GONE: pulse.alive is False,
            Stall.ENGINE_SILENT: pulse.silent_for > SILENT_AFTER,
            Stall.CHAIN_HALTED: 0 < HALTED_AFTER * pulse.period < pulse.still_for,
            Stall.INDEXER_STUCK: behind or seen.round_for > 2 * patience,
            Stall.SUBMITTER_STUCK: seen.waiting > 0 and seen.at - self._waits[1] > patience,
        }
        return [one for one, holds in causes.items() if holds][:1]

    @staticmethod
    def _clock_differs(seen: Seen) -> bool:
        """A block from the future is one thing that only a wrong clock can see; the members' clocks are the other."""
        future = seen.pulse is not None and seen.pulse.head_time > seen.clock + CLOCK_WITHIN
        return future or abs(seen.clock_ahead) > CLOCK_WITHIN


def _since(known: tuple[int, float] | None, value: int, at: float) -> tuple[int, float]:
    """A value, and since when it has been that."""
    return known if known is not None and known[0] == value else (value, at)


def clock_ahead(others: Sequence[int]) -> int:
    """Seconds that our clock is ahead of the others', by how much each of theirs is ahead of ours: 0 unless more of
    them differ than agree with us. Then it is the one in their middle.
    """
    differing = sorted(-one for one in others if abs(one) > CLOCK_WITHIN)
    if 2 * len(differing) <= len(others):
        return 0
    return differing[len(differing) // 2]


def observe(
    node: Node, carrier: "Carrier", *, ahead: int = 0, now: Callable[[], float] = time.monotonic
) -> Seen:
    """Look at a node. Its databases are asked; its chain is not, nor is it started. Raises the store's faults."""
    engine: Engine | None = None if node.mirrors else node.__dict__.get("chain")
    with node.office.connect() as connection:
        waiting, oldest = connection.execute(
            select(func.count(), func.min(outbox.c.id)).where(outbox.c.state.in_(("accepted", "signed")))
        ).one()
    return Seen(
        at=now(),
        clock=node.clock(),
        pulse=None if engine is None else engine.pulse(),
        indexed=node.reader.position().block,
        waiting=int(waiting),
        oldest=int(oldest or 0),
        round_for=carrier.round_for(),
        free=shutil.disk_usage(node.directory.root).free,
        clock_ahead=ahead,
    )


def revive(node: Node, number: int) -> bool:
    """End a chain program that does not answer, the one of this number of starts; whoever asks next has it started
    again. Says whether there was one.
    """
    engine = node.__dict__.get("chain")
    end = getattr(engine, "end_silent", None)
    if end is None:
        return False
    threading.Thread(
        target=end, args=(number,), name="end-silent", daemon=True
    ).start()  # it may take as long as the kernel likes
    return True
