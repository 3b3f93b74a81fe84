"""A small log whose receipt, and whose batch, were issued with commitments to their fields: what certificates need."""

from dataclasses import dataclass, replace

from sanad_testkit.evidence import RECEIPT, Scene, seed
from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.entries import encode_entry
from sanad_verifier.fields import field_root
from sanad_verifier.json_profile import Json, parse
from sanad_verifier.merkle import Levels
from sanad_verifier.printed import PrintedProof, printed_fields
from sanad_verifier.qr import QrCode
from sanad_verifier.qr_evidence import make_code

SEED = seed("fields")
VALUE = parse(RECEIPT)
CHASSIS, ENGINE, LOT = "/vehicle/chassis", "/vehicle/engine", "/lot"
PROVED = (LOT, CHASSIS, ENGINE)
NAMED = (CHASSIS, ENGINE)
RECEIPT_AT = 5


def printed(value: Json = VALUE, proved: tuple[str, ...] = PROVED) -> PrintedProof:
    """The printed fields of a document, and the root beside them."""
    return PrintedProof(printed_fields(value, SEED, proved, NAMED), field_root(value, SEED))


def invoice(document: bytes) -> PrintedProof:
    """The same of a document of the batch."""
    return printed(parse(document), ("/invoice",))


@dataclass
class CommittedScene(Scene):
    """`proved` are the fields that the receipt's certificate proves."""

    proved: tuple[str, ...] = PROVED

    def __post_init__(self) -> None:
        super().__post_init__()
        self.entries[RECEIPT_AT] = replace(self.entries[RECEIPT_AT], related=self.printed().related)
        self.batch_leaves = [
            replace(leaf, related=invoice(document).related)
            for leaf, document in zip(self.batch_leaves, self.batch, strict=True)
        ]
        self.batch_tree = Levels([hash_leaf(leaf.encode()) for leaf in self.batch_leaves])
        self.entries[self.batch_at] = replace(self.entries[self.batch_at], subject=self.batch_tree.root)
        self.tree = Levels([hash_leaf(encode_entry(entry)) for entry in self.entries])

    def printed(self) -> PrintedProof:
        """What the receipt's certificate proves."""
        return printed(VALUE, self.proved)

    def code(self, place: int | None = None, state: str = "active") -> QrCode:
        """The code of the receipt; of one document of the batch, if `place` says which."""
        parts = self.parts(RECEIPT_AT if place is None else self.batch_at, place, state)
        proof = self.printed() if place is None else invoice(self.batch[place])
        return make_code(parts, proof, self.trust())

    def related(self) -> Digest:
        """The word that commits to the receipt's fields."""
        return self.printed().related
