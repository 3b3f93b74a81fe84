"""A small log with everything that bundles are made of: keys, entries, checkpoints, status statements.

All of it follows from fixed seeds, so that the same scene gives the same bytes on every machine. A test
begins with `Scene()`, asks for a bundle, and changes one thing.
"""

from dataclasses import dataclass, field, replace

from sanad_testkit.sealing import LEDGER, keys, qbft_proof, set_of
from sanad_verifier.bundle import Bundle, pack
from sanad_verifier.chain.ledger_events import APPENDED, CHECKPOINT
from sanad_verifier.chain.proof import ChainProof
from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned
from sanad_verifier.checkpoints import Checkpoint, CosignatureSigner, in_order
from sanad_verifier.digests import Digest, hash_leaf, sha256
from sanad_verifier.documents import Form, document_digest
from sanad_verifier.entries import BatchLeaf, Entry, Kind, encode_entry
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.merkle import Levels
from sanad_verifier.notes import Note, NoteSigner, parse_note
from sanad_verifier.status_statement import StatusStatement, sign_status, status_key_name
from sanad_verifier.tlog_proof import BatchPart, TlogProof
from sanad_verifier.trust import SubjectField, Trust, TrustedFormation

ORIGIN = "simulated/sanad/7"
NOW = 1_790_000_000
HOUR = 3600
DAY = 24 * HOUR
OFFICE = 4
KEY = bytes.fromhex("aa" * 20)
VALIDATORS = keys(4)
RECEIPT = canonicalise(
    {
        "salt": "AAAAAAAAAAAAAAAAAAAAAA",
        "lot": "KAPW-2026-118",
        "vehicle": {"chassis": "TRJ150-0098765", "engine": "1TR-1234567"},
        "price": {"amount": "4250000.00", "currency": "PKR"},
        "buyer": "محمد اسلم",
    }
)
SCAN = b"%PDF-1.7\n" + bytes(range(256)) * 4
CONTAINERS = canonicalise({"containers": [{"number": "TCLU4482017"}, {"number": "APZU4812090"}]})


def seed(name: str) -> bytes:
    """A seed for a key of this name."""
    return sha256(b"test key " + name.encode())


def issue(document: bytes, *, doc_type: str = "AUCTION_RECEIPT", time: int = NOW - 30 * DAY) -> Entry:
    """The entry that issues a document."""
    digest = document_digest(document).digest
    return Entry(Kind.ISSUE, KEY, OFFICE, doc_type, digest, bytes(32), bytes(32), time)


