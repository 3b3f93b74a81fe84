"""Custody of cargo: register, hand over in two signed halves, hold and lift.

What a half says in full (seal number, place in words, documents, photos) is a record that stays with the
parties; its SHA-256 goes on the chain as evidence, with the packed terms that the contract needs. A record
carries a salt, so its digest gives nothing away; the salt follows from the record and a secret of this
node, so that a repeated command is the same act.
"""

import base64
import hmac
from dataclasses import dataclass, field
from typing import Any, Literal

from sanad_node import blinding, corridors
from sanad_node.acting import acting_key, done, fingerprint, request, word
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Fact
from sanad_node.reading import ConsignmentRecord, FormationRecord
from sanad_node.store.office_tables import cargo, evidence
from sanad_node.typed_data import typed_data
from sanad_verifier.custody_words import DEVICE
from sanad_verifier.digests import sha256
from sanad_verifier.entries import Condition, Reason, Terms
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import canonicalise

KINDS = ("CARGO", "CONTAINER", "VEHICLE", "LOT", "SAMPLE")
SCOPES = (*KINDS, DEVICE)
"""What a scope for custody may name."""
RECORD_SCHEMA = "urn:sanad:custody-record:1"
SALT_BYTES = 16
SIGNATURE_LIFETIME = 24 * 3600
"""Seconds a relayed signature may wait for its sender."""
DOCUMENTS_AT_MOST = 100
TEXT_AT_MOST = 2000
REFERENCE_AT_MOST = 256


class ConsignmentKindInvalid(InputError):
    """The kinds of consignment are fixed."""

    code = "CONSIGNMENT_KIND_INVALID"


class CustodyRecordInvalid(InputError):
    """A field of the hand-over is too long or malformed."""

    code = "CUSTODY_RECORD_INVALID"


class ConditionInvalid(InputError):
    """A condition is one of the list in docs/spec/entry.md."""

    code = "CONDITION_INVALID"


def condition_named(text: str) -> Condition:
    """A condition by its name in any case, with dashes, blanks or underscores; not stated if empty."""
    try:
        return Condition[text.strip().upper().replace("-", "_").replace(" ", "_") or "NOT_STATED"]
    except KeyError as error:
        names = ", ".join(c.name.lower().replace("_", "-") for c in Condition)
        raise ConditionInvalid(f"a condition is one of {names}", field="--condition") from error


@dataclass(frozen=True, slots=True)
class Particulars:
    """What one side states about the goods at one moment. `quantity` counts the unit named; `place` is a
    UN/LOCODE.
    """

    place: str = ""
    quantity: int = 0
    unit: str = ""
    condition: Condition = Condition.NOT_STATED
    seal: str = ""
    note: str = ""
    documents: tuple[str, ...] = field(default=())
    corridor: str = ""
    """The corridor that the consignment sets out on (`sanad_node.corridors`)."""

    def check(self) -> None:
        """Refuse what could not be recorded."""
        if len(self.documents) > DOCUMENTS_AT_MOST:
            raise CustodyRecordInvalid("at most 100 documents can be named", field="--document")
        if self.corridor:
            corridors.get(self.corridor)
        for name, text in (("--note", self.note), ("--seal", self.seal), ("--unit", self.unit)):
            if len(text) > TEXT_AT_MOST:
                raise CustodyRecordInvalid("the text is too long", field=name)


@dataclass(frozen=True, slots=True)
class CustodyAct:
    """A custody act and the consignment it moved."""

    act: Act
    consignment: bytes
    step: str


def must_be_kind(kind: str) -> None:
    """`ConsignmentKindInvalid` unless consignments are of this kind."""
    if kind not in KINDS:
        raise ConsignmentKindInvalid("a consignment is one of " + ", ".join(KINDS), field="--kind")


def must_be_reference(reference: str) -> None:
    """`CustodyRecordInvalid` unless people could call a consignment this."""
    if not blinding.normalise(reference) or len(reference) > REFERENCE_AT_MOST:
        raise CustodyRecordInvalid("a reference has 1 to 256 characters", field="REFERENCE")


