"""The indexer: reads the blocks that stand, in order, and keeps the projections equal to the chain.

It polls by block number and checks that each block's parent is the block it has. Effects and cursor are
committed together, so a crash leaves either the old state or the new. A block is read once the engine has declared it
final, so no projection, checkpoint or statement is ever taken back (docs/adr/0040); should a block that was read
change all the same, the node stops.
"""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DatabaseError

from sanad_node.continuing.carried import Carried
from sanad_node.contracts import load
from sanad_node.contracts.abi import event_topic
from sanad_node.engines.base import BlockHeader, ConsensusViolation, Engine, Log, WrongChain
from sanad_node.network import Network
from sanad_node.projection.apply import Projection
from sanad_node.store.faults import store_error
from sanad_node.store.ledger_tables import blocks, cursor, sent
from sanad_verifier.chain.keccak import keccak
from sanad_verifier.errors import EnvironmentFault

BLOCKS_AT_MOST = 256
"""Blocks read and committed at a time: bounds how much is lost by a crash while catching up."""
ENTRIES_ENOUGH = 10_000
"""When this many entries came at a time, fewer blocks are asked for the next time: bounds memory."""
ENTRY = 224
ROWS = 1000


class LogGap(EnvironmentFault):
    """The chain's events do not continue the log: an entry is missing or out of place."""

    code = "LOG_GAP"


