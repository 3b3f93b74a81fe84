"""What messages say: an export declaration mirrored, a request and its answer, an alert; each as its sender makes it
and as its recipient reads it. Strict: what has another form is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError
from sqlalchemy.exc import IntegrityError

from sanad_node import disclosing, finding
from sanad_node.consortium.form import HEX32, Form, whole
from sanad_node.exchange import journal
from sanad_node.exchange.agreeing import allowing
from sanad_node.exchange.composing import named_by, put_in
from sanad_node.exchange.forms import TEXT, About, MessageInvalid, ourselves
from sanad_node.exchange.journal import Kept, UnknownMessage
from sanad_node.node import Node
from sanad_node.types import pointers
from sanad_node.wire.exchange import AlertCode
from sanad_verifier.errors import InputError
from sanad_verifier.fields import disclose_all
from sanad_verifier.json_profile import canonicalise, parse
from sanad_verifier.presentation import Presentation, parse_presentation, presentation
from sanad_verifier.subjects import normalise_subject

AEO, CONTAINER = "AEO", "CONTAINER"
"""What agreements call alerts that are about no document's type."""
Outcome = Literal["authentic", "refused", "unknown", "stale", "cannot-tell"]
TYPE = r"[A-Z][A-Z0-9_]{0,30}"
ACDD = {
    "Exporter UEN": "/consignor/ntn",
    "Exporter Company Name": "/consignor/name",
    "Consignee Company Name": "/consignee/name",
    "Consignee Company Address": "/consignee/address",
    "Declaring Agent UEN": "/clearingAgent/chalNumber",
    "Declaring Agent Company Name": "/clearingAgent/name",
    "Departure Date": "/departureDate",
    "Item HS Code": "/items/*/hsCode",
    "Item HS Quantity": "/items/*/quantity",
    "Item HS Quantity UOM": "/items/*/uom",
    "Item Country of Origin of Goods": "/items/*/countryOfOrigin",
    "Outward Transport Mode": "/transportMode",
    "Port of Discharge": "/portOfDischarge",
    "Serial Number of Item": "/items/*",
    "TradeNet Permit Number": "/gdNumber",
}
"""The fifteen members of an ASEAN Customs Declaration Document, as Singapore Customs lists what it sends, and where a
goods declaration has each. An item's serial number is its place in the list, which is part of each of its pointers.
"""
MATCHED = {
    "GOODS_DECLARATION": (
        "/gdType", "/gdNumber", "/declarationDate", "/consignor/name", "/consignor/ntn", "/consignee/name",
        "/consignee/address", "/clearingAgent/name", "/clearingAgent/chalNumber", "/currency",
        "/totalDeclaredValue", "/portOfShipment", "/portOfDischarge", "/departureDate", "/transportMode",
        "/grossWeight", "/weightUnit", "/invoice/number", "/billOfLading/number", "/billOfLading/carrierCode",
        "/containers/*/number", "/containers/*/sealNumber", "/items/*/hsCode", "/items/*/goodsDescription",
        "/items/*/quantity", "/items/*/uom", "/items/*/countryOfOrigin", "/items/*/totalValue",
    ),
}  # fmt: skip
"""Fields of an export declaration that flow where an agreement names none: the ACDD's, and those that an arrival is
matched by. An agreement may let more flow, or less.
"""


class AnsweredBefore(InputError):
    """The request has an answer; it has one only."""

    code = "ANSWERED_BEFORE"


class NothingToShow(InputError):
    """The document has none of the fields that may flow."""

    code = "NOTHING_TO_SHOW"


class Mirrored(Form):
    """Fields of an export declaration, each proved against its entry in the log (docs/spec/presentation.md)."""

    digest: str = whole(HEX32)
    type: str = whole(TYPE)
    fields: dict[str, Any]

    def shown(self) -> Presentation:
        return parse_presentation(canonicalise(self.fields))


class Asked(Form):
    """Whether a document is genuine and in force."""

    digest: str = whole(HEX32)
    type: str = whole(TYPE)
    question: str = whole(TEXT, max_length=500)


class Answered(Form):
    """The verdict as the member who was asked came to it: the six answers by name, each with its reason."""

    outcome: Outcome
    answers: dict[str, str] = Field(max_length=6)
    note: str = whole(TEXT, max_length=500)


class Alert(Form):
    """Something a partner should know of a document (its digest), a container, or a trader's status (AEO number)."""

    about: About
    value: str = whole(TEXT, min_length=1, max_length=64)
    type: str = whole(TYPE)
    code: AlertCode
    text: str = whole(TEXT, max_length=500)


FORMS: dict[str, type[Form]] = {"mirror": Mirrored, "request": Asked, "answer": Answered, "alert": Alert}


