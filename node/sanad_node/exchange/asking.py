"""Agreements and messages as people ask for them, and as they see them.

A reader sees what was told, and of what is held here to compare it with as much as is theirs
(`sanad_node.desk.findings`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from sanad_node import finding
from sanad_node.desk.findings import EVERYTHING, Reader, view_of
from sanad_node.exchange import agreeing, arriving, contents, journal
from sanad_node.exchange.agreeing import Agreed
from sanad_node.exchange.contents import FORMS, MATCHED, Alert, Answered, Mirrored
from sanad_node.exchange.forms import Grant, ourselves
from sanad_node.exchange.journal import Kept
from sanad_node.findings import answering
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.reads import looking
from sanad_node.wire.documents import VerdictView, VerifyRequest
from sanad_node.wire.exchange import (
    AgreementChange,
    AgreementList,
    AgreementRequest,
    AgreementView,
    ArrivalView,
    ArrivedView,
    GrantRequest,
    GrantView,
    MessageList,
    MessageRequest,
    MessagesQuery,
    MessageView,
)
from sanad_verifier.errors import InputError
from sanad_verifier.presentation import verify_presentation

NOT_SENT = "NOT_SENT_YET"
"""In place of a code: nothing has gone wrong, the service has not come to send it."""


class MessageIncomplete(InputError):
    """The message lacks what one of its kind has to say."""

    code = "MESSAGE_INCOMPLETE"


class Acts(Protocol):
    """What of a desk is needed here."""

    node: Node

    def verify(self, request: VerifyRequest) -> VerdictView: ...

    def _send(self) -> None: ...


def agreements(desk: Acts) -> AgreementList:
    waiting = journal.agreements_undelivered(desk.node.office)
    return AgreementList(
        agreements=[_agreement(desk.node, one, waiting) for one in agreeing.all_of_them(desk.node)]
    )


def agreement(desk: Acts, identifier: str) -> AgreementView:
    return _agreement(desk.node, agreeing.show(desk.node, identifier))


def propose(desk: Acts, request: AgreementRequest) -> AgreementView:
    us = ourselves(desk.node)
    grants = [_grant(one, us.number, request.partner) for one in request.grants]
    made = agreeing.propose(desk.node, request.partner, grants, purpose=request.purpose, until=request.until)
    desk._send()
    return _agreement(desk.node, made)


def change(desk: Acts, identifier: str, request: AgreementChange) -> AgreementView:
    if request.change == "accept":
        made = agreeing.accept(desk.node, identifier)
    else:
        made = agreeing.end(desk.node, identifier, request.reason)
    desk._send()
    return _agreement(desk.node, made)


def send(desk: Acts, request: MessageRequest, key: str | None) -> MessageView:
    desk.node.catch_up_if_possible()
    kept = _put(desk, request, key)
    desk._send()
    return message_view(desk.node, journal.get(desk.node.office, kept.id.hex()))


def messages(node: Node, query: MessagesQuery, reader: Reader = EVERYTHING) -> MessageList:
    """Messages as a reader may see them."""
    found, after = _listed(node, query)
    looking.listed(len(found))
    told = journal.counted(node.office, node.clock())
    return MessageList(
        messages=[message_view(node, one, reader) for one in found],
        next=after,
        waiting=told.waiting,
        overdue=told.overdue,
        to_answer=told.to_answer,
        asked=told.asked,
    )


def message(node: Node, identifier: str, reader: Reader = EVERYTHING) -> MessageView:
    """One message as a reader may see it; `UnknownMessage`."""
    kept = journal.get(node.office, identifier)
    looking.shown(kept.id.hex())
    return message_view(node, kept, reader)


def _listed(node: Node, query: MessagesQuery) -> tuple[list[Kept], int | None]:
    if query.standing == "open":
        return journal.unanswered(node.office, way=query.way, limit=query.limit), None
    if query.standing == "undelivered":
        return journal.undelivered(node.office, before=query.before, limit=query.limit)
    subject = None
    if query.about is not None and query.value is not None:
        subject = contents.subject_of(query.about, query.value)
    return journal.listed(
        node.office,
        way=query.way,
        kind=query.kind,
        subject=subject,
        before=query.before,
        limit=query.limit,
    )


def _grant(asked: GrantRequest, us: int, partner: int) -> Grant:
    fields = asked.fields
    if fields is None:
        fields = list(dict.fromkeys(f for name in asked.types for f in MATCHED.get(name.upper(), ())))
    return Grant(
        sender=us if asked.sender == "us" else partner,
        kind=asked.kind,
        types=[one.upper() for one in asked.types],
        fields=fields if asked.kind == "mirror" else [],
    )


def _put(desk: Acts, request: MessageRequest, key: str | None) -> Kept:
    """Put the message in that is asked for; `MessageIncomplete`."""
    node = desk.node
    if request.kind == "answer":
        asked = journal.get(node.office, _stated(request.message, "message"))
        return contents.answer(node, asked.id.hex(), _verdict(desk, asked, request.text), key=key)
    partner = request.partner
    if partner is None:
        raise MessageIncomplete("name the member that it is for", field="partner")
    if request.kind == "mirror":
        return contents.mirror(node, partner, _stated(request.id, "id"), key=key)
    if request.kind == "request":
        return contents.request(
            node,
            partner,
            _stated(request.id, "id"),
            deadline=request.deadline,
            question=request.text,
            key=key,
        )
    about = _stated(request.about, "about")
    value, doc_type = request.value or "", about.upper()
    if about == "document":
        record = finding.document(node, _stated(request.id, "id"))
        value, doc_type = bytes(record.digest).hex(), record.doc_type
    form = Alert(
        about=about,  # type: ignore[arg-type]  # the request's own values
        value=_stated(value or None, "value"),
        type=doc_type,
        code=_stated(request.code, "code"),  # type: ignore[arg-type]
        text=request.text,
    )
    return contents.alert(node, partner, form, key=key)


def _stated(text: str | None, field: str) -> str:
    if text is None:
        raise MessageIncomplete("a message of this kind has to say that", field=field)
    return text


def _verdict(desk: Acts, asked: Kept, note: str) -> Answered:
    """What this node says of the document that a partner asks about."""
    told = desk.verify(VerifyRequest(digest=asked.content["digest"], type=asked.content["type"]))
    answers = {name: f"{one.answer} {one.reason}".strip() for name, one in told.answers.items()}
    return Answered(outcome=told.verdict, answers=answers, note=note)


def _name(node: Node, number: int) -> str:
    members = () if node.bundle is None else node.bundle.bundle.members
    return next((one.name for one in members if one.number == number), "")


def _agreement(node: Node, one: Agreed, waiting: Mapping[bytes, Kept] | None = None) -> AgreementView:
    form = one.agreement
    if waiting is None:
        waiting = journal.agreements_undelivered(node.office)
    undelivered = waiting.get(bytes.fromhex(form.id))
    return AgreementView(
        id=form.id,
        partner=one.partner,
        partner_name=_name(node, one.partner),
        state=one.state,
        purpose=form.purpose,
        until=form.until,
        signed={str(number): time for number, time in one.signed.items()},
        ended_at=one.ended_at,
        reason=one.reason,
        undelivered="" if undelivered is None else undelivered.code or NOT_SENT,
        grants=[GrantView.read(grant.told()) for grant in form.grants],
        file=one.note.decode(),
    )


def message_view(node: Node, kept: Kept, reader: Reader = EVERYTHING) -> MessageView:
    """A message as people see it."""
    more: dict[str, Any] = {}
    if kept.kind in FORMS:  # else it carries a signed file, and says no more than the agreement does
        form: Any = FORMS[kept.kind].of(dict(kept.content))
        more = {"type": getattr(form, "type", ""), **_said(node, kept, form, reader)}
    return MessageView(
        id=kept.id.hex(),
        way=kept.way,  # type: ignore[arg-type]
        partner=kept.partner,
        partner_name=_name(node, kept.partner),
        kind=kept.kind,  # type: ignore[arg-type]
        agreement=kept.agreement.hex(),
        state=kept.state,
        at=kept.at,
        reply="" if kept.reply is None else kept.reply.hex(),
        answer="" if kept.answer is None else kept.answer.hex(),
        deadline=kept.deadline,
        overdue=kept.overdue(node.clock()),
        tries=kept.tries,
        next_at=kept.next_at,
        code=kept.code or "",
        about=kept.subject,
        **more,
    )


def _said(node: Node, kept: Kept, form: Any, reader: Reader) -> dict[str, Any]:
    if isinstance(form, Mirrored):
        if kept.way == "out" and not _reads(node, form, reader):
            return {"withheld": True}
        return {"fields": _fields(node, form), "arrived": _arrived(node, kept, form, reader)}
    if isinstance(form, Answered):
        return {"outcome": form.outcome, "answers": form.answers, "text": form.note}
    if isinstance(form, Alert):
        return {"alert": form.code, "text": form.text}
    return {"text": form.question}


def _reads(node: Node, form: Mirrored, reader: Reader) -> bool:
    """Whether the contents of a document that was issued here are the reader's to see."""
    record = _record(node, form)
    return reader.values or (
        record is not None and node.reader.formation_codes().get(record.issuer) == reader.formation
    )


