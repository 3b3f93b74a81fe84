"""Taking a log's entries into this node's own tables: all that a head speaks of, or nothing.

Entries, tiles, projections and the place in the log are one transaction of the ledger database. Before it is
committed, every entry was hashed again and the tree over all of them has the root that the members cosigned.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select, update

from sanad_node.mirror.extending import SourceTree
from sanad_node.mirror.fetching import Fetched
from sanad_node.mirror.replaying import keep_batch
from sanad_node.node import Node
from sanad_node.projection.apply import ZERO, Projection
from sanad_node.projection.log_tree import LogTree, TiledTree
from sanad_node.store.dialects import unless_there
from sanad_node.store.ledger_tables import contracts, cursor, documents, entries
from sanad_verifier.checkpoints import TrustedCheckpoint
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Entry, Kind, decode_entry
from sanad_verifier.errors import EvidenceError
from sanad_verifier.tiles import BUNDLE_SIZE, CHECKPOINT, WIDTH, MirrorInvalid, Tile, decode_bundle, tiles_of

NO_BLOCK = 0
"""A mirror knows no blocks and transactions: its entries name neither."""
_BATCH_KIND = int(Kind.ISSUE_BATCH).to_bytes(32)
_INDEXES = (*entries.indexes, *documents.indexes)
_LEVELS = 8


class NetworkDiffers(EvidenceError):
    """The log that a mirror serves is of other contracts than those that are believed."""

    code = "NETWORK_DIFFERS"


def bundles(since: int, size: int) -> list[tuple[str, int]]:
    """Paths, and the most bytes, of the entry bundles that a log of `size` entries has and one of `since` had not."""
    return [(tile.path, BUNDLE_SIZE) for tile in _bundles(since, size)]


def _bundles(since: int, size: int) -> Iterator[Tile]:
    for tile in tiles_of(size, since):
        if tile.level is not None:
            return
        yield tile


def take(node: Node, files: Fetched, head: TrustedCheckpoint, note: bytes) -> int:
    """Bring the tables from where they are to `head`; returns how many entries that took. Raises an `EvidenceError`
    that names the file which is wrong, and leaves everything as it was.
    """
    size, root = head.checkpoint.size, head.checkpoint.root
    with node.still(), node.ledger.begin() as connection:
        since = _begin(connection, node)
        if since > size:  # no head takes anything back
            return 0
        anew = since == 0 and size > WIDTH
        if anew:  # sorting at the end is many times quicker than finding a place for each row
            for index in _INDEXES:
                index.drop(connection)
        projection = Projection(connection, since, node.directory.batches)
        for tile in _bundles(since, size):
            _apply(projection, files, tile, node)
        projection.flush()
        tree = LogTree(connection, size)
        if tree.root() != root:
            raise _wrong(tree, SourceTree(files, size), root)
        _must_be_the_network(connection, node)
        if anew:
            for index in _INDEXES:
                index.create(connection)
        connection.execute(update(cursor).values(size=size, time=head.time))
        node.knowledge.keep_head(note, size)
    return size - since


def _begin(connection: Connection, node: Node) -> int:
    """Begin writing; returns how many entries there are."""
    first = {
        "id": 1,
        "block": NO_BLOCK,
        "hash": bytes.fromhex(node.network.genesis),
        "time": 0,
        "size": 0,
        "final": 0,
    }
    connection.execute(unless_there(connection, cursor), first)
    return int(connection.execute(select(cursor.c.size)).scalar_one())


def _apply(projection: Projection, files: Fetched, tile: Tile, node: Node) -> None:
    """Apply the entries of a bundle that are not there yet."""
    raw = decode_bundle(files.read(tile.path, BUNDLE_SIZE), tile)
    first = tile.index * WIDTH
    for index in range(max(first, projection.size), first + len(raw)):
        one = raw[index - first]
        if one[:32] == _BATCH_KIND:
            _keep_leaves(files, _decoded(one, tile), node)
        try:
            projection.append(index, one, NO_BLOCK, ZERO)
        except EvidenceError as error:
            raise MirrorInvalid("the bundle holds something that is no entry", field=tile.path) from error


def _decoded(raw: bytes, tile: Tile) -> Entry:
    try:
        return decode_entry(raw)
    except EvidenceError as error:
        raise MirrorInvalid("the bundle holds something that is no entry", field=tile.path) from error


def _keep_leaves(files: Fetched, entry: Entry, node: Node) -> None:
    """A batch's leaves, unless they are here: a file is named by the root it has."""
    if not (node.directory.batches / entry.subject.hex()).exists():
        keep_batch(files, entry, node.directory.batches)


def _wrong(ours: TiledTree, theirs: SourceTree, root: Digest) -> MirrorInvalid:
    """Which file it is that does not make the root."""
    if theirs.root() != root:
        return MirrorInvalid("the tiles do not make the checkpoint's root", field=CHECKPOINT)
    size, index = ours.size, 0
    for level in reversed(range(_LEVELS)):  # the first hash that differs, from the top down to a bundle
        first, last = index * WIDTH, min(index * WIDTH + WIDTH, size // WIDTH**level)
        differing = (at for at in range(first, last) if ours.hash_at(level, at) != theirs.hash_at(level, at))
        index = next(differing, max(first, last))
    bundle = min(index // WIDTH, (size - 1) // WIDTH)
    path = Tile(None, bundle, min(WIDTH, size - bundle * WIDTH)).path
    return MirrorInvalid("the bundle holds other entries than the log", field=path)


def _must_be_the_network(connection: Connection, node: Node) -> None:
    """Raise `NetworkDiffers` unless the contracts that are believed are those that the log itself names."""
    told = {row.address.hex(): row.code_hash.hex() for row in connection.execute(select(contracts))}
    if not told:  # a log from before its contracts were recorded in it
        return
    trust, root = node.knowledge.trust, node.knowledge.root
    if trust.ledger not in told:
        raise NetworkDiffers(
            "the log names another contract as its ledger than the trust file", field="Ledger"
        )
    for one in () if root is None else root.contracts:
        if one.address in told and told[one.address] != one.code_hash:
            raise NetworkDiffers(
                "the log names other code for a contract than the trust root", field=one.role
            )
