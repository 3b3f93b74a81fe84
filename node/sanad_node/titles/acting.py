"""Acts on a document of title: offer, accept, reject, take back, sign, pledge, release, surrender, answer.

A request is named by what is asked and by the state it starts from, so a repeated command is the same act, and the
same act at a later time another one. The contract judges; nothing is judged twice here.
"""

from dataclasses import dataclass
from typing import get_args

from sanad_node import blinding, finding, types
from sanad_node.acting import acting_key, done, request, word
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.reading import AmbiguousDocument, DocumentRecord
from sanad_node.reads import looking
from sanad_node.titles import record
from sanad_node.titles.record import Title
from sanad_node.titles.titling import BILL
from sanad_node.wire.bills import BillAct
from sanad_verifier.entries import Kind, Reason
from sanad_verifier.errors import InputError
from sanad_verifier.title_words import Why

NAMES: tuple[BillAct, ...] = get_args(BillAct)
KINDS: dict[str, Kind] = {
    **{name: Kind[name.upper().replace("-", "_")] for name in NAMES if not name.endswith("-surrender")},
    "accept-surrender": Kind.SACC,
    "reject-surrender": Kind.SREJ,
}
OFFERS = tuple(name for name in NAMES if KINDS[name] in record.OFFERS)
NEED_REASON = ("reject", "retract", "reject-surrender")
NEED_PARTY = ("transfer", "endorse", "endorse-to-order", "blank-endorse", "pledge")
_FUNCTIONS = {"accept-surrender": "acceptSurrender", "reject-surrender": "rejectSurrender"}
"""Functions of the contract that are called otherwise than the act."""
NOTHING = bytes(32)


class UnknownTitle(InputError):
    """No document of title is known by this."""

    code = "UNKNOWN_TITLE"


class TitleActIncomplete(InputError):
    """The act lacks something that it needs, or says something that it cannot."""

    code = "TITLE_ACT_INCOMPLETE"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done with a title. `to`: the taker or pledgee; `endorsee`: who shall be entitled, the taker if not
    said; `evidence`: a document on the ledger that goes with it; `sequence`: of the offer that was seen.
    """

    act: BillAct
    to: str | None = None
    endorsee: str | None = None
    evidence: DocumentRecord | None = None
    reason: Reason | None = None
    why: Why = Why.NOT_STATED
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An act and the title it is about, as it was before."""

    act: Act
    title: Title


def find(
    node: Node, identifier: str, *, doc_type: str = BILL, issuer: str | None = None, field: str = "ID"
) -> Title:
    """The title meant by a digest, the first digits of it, or a reference: of several under one reference the one that
    has not been replaced. Raises `UnknownTitle` or `AmbiguousDocument`.
    """
    found: dict[tuple[int, bytes], Title] = {}
    for one in finding.documents(node, identifier, doc_type=doc_type, issuer=issuer):
        title = node.titles.title(one.issuer, one.doc_type, one.digest)
        if title is not None:
            found[title.issuer, title.digest] = title
    fits = list(found.values())
    if len(fits) > 1:
        fits = [one for one in fits if one.state != "replaced"] or fits
    if len(fits) > 1:
        raise AmbiguousDocument("several bills fit; give more of the digest, or --issuer", field=field)
    if not fits:
        looking.missed(identifier)
        raise UnknownTitle("no bill under title control is known by this", field=field)
    return fits[0]


def original_of(node: Node, issuer: int, doc_type: str, key: bytes) -> Title | None:
    """The title that a reference of a formation belongs to now, None if to none."""
    held = node.titles.of_key(issuer, doc_type, key)
    return held[-1] if held else None


def reference_key(node: Node, doc_type: str, issuer: str, number: str) -> bytes:
    """The blinded reference of a formation's document."""
    return blinding.business_key(
        node.directory.secret("network"), doc_type, issuer, types.normalise_number(number)
    )


def act(node: Node, title: Title, asked: Asked, *, formation: str, key: str | None = None) -> Done:
    """Do it as `formation`; returns when the act is final, or promised if the chain cannot be reached."""
    who = node.reader.formation(formation, field="--as")
    named = (word(title.doc_type), title.issuer, title.digest)
    function, arguments = _call(node, title, asked, named)
    asking = request(
        node,
        signer=acting_key(node, who),
        contract="Titles",
        function=function,
        arguments=arguments,
        key=key,
        step=title.latest,
        what=asked.act,
        about={
            "digest": title.digest.hex(),
            "type": title.doc_type,
            "formation": who.code,
        },
    )
    (made,) = node.perform([asking])
    return Done(done(made, field="ID"), title)


def _call(
    node: Node, title: Title, asked: Asked, named: tuple[bytes, int, bytes]
) -> tuple[str, tuple[bytes | int, ...]]:
    _must_be_whole(asked)
    shown = NOTHING if asked.evidence is None else asked.evidence.digest
    if asked.act in OFFERS:
        return "offer", (int(KINDS[asked.act]), *named, *_parties(node, title, asked), shown)
    if asked.act in {"surrender-for-delivery", "surrender-for-amendment"}:
        return "surrender", (int(KINDS[asked.act]), *named, int(asked.why), shown)
    function = _FUNCTIONS.get(asked.act, asked.act)
    if asked.act in NEED_REASON:
        return function, (*named, int(asked.reason or 0))
    if asked.act == "accept":
        seen = title.sequence if asked.sequence is None else asked.sequence
        return function, (*named, seen, shown)
    if asked.act == "pledge":
        return function, (*named, node.reader.formation(asked.to or "", field="--to").number, shown)
    return function, (*named, shown)


def _parties(node: Node, title: Title, asked: Asked) -> tuple[int, int]:
    """Numbers of taker and endorsee. What is given back goes to who gave it."""
    taker = (
        title.holder_before
        if asked.act == "hand-back" and asked.to is None
        else node.reader.formation(asked.to or "", field="--to").number
    )
    if asked.act not in {"endorse", "endorse-to-order"}:
        return taker, 0
    if asked.endorsee is None:
        return taker, taker
    return taker, node.reader.formation(asked.endorsee, field="--endorsee").number


def _must_be_whole(asked: Asked) -> None:
    if asked.act in NEED_PARTY and not asked.to:
        raise TitleActIncomplete("name the office that it goes to", field="--to")
    if asked.endorsee is not None and asked.act not in {"endorse", "endorse-to-order"}:
        raise TitleActIncomplete("only an endorsement names an endorsee", field="--endorsee")
    if asked.act in NEED_REASON and asked.reason is None:
        raise TitleActIncomplete("give a reason", field="--reason")
    if asked.why is not Why.NOT_STATED and asked.act != "surrender-for-amendment":
        raise TitleActIncomplete("only a surrender for amendment says why", field="--why")