def _record(node: Node, form: Mirrored) -> DocumentRecord | None:
    found = node.reader.documents_by_digest([bytes.fromhex(form.digest)])
    return next((one for one in found if one.doc_type == form.type), None)


def _fields(node: Node, form: Mirrored) -> dict[str, str]:
    record = _record(node, form)
    if record is None:
        return {}
    return {one.pointer: str(one.value) for one in verify_presentation(form.shown(), record.fields)}


def _arrived(node: Node, kept: Kept, form: Mirrored, reader: Reader) -> ArrivalView | None:
    """What has arrived of what a partner announced, as far as it is the reader's to see; None where nothing has. What
    the partner let flow was told to whoever reads messages.
    """
    told = arriving.matched(node, form) if kept.way == "in" else None
    if told is None or not told.declarations:
        return None
    sees = replace(reader, told=form.digest)
    seen = [one for one in told.declarations if reader.formation in (None, one.issuer)]
    held = {one.digest for one in seen}
    found = [one for one in told.findings if any(place.digest in held for place in one.places)]
    answers = answering.answers_to(node, [one.id for one in found])
    return ArrivalView(
        declarations=[
            ArrivedView(
                type=one.doc_type,
                number=one.number if reader.values or one.issuer == reader.formation else "",
                issuer=one.issuer,
                digest=one.digest,
            )
            for one in seen
        ],
        findings=[view_of(one, sees, answers.get(one.id, ())) for one in found],
        withheld=len(told.declarations) - len(seen),
    )
