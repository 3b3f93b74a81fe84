"""A log made by hand, signed and cosigned with fixed keys, as the files of a mirror: any entries, any size, any lie.

Nothing of it comes from a chain. The entries are such that the projections take them, so that a log of any length is
made in no time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sanad_testkit.evidence import KEY, NOW, OFFICE, ORIGIN, seed
from sanad_testkit.sealing import LEDGER
from sanad_verifier.checkpoints import Checkpoint, CosignatureSigner, in_order
from sanad_verifier.digests import Digest, hash_leaf, sha256
from sanad_verifier.entries import BatchLeaf, Condition, Entry, Kind, StatusWord, Terms, encode_entry
from sanad_verifier.merkle import Levels, tree_root
from sanad_verifier.notes import Note, NoteSigner
from sanad_verifier.status_statement import status_key_name
from sanad_verifier.tiles import CHECKPOINT, encode_bundle, tiles_of
from sanad_verifier.trust import Trust

DAY = 86_400
BATCH = tuple(BatchLeaf(sha256(b"member %d" % n), bytes(32), sha256(b"key %d" % n)) for n in range(5))
BATCH_ROOT = Levels([hash_leaf(leaf.encode()) for leaf in BATCH]).root


def entry(index: int, salt: bytes = b"") -> bytes:
    """Entry `index` of an honest log: of ten, seven issues, a revocation of the one before, and a consignment that is
    registered and shipped; entry 13 issues a batch. `salt` makes it another log's.
    """
    time = NOW - 30 * DAY + index
    digest = sha256(b"document %d" % index + salt)

    def of(
        kind: Kind, doc_type: str, subject: bytes, related: bytes = bytes(32), data: bytes = bytes(32)
    ) -> bytes:
        return encode_entry(Entry(kind, KEY, OFFICE, doc_type, subject, related, data, time))

    if index == 13:
        return of(Kind.ISSUE_BATCH, "INVOICE", BATCH_ROOT, data=len(BATCH).to_bytes(32))
    match index % 10:
        case 7:
            word = StatusWord(OFFICE, 3).pack()
            return of(Kind.REVOKE, "FILE", sha256(b"document %d" % (index - 1) + salt), data=word)
        case 8:
            terms = Terms(taker=0, place="PKKHI", condition=Condition.GOOD, quantity=1, seal=bytes(12))
            return of(Kind.REGISTER, "CONTAINER", digest, terms.pack())
        case 9:
            box = sha256(b"document %d" % (index - 1) + salt)
            terms = Terms(
                taker=OFFICE + 1, place="PKKHI", condition=Condition.GOOD, quantity=1, seal=bytes(12)
            )
            return of(Kind.SHIP, "CONTAINER", box, terms.pack())
        case _:
            return of(Kind.ISSUE, "FILE", digest)


def entries(size: int, fork_from: int | None = None) -> list[bytes]:
    """The first entries of the honest log, or of one that differs from `fork_from` on."""
    return [entry(n, b"" if fork_from is None or n < fork_from else b"forked") for n in range(size)]


@dataclass
class MadeLog:
    """Keys, and what they sign. Change an attribute before asking for something that depends on it."""

    origin: str = ORIGIN
    quorum: int = 2
    names: tuple[str, ...] = ("member-1", "member-2", "member-3")
    ledger: str = field(default_factory=LEDGER.hex)

    def __post_init__(self) -> None:
        self.log = NoteSigner(self.origin, seed("log"))
        self.status = NoteSigner(status_key_name(self.origin), seed("status"))
        self.cosigners = [CosignatureSigner(f"{self.origin}/{name}", seed(name)) for name in self.names]

    def trust(self) -> Trust:
        return Trust(
            origin=self.origin,
            chain_id=7,
            genesis="ab" * 32,
            ledger=self.ledger,
            log_keys=(self.log.key,),
            status_keys=(self.status.key,),
            cosigners=tuple(one.key for one in self.cosigners),
            quorum=self.quorum,
            fresh_for=DAY,
            usable_for=7 * DAY,
        )

    def note(self, size: int, root: Digest, time: int = NOW) -> bytes:
        """The checkpoint, signed by the log and cosigned by everybody at `time`."""
        text = Checkpoint(self.origin, size, root).text()
        lines = [self.log.sign(text), *(one.sign(text, time) for one in self.cosigners)]
        return Note(text, in_order(self.origin, lines)).encode()

    def files(self, raw: Sequence[bytes], time: int = NOW) -> dict[str, bytes]:
        """Every file of a mirror of these entries."""
        levels = [[hash_leaf(one) for one in raw]]
        while len(levels[-1]) >= 256:
            row = levels[-1]
            levels.append([tree_root(row[at : at + 256]) for at in range(0, len(row) // 256 * 256, 256)])
        found = {CHECKPOINT: self.note(len(raw), Levels(levels[0]).root, time)}
        for tile in tiles_of(len(raw)):
            of = slice(tile.index * 256, tile.index * 256 + tile.width)
            found[tile.path] = (
                encode_bundle(raw[of]) if tile.level is None else b"".join(levels[tile.level][of])
            )
        if len(raw) > 13:
            found[f"batch/{BATCH_ROOT.hex()}"] = b"".join(leaf.encode() for leaf in BATCH)
        return found


def write(files: dict[str, bytes], folder: Path) -> Path:
    """Put a mirror's files into a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder
