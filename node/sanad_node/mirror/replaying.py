"""Replaying a mirror: every entry again into tables of its own, to be compared with what a node has."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sanad_node.batch_files import LEAF, write_batch
from sanad_node.mirror.copying import LEAVES_AT_MOST
from sanad_node.mirror.extending import LogForked
from sanad_node.mirror.own import BATCH
from sanad_node.mirror.sources import Source
from sanad_node.node import Node
from sanad_node.projection.apply import Projection
from sanad_node.reading import LedgerReader
from sanad_node.reindexing import ProjectionsDiffer, log_digest
from sanad_node.status_lists.history import LIST_AT_MOST, Checked, History
from sanad_node.store.database import open_database
from sanad_verifier.digests import Digest
from sanad_verifier.entries import BatchLeaf, Entry, EntryInvalid, Kind
from sanad_verifier.mirror import read_checkpoint, verify_mirror
from sanad_verifier.tiles import CHECKPOINT, MirrorInvalid
from sanad_verifier.trust import Trust


@dataclass(frozen=True, slots=True)
class Replayed:
    """A mirror that holds what its checkpoint says. `digest` is over the tables its entries make (hex), `time` when
    the members last said so (seconds), `lists` the last status list of each series: all agree with the log.
    """

    size: int
    root: Digest
    time: int
    digest: str
    lists: tuple[Checked, ...] = ()


def replay(source: Source, trust: Trust) -> Replayed:
    """Read a mirror to its end; raises an `EvidenceError` that names the file that is wrong."""
    head = read_checkpoint(source.read, trust)
    size, root = head.checkpoint.size, head.checkpoint.root
    with tempfile.TemporaryDirectory(prefix="sanad-mirror-") as folder:
        batches = Path(folder) / "batches"
        batches.mkdir()
        database = open_database("ledger", Path(folder) / "ledger.db")
        history = History()
        try:
            with database.begin() as connection:
                projection = Projection(connection, 0, batches)

                def visit(index: int, raw: bytes, entry: Entry) -> None:
                    if entry.kind is Kind.ISSUE_BATCH:
                        keep_batch(source, entry, batches)
                    projection.apply(index, raw)
                    history.see(index, entry)

                verify_mirror(source.read, size, root, visit)
                projection.flush()
            with database.connect() as connection:
                lists = history.check(
                    connection,
                    lambda path: source.read(path, LIST_AT_MOST),
                    LedgerReader(database).root,
                    trust.origin,
                )
            return Replayed(size, root, head.time, log_digest(database), tuple(lists))
        finally:
            database.dispose()


def keep_batch(source: Source, entry: Entry, folder: Path) -> None:
    """Fetch a batch's leaves, and keep them if they make the root in the log."""
    path = f"{BATCH}/{entry.subject.hex()}"
    data = source.read(path, LEAVES_AT_MOST)
    if len(data) != LEAF * int.from_bytes(entry.data):
        raise MirrorInvalid("the batch has another number of leaves than its entry says", field=path)
    try:
        leaves = [BatchLeaf.decode(data[at : at + LEAF]) for at in range(0, len(data), LEAF)]
    except EntryInvalid as error:
        raise MirrorInvalid("the batch holds something that is no leaf", field=path) from error
    if write_batch(folder, leaves) != entry.subject:
        raise MirrorInvalid("the leaves do not make the root in the log", field=path)


def must_agree(replayed: Replayed, node: Node) -> bool:
    """Raise unless the node's log has the mirror's root at its size and, if it is no longer, the same tables.

    False if the node has fewer entries than the mirror, so that nothing can be said.
    """
    size = node.reader.position().size
    if size < replayed.size:
        return False
    if node.reader.root(replayed.size) != replayed.root:
        raise LogForked("this node has another log than the mirror", field=CHECKPOINT)
    if size == replayed.size and log_digest(node.ledger) != replayed.digest:
        raise ProjectionsDiffer("this node's tables are not what the entries make", field="tables")
    return True
