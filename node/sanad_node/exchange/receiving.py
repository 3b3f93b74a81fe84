"""Taking in what a partner sends: who sent it, whether an agreement allows it, what it proves; then the receipt.

Nothing is answered that is not on the disk. The same message again gets the same receipt; another one under the same id
is refused. What cannot be judged yet, since the log is not as far here, is refused for now and sent again.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from sanad_node.exchange import agreeing, journal
from sanad_node.exchange.agreeing import AgreementForbids, allowing
from sanad_node.exchange.contents import Mirrored, Read, read_content
from sanad_node.exchange.forms import (
    Message,
    MessageInvalid,
    Receipt,
    Signed,
    must_be_from,
    ourselves,
    read,
    sign,
    unsealed,
)
from sanad_node.exchange.journal import MessageIdReused
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.store.exchange_tables import messages
from sanad_verifier.errors import EnvironmentFault, EvidenceError
from sanad_verifier.fields import Field
from sanad_verifier.presentation import verify_presentation


class NotOnTheLedgerYet(EnvironmentFault):
    """The log, as far as this node has it, has no such document: it may be behind, or there is none."""

    code = "NOT_ON_THE_LEDGER_YET"


def receive(node: Node, data: bytes) -> bytes:
    """Keep a message to this member, and return the receipt for it."""
    us = ourselves(node)
    signed = read(Message, data, us.bundle)
    message: Message = signed.form
    must_be_from(signed, message.sender)
    if message.origin != us.bundle.origin or message.recipient != us.number or message.sender == us.number:
        raise MessageInvalid("the message is to another member", field="recipient")
    known = _known(node, signed)
    if known is not None:
        return known
    content = unsealed(node.directory.secret("sealing"), us, message)
    subject = ""
    if message.kind not in {"agreement", "end"}:
        said = read_content(message.kind, content)
        _must_be_allowed(node, message, said)
        subject = said.subject
    now = int(node.clock())
    form = Receipt(schema_="urn:sanad:message-receipt:1", message=message.id, digest=signed.digest.hex())
    receipt = sign(us, form, now)
    try:
        with node.office.begin() as connection:
            journal.put(
                connection, signed, content, subject,
                way="in", partner=message.sender, state="received", receipt=receipt, at=now,
            )  # fmt: skip
            if message.kind in {"agreement", "end"}:
                agreeing.take_in(connection, us, message, content, now)
    except IntegrityError:  # it came twice at once, or another answer did
        again = _known(node, signed)
        if again is None:
            _must_be_unanswered(node, message)
            raise
        return again
    return receipt


def _known(node: Node, signed: Signed) -> bytes | None:
    """The receipt of a message that is kept already; `MessageIdReused` if it is another one under its id."""
    with node.office.connect() as connection:
        row = connection.execute(
            select(messages.c.digest, messages.c.receipt, messages.c.way).where(
                messages.c.id == bytes.fromhex(signed.form.id)
            )
        ).first()
    if row is None:
        return None
    if row.way != "in" or bytes(row.digest) != bytes(signed.digest):
        raise MessageIdReused("another message has this id", field="id")
    return bytes(row.receipt)


def _must_be_unanswered(node: Node, message: Message) -> None:
    if message.reply and journal.answered(node.office, bytes.fromhex(message.reply)):
        raise AgreementForbids("the request has been answered", field="reply")


def _must_be_allowed(node: Node, message: Message, said: Read) -> None:
    """Raise unless an agreement in force lets this flow to us; of an answer, unless it is to a request of ours."""
    if message.kind == "answer":
        asked = journal.find(node.office, bytes.fromhex(message.reply)) if message.reply else None
        if asked is None or (asked.way, asked.kind, asked.partner) != ("out", "request", message.sender):
            raise AgreementForbids("the answer is to no request of this member", field="reply")
        if asked.answer is not None:
            raise AgreementForbids("the request has been answered", field="reply")
        return
    _, patterns = allowing(
        node, message.kind, message.sender, message.sender, said.doc_type, message.agreement
    )
    if isinstance(said.form, Mirrored):
        fields = proved(node, said.form)
        for field in fields:
            if not any(_fits(field.pointer, pattern) for pattern in patterns):
                raise AgreementForbids("a field may not flow by the agreement", field=field.pointer)


def proved(node: Node, mirrored: Mirrored) -> tuple[Field, ...]:
    """The fields of a mirrored declaration, after checking that they are those of the document in the log."""
    try:
        return verify_presentation(mirrored.shown(), record_of(node, mirrored).fields)
    except EvidenceError as error:
        raise MessageInvalid(f"the fields are not proved: {error.message}", field="fields") from error


def record_of(node: Node, mirrored: Mirrored) -> DocumentRecord:
    """The document on the ledger; `NotOnTheLedgerYet`."""
    found = node.reader.documents_by_digest([bytes.fromhex(mirrored.digest)])
    record = next((one for one in found if one.doc_type == mirrored.type), None)
    if record is None:
        raise NotOnTheLedgerYet("the log here has no such document yet", field="digest")
    return record


def _fits(pointer: str, pattern: str) -> bool:
    one, other = pointer.split("/"), pattern.split("/")
    return len(one) == len(other) and all(b in (a, "*") for a, b in zip(one, other, strict=True))