def register(
    node: Node,
    *,
    kind: str,
    reference: str,
    formation: str,
    particulars: Particulars,
    key: str | None = None,
) -> CustodyAct:
    """Bring a consignment under custody; `formation` is its first holder."""
    must_be_kind(kind)
    must_be_reference(reference)
    node.catch_up_if_possible()
    holder = node.reader.formation(formation)
    consignment = blinding.consignment_id(node.directory.secret("network"), kind, reference)
    terms, digest, facts = stated_record(node, "register", consignment, particulars, taker=0)
    named = {"id": consignment, "reference": reference, "normal": blinding.normalise(reference)}
    known = Fact(cargo, (named,))
    return perform(
        node, holder, consignment, "register", (word(kind), terms, digest), key, (known, *facts), step=0
    )


def ship(
    node: Node,
    consignment: ConsignmentRecord,
    *,
    formation: str,
    taker: str,
    particulars: Particulars,
    key: str | None = None,
) -> CustodyAct:
    """First half: the holder hands over to `taker`, who is answerable only after receiving."""
    holder = node.reader.formation(formation)
    to = node.reader.formation(taker, field="--to").number
    terms, digest, facts = stated_record(node, "ship", consignment.id, particulars, taker=to)
    return perform(
        node, holder, consignment.id, "ship", (terms, digest), key, facts, step=consignment.sequence
    )


def receive(
    node: Node,
    consignment: ConsignmentRecord,
    *,
    formation: str,
    particulars: Particulars,
    relay: str | None = None,
    refuse: bool = False,
    key: str | None = None,
) -> CustodyAct:
    """Second half: the named taker takes over, or refuses. With `relay`, the taker signs and that formation
    sends.
    """
    name = "refuse" if refuse else "receive"
    taker = node.reader.formation(formation)
    terms, digest, facts = stated_record(node, name, consignment.id, particulars, taker=taker.number)
    if relay is None:
        function = f"{name}Custody"
        return perform(
            node, taker, consignment.id, function, (terms, digest), key, facts, step=consignment.sequence
        )
    deadline, signature = _sign(node, taker, "Refuse" if refuse else "Receive", consignment, terms, digest)
    sender = node.reader.formation(relay, field="--sent-by")
    arguments = (consignment.sequence, terms, digest, deadline, signature)
    stated = (taker.code, terms, digest)
    return perform(
        node,
        sender,
        consignment.id,
        f"{name}For",
        arguments,
        key,
        facts,
        step=consignment.sequence,
        stated=stated,
    )


def hand_over(
    node: Node,
    consignment: ConsignmentRecord,
    *,
    formation: str,
    taker: str,
    particulars: Particulars,
    key: str | None = None,
) -> CustodyAct:
    """Both halves at one place and time, in one transaction: the holder sends, the taker has signed the
    same terms.
    """
    holder, to = node.reader.formation(formation), node.reader.formation(taker, field="--to")
    terms, digest, facts = stated_record(node, "hand-over", consignment.id, particulars, taker=to.number)
    deadline, signature = _sign(node, to, "HandOver", consignment, terms, digest)
    arguments = (consignment.sequence, terms, digest, deadline, signature)
    stated = (to.code, terms, digest)
    return perform(
        node,
        holder,
        consignment.id,
        "handOver",
        arguments,
        key,
        facts,
        step=consignment.sequence,
        stated=stated,
    )


def recall(
    node: Node, consignment: ConsignmentRecord, *, formation: str, reason: Reason, key: str | None = None
) -> CustodyAct:
    """The holder takes back what the taker has not received."""
    who = node.reader.formation(formation)
    return perform(node, who, consignment.id, "recall", (int(reason),), key, (), step=consignment.sequence)


def hold(
    node: Node,
    consignment: ConsignmentRecord,
    *,
    formation: str,
    reason: Reason,
    order: bytes = b"",
    key: str | None = None,
) -> CustodyAct:
    """Forbid moving the consignment until the hold is lifted; on the court order of this digest, if one is given."""
    who = node.reader.formation(formation)
    function, arguments = ("holdByOrder", (int(reason), order)) if order else ("hold", (int(reason),))
    return perform(node, who, consignment.id, function, arguments, key, (), step=_latest(node, consignment))


