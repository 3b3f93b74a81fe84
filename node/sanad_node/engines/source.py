"""One endpoint of a chain: what it tells, checked by itself, and whether it is of use now.

Each endpoint's chain is followed from block 0 on its own, so none is believed for another's sake, and two that differ
are two proofs. One that lies, is of another chain, falls behind or does not answer is set aside for a while, with the
reason; what it is asked meanwhile fails at once.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sanad_node.engines.base import (
    BlockHeader,
    ChainNotReady,
    ChainUnavailable,
    ConsensusViolation,
    EngineLied,
    WrongChain,
)
from sanad_node.engines.besu import OwnBesu
from sanad_node.engines.consensus import Rule
from sanad_node.engines.endpoints import Endpoint
from sanad_node.engines.sealed import Asked, ChainFacts, SealedEngine
from sanad_verifier.errors import SanadError

SOON, AT_MOST, LATE = 2.0, 60.0, 300.0
"""Seconds for which an endpoint is set aside: one that did not answer or is behind (twice as long each time, up to the
second), and one that is wrong.
"""
BEHIND = "ENDPOINT_BEHIND"
PASSES = frozenset({BEHIND, ChainUnavailable.code, ChainNotReady.code})


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """How an endpoint does: `state` is `used`, `checked` (followed beside the one used) or `aside`, then with a code
    and a reason, for `retry` seconds more. Heights are those at the last look. `trouble` is why an own Besu has not
    taken over what the members agreed on.
    """

    url: str
    state: str
    height: int
    final: int
    code: str = ""
    reason: str = ""
    retry: int = 0
    trouble: str = ""


class Source:
    """Its files are in a folder of its own beneath the engine's. `connect` makes the client."""

    def __init__(
        self,
        endpoint: Endpoint,
        folder: Path,
        facts: ChainFacts,
        rule: Rule,
        connect: Callable[[Endpoint], Asked],
        clock: Callable[[], float],
    ) -> None:
        self.endpoint = endpoint
        self.client = connect(endpoint)
        self.besu = OwnBesu(self.client) if endpoint.own else None
        self.head: BlockHeader | None = None
        self.final = 0
        self.code = self.reason = ""
        self._until = 0.0
        self._times = 0
        self._facts, self._rule, self._clock = facts, rule, clock
        self._folder = folder / f"endpoint-{sha256(endpoint.url.encode()).hexdigest()[:16]}"
        self._engine: SealedEngine | None = None
        self._lock = threading.Lock()

    @property
    def aside(self) -> bool:
        """Whether it is set aside now."""
        return time.monotonic() < self._until

    @property
    def engine(self) -> SealedEngine:
        """The chain as this endpoint tells it; raises what a chain that cannot be asked, or another, raises."""
        with self._lock:
            if self._engine is None:
                self._folder.mkdir(exist_ok=True)
                self._engine = SealedEngine(
                    "rpc", self._folder, self._facts, self._rule, self.client, self._clock
                )
            return self._engine

    def look(self) -> SanadError | None:
        """Follow its chain to the head, unless it is set aside; what was wrong with it, if anything was."""
        if self.aside:
            return None
        try:
            self.head = self.engine.head()
            self.final = self.engine.final_height()
        except (ChainUnavailable, EngineLied, WrongChain, ConsensusViolation) as error:
            self.set_aside(error)
            return error
        return None

    def proved_fit(self) -> None:
        """It was looked at, and nothing is wrong with it."""
        self.code = self.reason = ""
        self._times = 0

    def set_aside(self, error: SanadError) -> None:
        """Do without it for a while."""
        self.set_aside_for(error.code, error.message)

    def set_aside_for(self, code: str, reason: str) -> None:
        """As `set_aside`, with a code and reason of their own."""
        self.code, self.reason = code, reason
        self._times += 1
        soon = min(SOON * 2 ** (self._times - 1), AT_MOST)
        self._until = time.monotonic() + (soon if code in PASSES else LATE)

    def status(self, used: "Source | None") -> EndpointStatus:
        """How it does."""
        state = "aside" if self.aside else "used" if self is used else "checked"
        left = max(0, round(self._until - time.monotonic()))
        height = self.head.number if self.head else 0
        return EndpointStatus(
            self.endpoint.url,
            state,
            height,
            self.final,
            self.code,
            self.reason,
            left,
            "" if self.besu is None else self.besu.trouble,
        )

    def close(self) -> None:
        """Write down what was followed, and end the connection."""
        with self._lock:
            if self._engine is None:
                self.client.close()
            else:
                with contextlib.suppress(SanadError):
                    self._engine.close()
