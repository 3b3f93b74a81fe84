"""Data agreements: what may flow between two members, signed by both.

Whoever proposes signs first; the other accepts by signing the same line. Either ends it, alone and at once: what flowed
before stays in both journals. What no agreement in force allows is neither sent nor taken in.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, update

from sanad_node.exchange import journal
from sanad_node.exchange.composing import put_in
from sanad_node.exchange.forms import (
    Agreement,
    AgreementEnd,
    Grant,
    Message,
    MessageInvalid,
    Ourselves,
    Signed,
    must_be_signed_by,
    ourselves,
    read,
    read_kept,
    sign,
)
from sanad_node.exchange.journal import UnknownAgreement
from sanad_node.node import Node
from sanad_node.store.exchange_tables import agreements
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import parse


class AgreementUnfit(InputError):
    """The agreement cannot be proposed, accepted or ended as it is."""

    code = "AGREEMENT_UNFIT"


class AgreementForbids(EvidenceError):
    """No agreement in force with this member allows that."""

    code = "AGREEMENT_FORBIDS"


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement as it stands: `proposed` by us, `offered` by the partner, `in-force`, `over` (its time has passed)
    or `ended`. `signed` are the times (seconds) of the members' signatures.
    """

    agreement: Agreement
    partner: int
    state: str
    signed: dict[int, int]
    note: bytes
    ended_at: int
    reason: str


def propose(
    node: Node, partner: int, grants: Sequence[Grant], *, purpose: str = "", until: int = 0
) -> Agreed:
    """Propose an agreement to a member: signed by us, and on its way."""
    us = ourselves(node)
    us.bundle.member(partner)
    if partner == us.number:
        raise AgreementUnfit("an agreement is between two members", field="partner")
    now = int(node.clock())
    if until and until <= now:
        raise AgreementUnfit("the agreement would be over before it began", field="until")
    if any(one.sender not in {partner, us.number} for one in grants):
        raise AgreementUnfit("a grant is by one of the two members", field="grants")
    made = Agreement(
        schema_="urn:sanad:agreement:1",
        id=secrets.token_hex(32),
        origin=us.bundle.origin,
        members=sorted((us.number, partner)),
        purpose=purpose,
        until=until,
        grants=list(grants),
    )
    note = sign(us, made, now)
    with node.office.begin() as connection:
        _keep(connection, us, read(Agreement, note, us.bundle), now)
        put_in(connection, node, us, partner, "agreement", made.id, {"note": note.decode()})
    return show(node, made.id)


def accept(node: Node, identifier: str) -> Agreed:
    """Sign what a partner has proposed; it is in force from now on. Done again, nothing is done, unless the partner
    would not take our word: then it is told again.
    """
    us, known = ourselves(node), show(node, identifier)
    if known.state == "in-force":
        _tell_again(node, us, known, "agreement", known.note)
        return known
    if known.state != "offered":
        raise AgreementUnfit(f"the agreement is {known.state}: there is nothing to accept", field="agreement")
    now = int(node.clock())
    note = sign(us, known.agreement, now, known.note)
    with node.office.begin() as connection:
        _keep(connection, us, read(Agreement, note, us.bundle), now)
        put_in(connection, node, us, known.partner, "agreement", known.agreement.id, {"note": note.decode()})
    return show(node, identifier)


def end(node: Node, identifier: str, reason: str = "") -> Agreed:
    """End an agreement, or withdraw or decline a proposal, at once. Done again, nothing is done, unless the partner
    would not take our word: then it is told again.
    """
    us, known = ourselves(node), show(node, identifier)
    form = AgreementEnd(schema_="urn:sanad:agreement-end:1", agreement=known.agreement.id, reason=reason)
    now = int(node.clock())
    if known.state == "ended":
        _tell_again(node, us, known, "end", sign(us, form, now))
        return known
    note = sign(us, form, now)
    with node.office.begin() as connection:
        _ended(connection, known.agreement.id, note, now)
        put_in(connection, node, us, known.partner, "end", known.agreement.id, {"note": note.decode()})
    return show(node, identifier)


def _tell_again(node: Node, us: Ourselves, known: Agreed, kind: str, note: bytes) -> None:
    """Put our word in once more if the partner has turned down the last one; not if it waits or is there."""
    last = journal.agreements_undelivered(node.office).get(bytes.fromhex(known.agreement.id))
    if last is None or last.state != "refused":
        return
    with node.office.begin() as connection:
        put_in(connection, node, us, known.partner, kind, known.agreement.id, {"note": note.decode()})


def show(node: Node, identifier: str) -> Agreed:
    """An agreement as it stands; `UnknownAgreement`."""
    try:
        row = journal.agreement(node.office, bytes.fromhex(identifier))
    except ValueError:
        row = None
    if row is None:
        raise UnknownAgreement("there is no such agreement", field="agreement")
    return _as_it_stands(node, ourselves(node), row)


def all_of_them(node: Node) -> list[Agreed]:
    """Every agreement there was, oldest first."""
    us = ourselves(node)
    return [_as_it_stands(node, us, row) for row in journal.all_agreements(node.office)]


def allowing(
    node: Node, kind: str, sender: int, partner: int, doc_type: str, named: str | None = None
) -> tuple[Agreed, tuple[str, ...]]:
    """The agreement in force with this partner by which `sender` may send this kind about this type (the one that is
    named, if one is), and the patterns of fields it lets flow; `AgreementForbids`.
    """
    for one in all_of_them(node):
        if one.partner != partner or one.state != "in-force" or named not in (None, one.agreement.id):
            continue
        fits = [
            grant
            for grant in one.agreement.grants
            if (grant.sender, grant.kind) == (sender, kind) and doc_type in grant.types
        ]
        if fits:
            return one, tuple(dict.fromkeys(field for grant in fits for field in grant.fields))
    raise AgreementForbids(
        f"no agreement in force allows a {kind} about {doc_type} between these members", field="agreement"
    )


# -- taking in --------------------------------------------------------------------------------------------------------


def take_in(connection: Connection, us: Ourselves, message: Message, content: bytes, at: int) -> None:
    """What a partner says of an agreement: its signature under one, or its end. `MessageInvalid`."""
    told = parse(content)
    if not isinstance(told, dict) or set(told) != {"note"} or not isinstance(told["note"], str):
        raise MessageInvalid("the message holds no signed file", field="content")
    note = told["note"].encode()
    if message.kind == "end":
        ended = read(AgreementEnd, note, us.bundle)
        must_be_signed_by(ended, message.sender)
        if ended.form.agreement != message.agreement:
            raise MessageInvalid("the message ends another agreement than it names", field="agreement")
        _must_be_ours(connection, us, message)
        _ended(connection, message.agreement, note, at)
        return
    signed = read(Agreement, note, us.bundle)
    must_be_signed_by(signed, message.sender)
    form: Agreement = signed.form
    if (form.id, form.origin, form.members) != (
        message.agreement,
        us.bundle.origin,
        sorted((us.number, message.sender)),
    ):
        raise MessageInvalid("the agreement is not between these two members", field="members")
    _keep(connection, us, signed, at)


def _must_be_ours(connection: Connection, us: Ourselves, message: Message) -> None:
    row = connection.execute(
        agreements.select().where(agreements.c.id == bytes.fromhex(message.agreement))
    ).first()
    if row is None or row.partner != message.sender:
        raise MessageInvalid(f"member {us.number} has no such agreement with its sender", field="agreement")


def _keep(connection: Connection, us: Ourselves, signed: Signed, at: int) -> None:
    """Keep an agreement with the signatures that are new; its line never changes."""
    form: Agreement = signed.form
    identifier = bytes.fromhex(form.id)
    row = connection.execute(agreements.select().where(agreements.c.id == identifier)).first()
    partner = next(one for one in form.members if one != us.number)
    if row is None:
        connection.execute(
            insert(agreements).values(id=identifier, partner=partner, note=signed.note, ended_at=0, at=at)
        )
        return
    known = read(Agreement, bytes(row.note), us.bundle)
    if known.form != form:
        raise MessageInvalid("another agreement has this id", field="id")
    if known.times.keys() < signed.times.keys():
        connection.execute(update(agreements).where(agreements.c.id == identifier).values(note=signed.note))


def _ended(connection: Connection, identifier: str, note: bytes, at: int) -> None:
    """Note the end, unless it has ended before."""
    connection.execute(
        update(agreements)
        .where(agreements.c.id == bytes.fromhex(identifier), agreements.c.ended_at == 0)
        .values(ended_at=at, end_note=note)
    )


def _as_it_stands(node: Node, us: Ourselves, row: Any) -> Agreed:
    signed = read_kept(Agreement, bytes(row.note), us.bundle)
    form: Agreement = signed.form
    reason = ""
    if row.end_note is not None:
        reason = read_kept(AgreementEnd, bytes(row.end_note), us.bundle).form.reason
    if row.ended_at:
        state = "ended"
    elif form.until and form.until <= node.clock():
        state = "over"
    elif set(form.members) <= signed.times.keys():
        state = "in-force"
    else:
        state = "proposed" if us.number in signed.times else "offered"
    return Agreed(form, int(row.partner), state, signed.times, signed.note, int(row.ended_at), reason)
