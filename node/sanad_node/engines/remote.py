"""The rpc engine: a network reached through one or more endpoints, none of which has to be trusted.

Every endpoint's chain is followed and checked by itself (`source`). The first that is of use answers; the others are
compared with it: two that show different final blocks at one height, each sealed as it must be, are a violation of
consensus, of which the proof is kept (`equivocation`). Signed transactions are handed to all of them. What cannot be
checked (calls, nonces, code) is one endpoint's word, and decides only what this node sends or refuses to sign.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from sanad_node.datadir import DataDirectory, Lock
from sanad_node.durable import write_file
from sanad_node.engines import equivocation
from sanad_node.engines.base import (
    BlockHeader,
    ChainNotReady,
    ChainUnavailable,
    ConsensusViolation,
    EngineLied,
    Log,
    Receipt,
    TransactionRefused,
    WrongChain,
)
from sanad_node.engines.consensus import Rule
from sanad_node.engines.endpoints import Endpoint
from sanad_node.engines.equivocation import Shown
from sanad_node.engines.http_rpc import HttpRpc
from sanad_node.engines.pulse import Pulse
from sanad_node.engines.sealed import Asked, SealedEngine
from sanad_node.engines.source import BEHIND, EndpointStatus, Source
from sanad_node.engines.wanted import Founding, Wanted
from sanad_verifier.chain.proof import ChainProof
from sanad_verifier.chain.validators import ChainTrust
from sanad_verifier.errors import SanadError

T = TypeVar("T")
NAME = "rpc"
LAG = 5
"""Blocks that an endpoint may be behind the farthest one."""
TEND_AFTER = 5.0
"""Seconds between two looks at an own Besu's peers and votes."""
REACHED = "reached.json"
PASSING = (ChainUnavailable, EngineLied, WrongChain)
"""What another endpoint may do better."""


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """What `sanad node status` shows. `seals` says whether consensus seals are checked; `head_age` is in seconds;
    `halted` when no block has come for ten periods of empty blocks.
    """

    consensus: str
    seals: str
    height: int
    final: int
    head_age: float
    halted: bool
    validators: tuple[str, ...]
    endpoints: tuple[EndpointStatus, ...]