def lift(
    node: Node,
    consignment: ConsignmentRecord,
    *,
    formation: str,
    reason: Reason,
    holder: str | None = None,
    order: bytes = b"",
    key: str | None = None,
) -> CustodyAct:
    """Lift the hold of `holder` (by default the acting formation's own); on the court order of this digest, if one is
    given, as a hold by order is.
    """
    who = node.reader.formation(formation)
    whose = who.number if holder is None else node.reader.formation(holder, field="--of").number
    stated = (whose, int(reason))
    function, arguments = ("liftByOrder", (*stated, order)) if order else ("lift", stated)
    return perform(node, who, consignment.id, function, arguments, key, (), step=_latest(node, consignment))


def _latest(node: Node, consignment: ConsignmentRecord) -> int:
    """The latest entry about a consignment: holds may follow each other within one second of the chain."""
    return node.reader.entries_about(consignment.id)[-1].index


STEPS = {
    "receiveCustody": "receive",
    "receiveFor": "receive",
    "refuseCustody": "refuse",
    "refuseFor": "refuse",
    "handOver": "hand-over",
    "holdByOrder": "hold",
    "liftByOrder": "lift",
}
"""What people call the functions whose names the contract had to choose otherwise."""


def perform(
    node: Node,
    who: FormationRecord,
    consignment: bytes,
    function: str,
    arguments: tuple[Any, ...],
    key: str | None,
    facts: tuple[Fact, ...],
    *,
    step: int,
    stated: tuple[Any, ...] | None = None,
) -> CustodyAct:
    """One custody act of a formation. `stated` is what was asked, where the arguments also hold a deadline and a
    signature made here.
    """
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Custody",
        function=function,
        arguments=(consignment, *arguments),
        key=key,
        step=step,
        mark=fingerprint(by=who.code, function=function, consignment=consignment, stated=stated or arguments),
        facts=facts,
        what=STEPS.get(function, function),
        about={"consignment": consignment.hex(), "formation": who.code},
    )
    (act,) = node.perform([asked])
    return CustodyAct(done(act, field="ID"), consignment, STEPS.get(function, function))


def stated_record(
    node: Node, step: str, consignment: bytes, stated: Particulars, *, taker: int
) -> tuple[int, bytes, tuple[Fact, ...]]:
    """The packed terms, the evidence digest, and the record to keep."""
    stated.check()
    said: dict[str, Any] = {
        "schema": RECORD_SCHEMA,
        "act": step,
        "consignment": consignment.hex(),
        "taker": taker,
        "place": stated.place,
        "quantity": str(stated.quantity),
        "unit": stated.unit,
        "condition": stated.condition.name.lower(),
        "seal": stated.seal,
        "note": stated.note,
        "documents": list(stated.documents),
    }
    if stated.corridor:
        said["corridor"] = stated.corridor
    salt = hmac.digest(node.directory.secret("vault"), b"custody" + canonicalise(said), "sha256")[:SALT_BYTES]
    said["salt"] = base64.urlsafe_b64encode(salt).rstrip(b"=").decode()
    record = canonicalise(said)
    terms = Terms(
        taker=taker,
        place=stated.place,
        condition=stated.condition,
        quantity=stated.quantity,
        seal=blinding.seal_mark(node.directory.secret("network"), stated.seal),
    )
    digest = sha256(record)
    return int.from_bytes(terms.pack()), digest, (Fact(evidence, ({"digest": digest, "record": record},)),)


Half = Literal["Receive", "Refuse", "HandOver"]


def _sign(
    node: Node,
    taker: FormationRecord,
    half: Half,
    consignment: ConsignmentRecord,
    terms: int,
    digest: bytes,
) -> tuple[int, bytes]:
    """The taker's EIP-712 signature for the consignment's present hand-over, and when it lapses."""
    deadline = int(node.clock()) + SIGNATURE_LIFETIME
    signer = node.keyring.signer(acting_key(node, taker))
    typed = typed_data(
        "Custody",
        node.network.chain_id,
        node.network.contracts["Custody"].address,
        half,
        {
            "consignment": "bytes32",
            "sequence": "uint32",
            "terms": "uint256",
            "evidence": "bytes32",
            "deadline": "uint64",
        },
        {
            "consignment": consignment.id,
            "sequence": consignment.sequence,
            "terms": terms,
            "evidence": digest,
            "deadline": deadline,
        },
    )
    return deadline, signer.sign_typed_data(typed)
