"""Carrying a record out again, exactly: each transaction in its order, at the time its block had.

It is done on an embedded chain in a folder of its own, which is thrown away. What comes out is what the old chain had:
the same entries and root, and the state that block 0 of the next one begins with.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, groupby
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import select

from sanad_node.consortium.bundle import BundleUnfit, NetworkBundle
from sanad_node.continuing import record
from sanad_node.continuing.carried import ALLOC, ENTRIES, FACTS, FOLDER, RECORD, Carried
from sanad_node.continuing.record import RecordInvalid, Sent
from sanad_node.durable import disk_error, flush_folder, write_file, write_through
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import TransactionRefused
from sanad_node.engines.state import Alloc, alloc_of, state_root
from sanad_node.network import ContractAt, Network
from sanad_node.pipeline.indexer import Indexer
from sanad_node.reading import LedgerReader
from sanad_node.store.database import open_database
from sanad_node.store.ledger_tables import entries
from sanad_verifier.digests import Digest

ROWS = 1000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a record came to. `ledger` holds the entries, `alloc` the state, whose root is `state`; `transactions` were
    carried out, the last at the time `last`; `passed_over` could not be: what they did before, if anything, is missing.
    """

    ledger: Database
    size: int
    transactions: int
    passed_over: int
    last: int
    alloc: Alloc
    state: bytes

    def root(self, size: int | None = None) -> Digest:
        """The root of the log, or of its first `size` entries."""
        return LedgerReader(self.ledger).root(self.size if size is None else size)


@contextmanager
def replayed(network: Network, transactions: Iterable[Sent]) -> Iterator[Replayed]:
    """Carry out a record on the chain of a network. One that Sanad would never have sent (of another form than EIP-155,
    or at a price) is passed over, so that no stranger's can stand in the way; whether it matters shows in the entries.
    """
    folder = Path(tempfile.mkdtemp(prefix="sanad-replay-"))
    try:
        now = [0]
        given = iter(transactions)
        first = next(given, None)
        if first is None:
            raise RecordInvalid("the record is empty", field="record")
        now[0] = first.time
        engine = AnvilEngine.create(folder / "chain", chain_id=network.chain_id, clock=lambda: now[0])
        try:
            count, over = _carry_out(engine, first, given, now)
            ledger = open_database("ledger", folder / "ledger.db")
            try:
                size = Indexer(ledger, engine, _here(network, engine), folder / "batches").sync()
                alloc = alloc_of(engine.accounts())
                yield Replayed(ledger, size, count, over, now[0], alloc, state_root(alloc))
            finally:
                ledger.dispose()
        finally:
            engine.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _carry_out(engine: AnvilEngine, first: Sent, rest: Iterator[Sent], now: list[int]) -> tuple[int, int]:
    """How many were carried out, and how many could not be; `now` is what the engine takes for the time."""
    count = over = 0
    for time, group in groupby(chain([first], rest), key=lambda one: one.time):
        now[0] = time
        raw = [one.raw for one in group]
        try:
            engine.broadcast(raw)
        except TransactionRefused as error:
            over += len(error.hashes)
        count += len(raw)
    return count - over, over


def _here(network: Network, engine: AnvilEngine) -> Network:
    return replace(network, engine=engine.name, genesis=engine.genesis_hash().hex())


def must_be_what_is_told(bundle: NetworkBundle, found: Replayed) -> None:
    """Raise unless a record came to what the bundle says that its chain goes on from."""
    told = bundle.continues
    if told is None:
        raise BundleUnfit("the network bundle does not begin the chain again", field="continues")
    came = (found.size, found.root().hex(), found.state.hex())
    if came != (told.size, told.root, told.state_root):
        raise RecordInvalid("the record does not come to what the network bundle says", field="record")


def network_in(bundle: NetworkBundle) -> Network:
    """The network that a bundle is of, as far as carrying out its record goes."""
    contracts = {one.role: ContractAt(one.address, one.code_hash) for one in bundle.contracts}
    return Network(bundle.name, "", bundle.chain_id, bundle.genesis_hash, bundle.origin, contracts)


@contextmanager
def replayed_file(bundle: NetworkBundle, path: Path) -> Iterator[Replayed]:
    """Carry out the record that a bundle names, from a file; everything is compared with what the bundle says."""
    if bundle.continues is None or record.digest_of(path) != bundle.continues.record:
        raise RecordInvalid("the network bundle names another record", field=path.name)
    with replayed(network_in(bundle), record.read(path)) as found:
        must_be_what_is_told(bundle, found)
        yield found


def carry(folder: Path, bundle: NetworkBundle, path: Path) -> Carried:
    """Carry out the record in a file, and lay down what the bundle's chain takes over in the engine's folder."""
    with replayed_file(bundle, path) as found:
        return lay_down(folder, bundle, found, path)


def lay_down(engine: Path, bundle: NetworkBundle, found: Replayed, path: Path) -> Carried:
    """Write what the bundle's chain takes over. Until the last file is written it is as good as nothing."""
    folder = engine / FOLDER / bundle.genesis_hash
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flush_folder(engine / FOLDER)
        flush_folder(engine)
    except OSError as error:
        raise disk_error(error, FOLDER) from error
    record.write(folder / RECORD, record.read(path))
    write_through(folder / ENTRIES, _rows(found.ledger))
    write_file(folder / ALLOC, json.dumps(found.alloc, sort_keys=True).encode() + b"\n")
    write_file(folder / FACTS, json.dumps({"size": found.size, "root": found.root().hex()}).encode() + b"\n")
    return Carried(folder, found.size)


def _rows(ledger: Database) -> Iterator[bytes]:
    with ledger.connect() as connection:
        read = connection.execution_options(yield_per=ROWS).execute(
            select(entries.c.tx, entries.c.raw).order_by(entries.c.idx)
        )
        for row in read:
            yield bytes(row.tx) + bytes(row.raw)
