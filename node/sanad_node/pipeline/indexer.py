"""The indexer: reads final and unfinal blocks in order and keeps the projections equal to the chain.

It polls by block number and checks that each block's parent is the block it has. Effects and cursor are
committed together, so a crash leaves either the old state or the new. When the chain has changed under it,
it goes back to the last common block and replays from the entries it kept; a block that the engine had
declared final never changes, and if one does the node stops.
"""

from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DatabaseError

from sanad_node.contracts import load
from sanad_node.contracts.abi import event_topic
from sanad_node.engines.base import BlockHeader, Engine, Log, WrongChain
from sanad_node.network import Network
from sanad_node.projection.apply import Projection
from sanad_node.store.database import store_error
from sanad_node.store.ledger_tables import blocks, cursor, entries, metadata
from sanad_verifier.errors import EnvironmentFault

BLOCKS_AT_MOST = 256
"""Blocks read and committed at a time: bounds how much is lost by a crash while catching up."""
ENTRIES_ENOUGH = 10_000
"""When this many entries came at a time, fewer blocks are asked for the next time: bounds memory."""
ROWS = 5_000
ENTRY = 224


class ConsensusViolation(EnvironmentFault):
    """A block that was declared final is not on the chain any more. Nothing is written until a person has
    looked.
    """

    code = "CONSENSUS_VIOLATION"


class LogGap(EnvironmentFault):
    """The chain's events do not continue the log: an entry is missing or out of place."""

    code = "LOG_GAP"


class Indexer:
    """Keeps one ledger database equal to one chain."""

    def __init__(self, ledger: Database, engine: Engine, network: Network, batch_folder: Path) -> None:
        self._ledger = ledger
        self._engine = engine
        self._address = network.address("Ledger")
        self._batches = batch_folder
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
                head = self._engine.head()
                at = self._common_block()
                if at.number >= head.number:
                    return self.size()
                read = self._advance(at, min(head.number, at.number + self._stride))
                self._stride = _next_stride(self._stride, read)
        except DatabaseError as error:
            raise store_error(error, "ledger.db") from error

    # -- where we are ---------------------------------------------------------------------------------------------

    def _common_block(self) -> BlockHeader:
        """The newest block that both we and the chain have; rewinds the projections to it if the chain has
        changed.
        """
        with self._ledger.connect() as connection:
            row = connection.execute(select(cursor)).first()
        if row is None:
            genesis = self._engine.block(0)
            if genesis is None:
                raise WrongChain("the chain has no genesis block", field="genesis")
            with self._ledger.begin() as connection:
                connection.execute(
                    insert(cursor).values(id=1, block=0, hash=genesis.hash, time=genesis.time, size=0)
                )
                connection.execute(
                    insert(blocks).values(number=0, hash=genesis.hash, time=genesis.time, size=0)
                )
            return genesis
        present = self._engine.block(row.block)
        if present is not None and present.hash == row.hash:
            return present
        return self._rewind(int(row.block))

    def _rewind(self, number: int) -> BlockHeader:
        while number > 0:
            number -= 1
            with self._ledger.connect() as connection:
                kept = connection.execute(select(blocks).where(blocks.c.number == number)).first()
            theirs = self._engine.block(number)
            if kept is not None and theirs is not None and kept.hash == theirs.hash:
                if number < self._final_seen():
                    raise ConsensusViolation("a final block has disappeared from the chain", field="block")
                self._replay_to(theirs, int(kept.size))
                return theirs
        raise WrongChain("the chain has no block in common with this data directory", field="genesis")

    def _final_seen(self) -> int:
        """The highest block we know to have been final: the last with one that was settled on it."""
        with self._ledger.connect() as connection:
            row = connection.execute(select(cursor.c.final)).scalar()
        return int(row or 0)

    def _replay_to(self, block: BlockHeader, size: int) -> None:
        """Drop every other projection and build it again from the entries up to `size`, in one transaction."""
        with self._ledger.begin() as connection:
            connection.execute(delete(entries).where(entries.c.idx >= size))
            for table in metadata.sorted_tables:
                if table not in (blocks, cursor, entries):
                    connection.execute(delete(table))
            projection = Projection(connection, 0, self._batches)
            while projection.size < size:
                kept = connection.execute(
                    select(entries.c.idx, entries.c.raw)
                    .where(entries.c.idx >= projection.size, entries.c.idx < size)
                    .order_by(entries.c.idx)
                    .limit(ROWS)
                ).all()
                if not kept:
                    raise LogGap(f"entry {projection.size} is missing from the ledger database", field="log")
                for row in kept:
                    projection.apply(row.idx, row.raw)
            projection.flush()
            connection.execute(delete(blocks).where(blocks.c.number > block.number))
            connection.execute(
                update(cursor).values(block=block.number, hash=block.hash, time=block.time, size=size)
            )

    # -- going on -------------------------------------------------------------------------------------------------

    def _advance(self, at: BlockHeader, last: int) -> int:
        """Index the blocks after `at`; returns how many entries they had."""
        headers = self._headers(at, last)
        if not headers:
            return 0  # the chain changed while we read it; look again
        events = self._engine.logs(at.number + 1, headers[-1].number, [self._address])
        final = self._engine.final_height()
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
            tip = headers[-1]
            connection.execute(
                update(cursor).values(
                    block=tip.number,
                    hash=tip.hash,
                    time=tip.time,
                    size=projection.size,
                    final=min(final, tip.number),
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