@dataclass
class Scene:
    """A network with one log. Change an attribute before asking for something that depends on it."""

    cosigner_names: tuple[str, ...] = ("member-1", "member-2", "member-3")
    quorum: int = 2
    size: int = 21
    time: int = NOW - HOUR
    documents: dict[int, bytes] = field(default_factory=lambda: {5: RECEIPT, 11: SCAN, 20: CONTAINERS})
    batch: tuple[bytes, ...] = tuple(canonicalise({"invoice": str(number)}) for number in range(11))
    batch_at: int = 13

    def __post_init__(self) -> None:
        self.log = NoteSigner(ORIGIN, seed("log"))
        self.status = NoteSigner(status_key_name(ORIGIN), seed("status"))
        self.cosigners = [CosignatureSigner(f"{ORIGIN}/{n}", seed(n)) for n in self.cosigner_names]
        self.batch_leaves = [
            BatchLeaf(document_digest(d).digest, bytes(32), sha256(b"key" + d)) for d in self.batch
        ]
        self.batch_tree = Levels([hash_leaf(leaf.encode()) for leaf in self.batch_leaves])
        self.entries = [self._entry(index) for index in range(self.size)]
        self.tree = Levels([hash_leaf(encode_entry(entry)) for entry in self.entries])

    def _entry(self, index: int) -> Entry:
        if index == self.batch_at:
            count = len(self.batch).to_bytes(32)
            root = self.batch_tree.root
            return Entry(
                Kind.ISSUE_BATCH, KEY, OFFICE, "INVOICE", root, bytes(32), count, NOW - 20 * DAY + index
            )
        types = {5: "AUCTION_RECEIPT", 11: "FILE", 20: "BILL_OF_LADING"}
        document = self.documents.get(index, b"other document %d" % index)
        return issue(document, doc_type=types.get(index, "FILE"), time=NOW - 30 * DAY + index)

    def trust(self) -> Trust:
        """What a reader of this network trusts."""
        return Trust(
            origin=ORIGIN,
            chain_id=7,
            genesis="ab" * 32,
            ledger=LEDGER.hex(),
            log_keys=(self.log.key,),
            status_keys=(self.status.key,),
            cosigners=tuple(cosigner.key for cosigner in self.cosigners),
            quorum=self.quorum,
            fresh_for=DAY,
            usable_for=7 * DAY,
            chain=ChainTrust(Consensus.QBFT, (Pinned(0, set_of(VALIDATORS)),)),
            formations={OFFICE: TrustedFormation(OFFICE, "KAPW-AUC", "AUCTION")},
            subjects={
                "AUCTION_RECEIPT": (
                    SubjectField("chassis", "/vehicle/chassis"),
                    SubjectField("engine", "/vehicle/engine"),
                ),
                "BILL_OF_LADING": (SubjectField("container", "/containers/*/number"),),
            },
        )

    def checkpoint_text(self) -> str:
        """The text of the log's checkpoint."""
        return Checkpoint(ORIGIN, self.size, self.tree.root).text()

    def checkpoint(self, times: tuple[int, ...] | None = None) -> bytes:
        """The log's checkpoint, signed and cosigned at these times (all at `time` if not given)."""
        text = self.checkpoint_text()
        when = times if times is not None else (self.time,) * len(self.cosigners)
        lines = [self.log.sign(text)]
        lines += [cosigner.sign(text, time) for cosigner, time in zip(self.cosigners, when, strict=False)]
        return Note(text, in_order(ORIGIN, lines)).encode()

    def proof(self, index: int = 5, place: int | None = None) -> TlogProof:
        """The proof of an entry; of one document of a batch, if `place` says which."""
        batch = None if place is None else BatchPart(self.batch_leaves[place], self.batch_tree.proof(place))
        entry = self.entries[index]
        return TlogProof(entry, batch, index, self.tree.proof(index).path, parse_note(self.checkpoint()))

    def statement(self, proof: TlogProof, state: str = "active", reason: int = 0) -> StatusStatement:
        """What the log says of the document a proof is about."""
        entry = proof.entry
        return StatusStatement(
            ORIGIN,
            Digest(proof.leaf().subject),
            entry.formation,
            entry.doc_type,
            state,
            reason,
            "cd" * 32 if state == "superseded" else "",
            self.size,
            self.tree.root,
            self.time,
        )

    def sealed_entry(self, index: int = 5) -> ChainProof:
        """The chain proof of the event by which an entry was appended."""
        event = (LEDGER, [APPENDED, index.to_bytes(32)], encode_entry(self.entries[index]))
        return qbft_proof([event], VALIDATORS, set_of(VALIDATORS))

    def sealed_root(self) -> ChainProof:
        """The chain proof of the event that says the log's root."""
        event = (LEDGER, [CHECKPOINT, self.size.to_bytes(32)], self.tree.root)
        return qbft_proof([event], VALIDATORS, set_of(VALIDATORS))

    def parts(self, index: int = 5, place: int | None = None, state: str = "active") -> Bundle:
        """What the bundle of a document holds."""
        proof = self.proof(index, place)
        reason = 0 if state == "active" else 3
        status = sign_status(self.statement(proof, state, reason), self.status)
        document = self.documents.get(index) if place is None else self.batch[place]
        form: Form | None = None if document is None else document_digest(document).form
        return Bundle(proof.encode(), status, document, form)

    def bundle(self, index: int = 5, place: int | None = None, state: str = "active") -> bytes:
        """The bundle of a document."""
        return pack(self.parts(index, place, state))


def without_document(parts: Bundle) -> Bundle:
    """A bundle that leaves the document to its holder."""
    return replace(parts, document=None, form=None)
