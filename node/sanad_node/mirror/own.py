"""A node's own log as a mirror's files: made when they are asked for, since all of them stand in its tables."""

import re

from sqlalchemy import select

from sanad_node.batch_files import BatchFileMissing
from sanad_node.checkpointing import current_checkpoint
from sanad_node.node import Node
from sanad_node.status_lists.held import StatusListMissing
from sanad_node.status_lists.history import STATUS_LIST
from sanad_node.store.ledger_tables import batches, entries, tiles
from sanad_node.vault import VaultErased, VaultMissing
from sanad_verifier.digests import SIZE, Digest
from sanad_verifier.status_lists.document import DOC_TYPE
from sanad_verifier.tiles import CHECKPOINT, WIDTH, MirrorInvalid, Tile, encode_bundle, must_be_small

BATCH = "batch"
_TILE = re.compile(r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,5})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_BATCH = re.compile(BATCH + r"/([0-9a-f]{64})")
_LIST = re.compile(STATUS_LIST + r"/([0-9a-f]{64})")


class OwnLog:
    """This node's log. What is not full is made for whatever width is asked, as far as the log reaches."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def read(self, path: str, most: int) -> bytes:
        """The file's bytes; `MirrorInvalid` if the log has no such file."""
        data = self._file(path)
        must_be_small(len(data), most, path)
        return data

    def _file(self, path: str) -> bytes:
        if path == CHECKPOINT:
            self._node.catch_up_if_possible()
            return current_checkpoint(self._node).note
        tile = tile_of(path)
        if tile is not None:
            return self._entries(tile) if tile.level is None else self._hashes(tile)
        listed = _LIST.fullmatch(path)
        if listed is not None:
            return self._status_list(Digest(bytes.fromhex(listed[1])), path)
        batch = _BATCH.fullmatch(path)
        if batch is None or not self._issued(bytes.fromhex(batch[1])):
            raise _absent(path)
        try:
            return (self._node.directory.batches / batch[1]).read_bytes()
        except FileNotFoundError as error:
            raise BatchFileMissing("this node does not hold the leaves of the batch", field=path) from error

    def _status_list(self, digest: Digest, path: str) -> bytes:
        published = any(one.doc_type == DOC_TYPE for one in self._node.reader.documents_by_digest([digest]))
        if not published:  # no other document is anybody's to read
            raise _absent(path)
        try:
            return self._node.vault.get(digest)
        except (VaultMissing, VaultErased) as error:
            raise StatusListMissing("this node does not hold a status list", field=path) from error

    def _issued(self, root: bytes) -> bool:
        with self._node.ledger.connect() as connection:
            wanted = select(batches.c.entry).where(batches.c.root == root).limit(1)
            return connection.execute(wanted).first() is not None

    def _entries(self, tile: Tile) -> bytes:
        first = tile.index * WIDTH
        wanted = select(entries.c.raw).where(entries.c.idx >= first, entries.c.idx < first + tile.width)
        with self._node.ledger.connect() as connection:
            raw = list(connection.execute(wanted.order_by(entries.c.idx)).scalars())
        if len(raw) < tile.width:
            raise _absent(tile.path)
        return encode_bundle(raw)

    def _hashes(self, tile: Tile) -> bytes:
        wanted = select(tiles.c.hashes).where(tiles.c.level == tile.level, tiles.c.idx == tile.index)
        with self._node.ledger.connect() as connection:
            hashes: bytes = connection.execute(wanted).scalar() or b""
        if len(hashes) < tile.width * SIZE:
            raise _absent(tile.path)
        return hashes[: tile.width * SIZE]


def tile_of(path: str) -> Tile | None:
    """The tile at a path in its one spelling, None for any other path."""
    match = _TILE.fullmatch(path)
    if match is None:
        return None
    level = None if match[1] == "entries" else int(match[1])
    index = int("".join(group.strip("x") for group in match[2].split("/")) + match[3])
    tile = Tile(level, index, int(match[4]) if match[4] else WIDTH)
    return tile if tile.path == path else None


def _absent(path: str) -> MirrorInvalid:
    return MirrorInvalid("the log has no such file", field=path)
