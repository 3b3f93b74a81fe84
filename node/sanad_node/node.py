"""A node: one data directory opened by one process, with everything that belongs to it.

Parts are opened when first needed: a command that only verifies never starts a chain or opens a keystore.
Use cases (issuing, custody, governance, …) are modules of functions over a `Node`; this class only wires
the parts and runs the pipeline.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from sqlalchemy import Engine as Database

from sanad_node.asking import note_promised, with_asking
from sanad_node.claims import Claims
from sanad_node.continuing.carried import Carried
from sanad_node.datadir import DataDirectory, Lock
from sanad_node.drawdown.reading import DrawdownReader
from sanad_node.engines.base import ChainUnavailable, Engine
from sanad_node.engines.mirror import MIRROR, NodeMirrors
from sanad_node.engines.opening import open_engine, recorded_height
from sanad_node.ipfs.pinning import Pins
from sanad_node.ipfs.queue import Queue
from sanad_node.ipfs.settings import holders, load
from sanad_node.keyring import Keyring
from sanad_node.mirror.knowledge import Knowledge
from sanad_node.network import Network
from sanad_node.pipeline.indexer import Indexer
from sanad_node.pipeline.outbox import Act, Outbox, Request
from sanad_node.pipeline.submitter import Submitter
from sanad_node.reading import LedgerReader
from sanad_node.register_reading import RegisterReader
from sanad_node.store.database import Which
from sanad_node.store.opening import Store, open_store
from sanad_node.titles.reading import TitleReader
from sanad_node.vault import Vault
from sanad_node.waiting import may_wait
from sanad_verifier.chain.validators import ChainTrust

if TYPE_CHECKING:  # what only a consortium needs
    from sanad_node.consortium.bundle import SignedBundle

EMBEDDED = "anvil"
"""The engine whose blocks this node makes alone."""
PATIENCE = 60.0
"""Seconds that one who acts without a carrier waits for a chain that makes blocks at its own time."""
T = TypeVar("T")
Clock = Callable[[], float]
"""Seconds since 1970, for the timestamps of blocks and checkpoints."""


class Carries(Protocol):
    """Who pumps, when it is not the one who acts: see `carrier`."""

    def kick(self) -> None: ...


class Node:
    """Use as a context manager: `with Node(path) as node: …`. Raises `DataDirectoryLocked` while another
    process has it.
    """

    def __init__(self, path: Path, *, clock: Clock = time.time) -> None:
        self.directory = DataDirectory.at(path)
        self.clock = clock
        self._stack = ExitStack()
        self._pumping = threading.RLock()
        self._synced = False
        self._remembered: dict[str, tuple[int, Any]] = {}
        self.carrier: Carries | None = None

    def __enter__(self) -> Self:
        self._stack.enter_context(Lock(self.directory))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # -- parts ----------------------------------------------------------------------------------------------------

    @cached_property
    def network(self) -> Network:
        return Network.load(self.directory.network_file)

    @cached_property
    def mirrors(self) -> bool:
        """Whether this node follows a mirror of the log instead of a chain."""
        return self.network.engine == MIRROR

    @cached_property
    def knowledge(self) -> Knowledge:
        """What a node that mirrors was given to believe, and how far it has come."""
        return Knowledge(self.directory.mirror)

    def must_act(self) -> None:
        """Raise `NodeMirrors` where nothing can be done on the ledger. To be asked before anything is stored."""
        if self.mirrors:
            raise NodeMirrors("this node follows a mirror of the log: it cannot act, ask a node that can")

    def known_at(self) -> int:
        """Up to which time (seconds) the ledger is known: now, or when the members last cosigned what is mirrored."""
        if not self.mirrors:
            return int(self.clock())
        return self.knowledge.kept(self.reader.position().size).time

    @cached_property
    def office(self) -> Database:
        return self._database("office")

    @cached_property
    def ledger(self) -> Database:
        return self._database("ledger")

    @cached_property
    def store(self) -> Store:
        """Where the databases are; nobody else works with them while this is open."""
        store = open_store(self.directory)
        self._stack.callback(store.close)
        return store

    def _database(self, which: Which) -> Database:
        database = self.store.open(which)
        self._stack.callback(database.dispose)
        return database

    @cached_property
    def reader(self) -> LedgerReader:
        return LedgerReader(self.ledger)

    @cached_property
    def register(self) -> RegisterReader:
        return RegisterReader(self.ledger)

    @cached_property
    def drawdown(self) -> DrawdownReader:
        return DrawdownReader(self.ledger)

    @cached_property
    def titles(self) -> TitleReader:
        return TitleReader(self.ledger)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.office, self.clock)

    @cached_property
    def claims(self) -> Claims:
        return Claims(self.directory, self.office, self.outbox, self.reader)

    @cached_property
    def keyring(self) -> Keyring:
        return Keyring(self.directory)

    @cached_property
    def vault(self) -> Vault:
        vault = Vault(self.directory.vault, self.directory.secret("vault"))
        self._stack.callback(vault.close)
        return vault

    @cached_property
    def pins(self) -> Pins:
        """Where the vault's blobs are kept beside the disk; by no node unless the settings name one."""
        settings = load(self.directory.root)
        named = holders(settings, self.directory.root / "secrets")
        return Pins(Queue(self.office, self.clock), self.vault, named, settings)

    @cached_property
    def chain(self) -> Engine:
        """The chain, started or attached; not yet known to be of any use."""
        engine = open_engine(self.network.engine, self.directory.chain, self.clock)
        self._stack.callback(engine.close)
        return engine

    @cached_property
    def engine(self) -> Engine:
        """The chain, checked to be ours. Raises `ChainUnavailable` while it cannot be used yet."""
        self.chain.tend()
        self.network.must_be_on(self.chain)
        return self.chain

    @property
    def period(self) -> float:
        """Seconds between two blocks of a chain that makes them at its own time, else 0."""
        return self.engine.period

    @cached_property
    def bundle(self) -> "SignedBundle | None":
        """What the members of this network have agreed on; None on the embedded chain, which has this node alone."""
        if not self.directory.network_bundle.exists():
            return None
        from sanad_node.consortium.chain import bundle_in  # noqa: PLC0415 - not loaded for an embedded chain

        return bundle_in(self.directory.chain)

    def forget_bundle(self) -> None:
        """Have the network bundle read again: another version is in force."""
        self.__dict__.pop("bundle", None)
        self._remembered.pop("trust", None)

    def _take_over_bundle(self) -> None:
        if self.network.engine != EMBEDDED:
            from sanad_node.consortium.changing import take_over  # noqa: PLC0415 - not loaded for an embedded chain

            take_over(self)

    def chain_trust(self) -> ChainTrust | None:
        """Who seals the chain, as far as it was followed; None where nobody does, or it could not be followed yet."""
        if self.network.engine == EMBEDDED:
            return None
        try:
            return self.engine.chain_trust()
        except ChainUnavailable:
            return None

    @cached_property
    def indexer(self) -> Indexer:
        carried = self.carried
        return Indexer(self.ledger, self.engine, self.network, self.directory.batches, carried)

    @cached_property
    def carried(self) -> Carried | None:
        """What this network's chain took over from one before it, if it was begun again."""
        return Carried.of(self.directory.chain, self.network.genesis)

    @cached_property
    def submitter(self) -> Submitter:
        return Submitter(self.office, self.ledger, self.engine, self.keyring, self.network)

    def remembered(self, what: str, make: Callable[[], T]) -> T:
        """A value that follows from the projections, made again when the log has grown."""
        size = self.reader.position().size
        known = self._remembered.get(what)
        if known is None or known[0] != size:
            self._remembered[what] = known = (size, make())
        value: T = known[1]
        return value

    # -- the pipeline ---------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Bring the projections to the chain's head and finish whatever an earlier process left unfinished."""
        if not self._synced:
            self.pump()

    def be_current(self) -> None:
        """Make sure the projections are as far as the chain and nothing promised waits, starting the chain only
        if they may be behind or something waits.

        A chain that cannot be reached leaves them as they are: what they know is dated by the signed
        checkpoint. Once this process has caught up, whoever acts or carries keeps them there.
        """
        if self._synced or self.mirrors:
            return
        height = recorded_height(self.network.engine, self.directory.chain)
        if height != self.reader.position().block or self.outbox.unfinished():
            self.catch_up_if_possible()

    def catch_up_if_possible(self) -> None:
        """As `catch_up`, but a chain that cannot be reached is no reason not to accept an act."""
        try:
            self.catch_up()
        except ChainUnavailable:
            return

    def pump(self, *, steps: int | None = None) -> bool:
        """Carry every waiting act as far as it goes, or, with `steps`, what can be sent in so many; says whether some
        may still wait. Raises `ChainUnavailable` with nothing lost.
        """
        may_wait()
        if self.mirrors:  # what is known changes with a sync, in one step
            return False
        with self._pumping:
            self.engine.tend()
            self.indexer.sync()
            self._take_over_bundle()
            self.submitter.settle()
            self.submitter.resend()
            taken = 0
            while True:
                self.indexer.sync()
                self.submitter.settle()
                if taken == steps or not self.submitter.step():
                    break
                taken += 1
            self._synced = True
            return taken == steps

    def _see_through(self, acts: Sequence[int]) -> None:
        """Where blocks come at their own time: go on until these acts are final or refused, or `PATIENCE` is over."""
        until = time.monotonic() + PATIENCE
        while self.engine.period and time.monotonic() < until:
            if all(act.state in {"final", "refused"} for act in self.outbox.many(acts)):
                return
            time.sleep(self.engine.period / 4)
            self.pump()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Inside, nothing is carried to or from the chain by another thread; acts are accepted all the while."""
        with self._pumping:
            yield

    def perform(self, requests: Sequence[Request]) -> list[Act]:
        """Accept acts durably and carry them out; returns them as they stand.

        Where a carrier pumps, or the chain cannot be reached, they come back as `accepted`: promised, not yet
        anchored.
        """
        return self.promised(self.outbox.accept_all(self.asked(requests)))

    def asked(self, requests: Sequence[Request]) -> list[Request]:
        """The requests with what is remembered of who asks for them now; `NodeMirrors` where none can be done."""
        self.must_act()
        return with_asking(requests, self.directory.secret("vault"), int(self.clock()))

    def promised(self, accepted: list[Act]) -> list[Act]:
        """Carry out acts that are on the disk, for who asks now; returns them as they stand."""
        note_promised(accepted)
        if self.carrier is not None:
            self.carrier.kick()
            return accepted
        with suppress(ChainUnavailable):  # the state of each act says so
            self.pump()
            self._see_through([act.id for act in accepted])
        replayed = {act.id: act.replayed for act in accepted}
        now = {act.id: act for act in self.outbox.many(replayed)}
        return [replace(now[act.id], replayed=replayed[act.id]) for act in accepted]