class RemoteEngine:
    """Callable from any thread. Nothing is asked before the first use, so a node opens without its chain."""

    name = NAME

    def __init__(
        self,
        folder: Path,
        wanted: Wanted,
        rule: Rule,
        endpoints: Sequence[Endpoint],
        clock: Callable[[], float],
        *,
        quiet: float = 0.0,
        connect: Callable[[Endpoint], Asked] = HttpRpc,
    ) -> None:
        with contextlib.ExitStack() as opened:
            opened.enter_context(Lock(DataDirectory(folder)))
            self.period = wanted.facts.period
            self._quiet = max(quiet, self.period)
            self._folder = folder
            self._wanted = wanted
            self._rule = rule
            self._clock = clock
            self._lock = threading.RLock()
            self._founding = Founding()
            self._used: Source | None = None
            self._reached = _reached(folder)
            self._tended = float("-inf")
            self._sources = [Source(one, folder, wanted.facts, rule, connect, clock) for one in endpoints]
            self._pool = opened.enter_context(ThreadPoolExecutor(len(self._sources), "endpoint"))
            for one in self._sources:
                opened.callback(one.close)
            self._opened = opened.pop_all()

    # -- which endpoint ---------------------------------------------------------------------------------------------

    def _look(self) -> Source:
        """Have every endpoint followed and compared; the one to use. `ChainUnavailable` where all are set aside."""
        equivocation.must_have_none(self._folder)
        found = list(self._pool.map(Source.look, self._sources))
        for source, error in zip(self._sources, found, strict=True):
            if isinstance(error, ConsensusViolation):
                self._keep_twin(source)
        live = [one for one in self._sources if not one.aside]
        self._compare(live)
        live = [one for one in live if not one.aside]
        fit = self._in_step(live)
        if (
            self._rule.kind is None
        ):  # without seals a longer chain proves nothing: final is what all of them have
            fit = sorted(fit, key=lambda one: one.final)[:1]
        self._used = next((one for one in fit if one.final >= self._reached), None)
        if self._used is None:
            raise self._none_of_use(found)
        if self._used.final > self._reached:
            self._reached = self._used.final
            write_file(self._folder / REACHED, json.dumps({"height": self._reached}).encode() + b"\n")
        return self._used

    def _in_step(self, live: Sequence[Source]) -> list[Source]:
        """Those that are not behind; the others are set aside, unless nobody could know who is ahead by right."""
        farthest = max((self._reached, *(one.final for one in live)))
        fit = [one for one in live if self._rule.kind is None or one.final >= farthest - LAG]
        for one in live:
            if one in fit:
                one.proved_fit()
            else:
                one.set_aside_for(BEHIND, f"its newest final block is {one.final}; {farthest} is known")
        return fit

    def _none_of_use(self, found: Sequence[SanadError | None]) -> SanadError:
        if len(self._sources) == 1 and found[0] is not None:
            return found[0]
        if not all(one.aside for one in self._sources):
            return ChainNotReady("no endpoint is as far yet as this node has read", field="chain")
        reasons = "; ".join(f"{one.endpoint.name}: {one.reason}" for one in self._sources)
        if all(one.code == ConsensusViolation.code for one in self._sources):
            return ConsensusViolation(f"every endpoint shows another chain now: {reasons}", field="block")
        return ChainUnavailable(f"every endpoint is set aside: {reasons}", field="chain")

    def _compare(self, live: Sequence[Source]) -> None:
        """Raise `ConsensusViolation` where two endpoints show different final blocks."""
        for other in live[1:]:
            ours, theirs = live[0].engine, other.engine
            height = min(ours.final.height, theirs.final.height)
            if ours.hash_at(height) == theirs.hash_at(height):
                continue
            height = _first_difference(ours, theirs, height)
            shown = [self._shown(source, height) for source in (live[0], other)]
            if shown[0] is not None and shown[1] is not None:
                self._keep(ours, shown[0], shown[1])

    def _shown(self, source: Source, height: int) -> Shown | None:
        """The final block of this height as an endpoint told it; None where it tells it no more, and is set aside."""
        engine = source.engine
        try:
            header = engine.told_header(height)
            if header is not None and self._rule.hash_of(header) == engine.hash_at(height):
                return Shown(source.endpoint.url, header, self._rule.hash_of(header))
            raise EngineLied("it does not tell a final block any more", field="header")
        except PASSING as error:
            source.set_aside(error)
            return None

    def _keep(self, engine: SealedEngine, one: Shown, other: Shown) -> None:
        equivocation.keep(self._folder, self._rule.kind, engine.tip, (one, other))
        equivocation.must_have_none(self._folder)

    def _keep_twin(self, source: Source) -> None:
        """An endpoint shows another block in the place of one it had shown as final: a lie of its own, unless the
        validators have sealed that one too.
        """
        engine, url = source.engine, source.endpoint.url
        known, final = engine.final_header, engine.final
        try:
            told = engine.told_header(final.height)
        except PASSING:
            return
        if known is not None and told is not None and equivocation.is_sealed_twin(told, final):
            self._keep(engine, Shown(url, known, final.hash), Shown(url, told, self._rule.hash_of(told)))

    def _answer(self, question: Callable[[SealedEngine], T]) -> T:
        """What the first endpoint of use says; one that fails is set aside, and the next asked."""
        with self._lock:
            while True:
                source = self._used if self._used and not self._used.aside else self._look()
                try:
                    return question(source.engine)
                except (*PASSING, ConsensusViolation) as error:
                    source.set_aside(error)
                    if isinstance(error, ConsensusViolation):
                        self._keep_twin(source)
                    if len(self._sources) == 1:
                        raise

    # -- blocks -----------------------------------------------------------------------------------------------------

    @property
    def chain_id(self) -> int:
        return self._wanted.facts.chain_id

    def genesis_hash(self) -> bytes:
        return self._wanted.facts.genesis

    def head(self) -> BlockHeader:
        with self._lock:
            source = self._look()
            assert source.head is not None
            return source.head

    def final_height(self) -> int:
        """The highest final block of the endpoint that answers."""
        with self._lock:
            return self._reached if self._used is None else self._used.final

    def block(self, number: int) -> BlockHeader | None:
        return self._answer(lambda engine: engine.block(number))

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[tuple[int, Log]]:
        return self._answer(lambda engine: engine.logs(first, last, addresses))

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        return self._answer(lambda engine: engine.receipt(tx_hash))

    def sent_in(self, number: int) -> tuple[bytes, ...]:
        return self._answer(lambda engine: engine.sent_in(number))

    def transaction_input(self, tx_hash: bytes) -> bytes | None:
        return self._answer(lambda engine: engine.transaction_input(tx_hash))

    # -- acting -----------------------------------------------------------------------------------------------------

    def broadcast(self, raw: Sequence[bytes]) -> None:
        """Hand the transactions to every endpoint of use. Refused is what all of them refuse."""
        with self._lock:
            self._answer(lambda _: None)
            refused: set[bytes] | None = None
            for source in [one for one in self._sources if not one.aside]:
                own: set[bytes] = set()
                try:
                    source.engine.broadcast(raw)
                except TransactionRefused as error:
                    own = set(error.hashes)
                except PASSING as error:
                    source.set_aside(error)
                    continue
                refused = own if refused is None else refused & own
            if refused is None:
                raise ChainUnavailable("no endpoint took the transactions", field="chain")
        if refused:
            raise TransactionRefused(
                "the chain can take none of these transactions as they are", tuple(sorted(refused))
            )

    def nonce(self, address: bytes) -> int:
        return self._answer(lambda engine: engine.nonce(address))

    def call(
        self,
        to: bytes,
        data: bytes,
        sender: bytes | None = None,
        *,
        gas: int | None = None,
        block: int | None = None,
    ) -> bytes:
        return self._answer(lambda engine: engine.call(to, data, sender, gas=gas, block=block))

    def code_hash(self, address: bytes) -> bytes:
        return self._answer(lambda engine: engine.code_hash(address))

    # -- evidence ---------------------------------------------------------------------------------------------------

    def chain_trust(self) -> ChainTrust | None:
        return None if self._rule.kind is None else self._answer(SealedEngine.chain_trust)

    def chain_proof(self, tx_hash: bytes, meant: Callable[[Log], bool]) -> ChainProof | None:
        return self._answer(lambda engine: engine.chain_proof(tx_hash, meant))

    # -- among others -----------------------------------------------------------------------------------------------

    def adopt(self, wanted: Wanted) -> None:
        """Go by a newer version of what the members have agreed on."""
        with self._lock:
            self._wanted = wanted

    def tend(self) -> None:
        """See to an own Besu's peers and votes, and on a chain without the network's contracts to those."""
        with self._lock:
            now = time.monotonic()
            own = [one for one in self._sources if one.besu is not None]
            if own and now - self._tended >= TEND_AFTER:
                source = self._look()
                for one in own:
                    if one.besu is not None and not one.aside:
                        one.besu.tend(self._wanted, source.engine.tip)
                self._tended = now
        self._founding.must_be_done(self, self._wanted)

    def check(self) -> int:
        """Follow the chain to its head; returns how many blocks that is."""
        return self.head().number

    def audit(self) -> int:
        """Check every header again, from block 0."""
        return self._answer(SealedEngine.audit)

    def status(self) -> RemoteStatus:
        """What `sanad node status` shows."""
        with self._lock:
            with contextlib.suppress(SanadError):
                self._look()
            used = self._used
            tip = None if used is None else used.engine.tip
            age = 0.0 if tip is None else max(0.0, self._clock() - tip.time)
            kind = self._rule.kind
            return RemoteStatus(
                consensus="none" if kind is None else kind.value.decode(),
                seals="not checked: nothing shows who made these blocks" if kind is None else "checked",
                height=0 if tip is None else tip.height,
                final=self.final_height(),
                head_age=round(age, 1),
                halted=used is None or used.engine.halted(self._quiet),
                validators=() if tip is None else tuple(one.hex() for one in tip.validators.addresses),
                endpoints=tuple(one.status(used) for one in self._sources),
            )

    def pulse(self) -> Pulse:
        """That of the endpoint that is used."""
        used = self._used
        told = Pulse(period=self._quiet, final=self._reached) if used is None else used.engine.pulse()
        return replace(told, period=self._quiet)

    def close(self) -> None:
        """May be called twice."""
        with self._lock:
            self._opened.close()


def _first_difference(one: SealedEngine, other: SealedEngine, last: int) -> int:
    """The lowest height at which two chains have different final blocks, given that they do at `last`."""
    low, high = 0, last  # the same at `low`, since block 0 is pinned
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one.hash_at(middle) == other.hash_at(middle) else (low, middle)
    return high


def _reached(folder: Path) -> int:
    """The highest final block that this node has read, as far as it is written down."""
    try:
        told: Any = json.loads((folder / REACHED).read_bytes())
        return int(told["height"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0  # it is reached again