@dataclass(frozen=True, slots=True)
class Read:
    """What a message says, what type of document it is about, and what it is found by."""

    form: Any
    doc_type: str
    subject: str


def read_content(kind: str, content: bytes) -> Read:
    """The content of a message of a kind; `MessageInvalid`."""
    try:
        form = FORMS[kind].of(parse(content))
    except ValidationError as error:
        where = "/".join(str(part) for part in error.errors()[0]["loc"])
        raise MessageInvalid("the content is not of its form", field=f"/{where}") from error
    return Read(form, getattr(form, "type", ""), _subject(form))


def _subject(form: Any) -> str:
    if isinstance(form, Alert):
        return subject_of(form.about, form.value)
    digest = getattr(form, "digest", "")
    return f"document:{digest}" if digest else ""


def subject_of(about: About, value: str) -> str:
    """What messages about a thing are found by."""
    normal = normalise_subject("container", value) if about == "container" else value.strip().casefold()
    return f"{about}:{normal}"


# -- sending ----------------------------------------------------------------------------------------------------------


def mirror(
    node: Node, partner: int, identifier: str, *, agreement: str | None = None, key: str | None = None
) -> Kept:
    """Send the fields of an export declaration kept here that an agreement lets flow, before the goods arrive."""
    us = ourselves(node)
    record = finding.document(node, identifier)
    agreed, patterns = allowing(node, "mirror", us.number, partner, record.doc_type, agreement)
    kept = disclosing.kept_fields(node, record)
    wanted = tuple(dict.fromkeys(_leaves(kept.value, patterns)))
    if not wanted:
        raise NothingToShow("the document has none of the fields that may flow", field="ID")
    shown = presentation(disclose_all(kept.value, kept.seed, wanted), kept.printed.fields.hash())
    form = Mirrored(digest=bytes(record.digest).hex(), type=record.doc_type, fields=parse(shown.encode()))
    return _put(node, partner, "mirror", agreed.agreement.id, form, key=key)


def _leaves(value: Any, patterns: Iterable[str]) -> Iterable[str]:
    """The pointers of the values under these patterns that are values, not groups of them."""
    for pattern in patterns:
        for pointer, found in pointers.find(value, pattern):
            if found is not None and not isinstance(found, dict | list):
                yield pointer


def request(
    node: Node,
    partner: int,
    identifier: str,
    *,
    deadline: int,
    question: str = "",
    key: str | None = None,
) -> Kept:
    """Ask a member whether a document on the ledger is genuine and in force, until a time (seconds)."""
    us = ourselves(node)
    record = finding.document(node, identifier)
    agreed, _ = allowing(node, "request", us.number, partner, record.doc_type)
    form = Asked(digest=bytes(record.digest).hex(), type=record.doc_type, question=question)
    return _put(node, partner, "request", agreed.agreement.id, form, deadline=deadline, key=key)


def answer(node: Node, message: str, form: Answered, *, key: str | None = None) -> Kept:
    """Answer a request that a member has sent; one answer each. Done again with the same key, it is the same answer."""
    asked = journal.get(node.office, message)
    if (asked.way, asked.kind) != ("in", "request"):
        raise UnknownMessage("this is no request by a partner", field="message")
    key = key or f"answer/{message}"
    known = journal.find(node.office, bytes.fromhex(named_by(node, key)))
    if known is not None:
        return known
    if asked.answer is not None:
        raise AnsweredBefore("the request has been answered", field="message")
    return _put(node, asked.partner, "answer", asked.agreement.hex(), form, reply=message, key=key)


def alert(node: Node, partner: int, form: Alert, *, key: str | None = None) -> Kept:
    """Tell a member something about a document, a container or a trader's status."""
    us = ourselves(node)
    agreed, _ = allowing(node, "alert", us.number, partner, form.type)
    return _put(node, partner, "alert", agreed.agreement.id, form, key=key)


def _put(
    node: Node, partner: int, kind: str, agreement: str, form: Form, *, key: str | None, **more: Any
) -> Kept:
    us = ourselves(node)
    if key is not None:
        known = journal.find(node.office, bytes.fromhex(named_by(node, key)))
        if known is not None:
            return known
    try:
        with node.office.begin() as connection:
            identifier = put_in(
                connection, node, us, partner, kind, agreement, form.told(),
                subject=_subject(form), key=key, **more,
            )  # fmt: skip
    except IntegrityError:  # another thread was first: with the same key, or with another answer
        known = None if key is None else journal.find(node.office, bytes.fromhex(named_by(node, key)))
        if (
            known is None
            and more.get("reply")
            and journal.answered(node.office, bytes.fromhex(more["reply"]))
        ):
            raise AnsweredBefore("the request has been answered", field="message") from None
        if known is None:
            raise
        return known
    return journal.get(node.office, identifier)