class Indexer:
    """Keeps one ledger database equal to one chain."""

    def __init__(
        self,
        ledger: Database,
        engine: Engine,
        network: Network,
        batch_folder: Path,
        carried: Carried | None = None,
    ) -> None:
        """`carried` is what the chain took over from one before it, if it did."""
        self._ledger = ledger
        self._engine = engine
        self._address = network.address("Ledger")
        self._batches = batch_folder
        self._carried = carried
        self._one = event_topic(load("Ledger"), "Appended")
        self._many = event_topic(load("Ledger"), "AppendedMany")
        self._stride = 1  # blocks to read at a time; grows while they are small

    def size(self) -> int:
        """Entries indexed so far."""
        with self._ledger.connect() as connection:
            row = connection.execute(select(cursor.c.size)).scalar()
        return int(row or 0)

    def sync(self) -> int:
        """Read what is new on the chain; returns the size of the log."""
        try:
            while True:
                self._engine.head()  # has the engine look
                final = self._engine.final_height()
                at = self._position()
                if at.number >= final:
                    return self.size()
                read = self._advance(at, min(final, at.number + self._stride))
                self._stride = _next_stride(self._stride, read)
        except DatabaseError as error:
            raise store_error(error, "ledger.db") from error

    # -- where we are ---------------------------------------------------------------------------------------------

    def _position(self) -> BlockHeader:
        """The newest block that was read, which the chain must still have."""
        with self._ledger.connect() as connection:
            row = connection.execute(select(cursor)).first()
        if row is None:
            genesis = self._engine.block(0)
            if genesis is None:
                raise WrongChain("the chain has no genesis block", field="genesis")
            self._begin(genesis)
            return genesis
        present = self._engine.block(row.block)
        if present is not None and present.hash == row.hash:
            return present
        genesis = self._engine.block(0)
        with self._ledger.connect() as connection:
            first = connection.execute(select(blocks.c.hash).where(blocks.c.number == 0)).scalar()
        if genesis is None or genesis.hash != first:
            raise WrongChain("the chain has no block in common with this data directory", field="genesis")
        raise ConsensusViolation("a final block has disappeared from the chain", field="block")

    def _begin(self, genesis: BlockHeader) -> None:
        """Put in what the log has before the chain's first block: nothing, or what was taken over."""
        size = 0 if self._carried is None else self._carried.size
        with self._ledger.begin() as connection:
            if self._carried is not None:
                projection = Projection(connection, 0, self._batches)
                for index, (tx, raw) in enumerate(self._carried.entries()):
                    projection.append(index, raw, 0, tx)
                projection.flush()
                self._keep(connection, ((one.time, one.raw) for one in self._carried.sent()))
            connection.execute(
                insert(cursor).values(id=1, block=0, hash=genesis.hash, time=genesis.time, size=size)
            )
            connection.execute(
                insert(blocks).values(number=0, hash=genesis.hash, time=genesis.time, size=size)
            )

    @staticmethod
    def _keep(connection: Connection, transactions: Iterable[tuple[int, bytes]]) -> None:
        """Go on with the record: block times and signed transactions, in the order of the chain."""
        place = int(connection.execute(select(func.max(sent.c.place))).scalar() or 0)
        rows = (
            {"place": at, "time": time, "hash": keccak(raw), "raw": raw}
            for at, (time, raw) in enumerate(transactions, start=place + 1)
        )
        while some := list(islice(rows, ROWS)):
            connection.execute(insert(sent), some)

    # -- going on -------------------------------------------------------------------------------------------------

    def _advance(self, at: BlockHeader, last: int) -> int:
        """Index the blocks after `at`; returns how many entries they had."""
        headers = self._headers(at, last)
        if not headers:
            return 0  # the chain changed while we read it; look again
        events = self._engine.logs(at.number + 1, headers[-1].number, [self._address])
        told = [(one.time, raw) for one in headers for raw in self._engine.sent_in(one.number)]
        if self._engine.block(headers[-1].number) != headers[-1]:
            return 0  # the events may belong to another branch than the headers
        with self._ledger.begin() as connection:
            size = int(connection.execute(select(cursor.c.size)).scalar() or 0)
            projection = Projection(connection, size, self._batches)
            sizes = dict.fromkeys((h.number for h in headers), size)
            for number, event in events:
                for index, raw in self._entries(event):
                    if index != projection.size:
                        raise LogGap(
                            f"entry {projection.size} is missing from the chain's events", field="log"
                        )
                    projection.append(index, raw, number, event.tx_hash)
                sizes[number] = projection.size
            projection.flush()
            self._store_headers(connection, headers, sizes, size)
            if told:
                self._keep(connection, told)
            tip = headers[-1]
            connection.execute(
                update(cursor).values(
                    block=tip.number,
                    hash=tip.hash,
                    time=tip.time,
                    size=projection.size,
                    final=tip.number,
                )
            )
            return projection.size - size

    def _headers(self, at: BlockHeader, last: int) -> list[BlockHeader]:
        headers: list[BlockHeader] = []
        parent = at.hash
        for number in range(at.number + 1, last + 1):
            header = self._engine.block(number)
            if header is None or header.parent != parent:
                break
            headers.append(header)
            parent = header.hash
        return headers

    def _store_headers(
        self, connection: Connection, headers: list[BlockHeader], sizes: dict[int, int], size: int
    ) -> None:
        rows = []
        for header in headers:
            size = max(size, sizes[header.number])
            rows.append({"number": header.number, "hash": header.hash, "time": header.time, "size": size})
        connection.execute(insert(blocks), rows)

    def _entries(self, event: Log) -> list[tuple[int, bytes]]:
        first = int.from_bytes(event.topics[1]) if len(event.topics) > 1 else 0
        if event.topics[0] == self._one:
            return [(first, event.data)]
        if event.topics[0] == self._many:
            length = int.from_bytes(event.data[32:64])
            body = event.data[64 : 64 + length]
            return [(first + i, body[i * ENTRY : (i + 1) * ENTRY]) for i in range(length // ENTRY)]
        return []


def _next_stride(stride: int, read: int) -> int:
    """How many blocks to read next, after `stride` blocks had `read` entries."""
    if read > ENTRIES_ENOUGH:
        return max(1, stride // 2)
    return min(BLOCKS_AT_MOST, stride * 2) if read <= ENTRIES_ENOUGH // 2 else stride
