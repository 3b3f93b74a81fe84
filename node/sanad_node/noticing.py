"""What is remarkable about a document, from this node's own ledger and books (`sanad_verifier.notices`).

With the verdict goes what everybody may know: entered long after its own date, by a new key or office. That the account
which asked for it is new is this node's own knowledge, for its auditors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from sanad_node import standing_in, things_held, types
from sanad_node.drawdown import stages
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.store.office_tables import outbox
from sanad_node.store.service_tables import asked, users
from sanad_node.types import DocumentType, pointers
from sanad_node.vault import VaultCorrupt, VaultErased, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Kind
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import Json, parse
from sanad_verifier.notices import Notice, of_account, of_date, of_declaration, of_hold, of_office, of_power

GOODS = frozenset({"out-of-charge", "gate-out"})
"""What is said of the goods under a number, whichever version of the declaration is in force."""
LOOKED_AT = 500
"""Documents looked at for one page."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A document and what is remarkable about it."""

    document: DocumentRecord
    notices: tuple[Notice, ...]


def notices_of(
    node: Node, record: DocumentRecord, content: bytes | None = None, *, stranger: bool = False
) -> tuple[Notice, ...]:
    """What a caller may be told. `content` is the document where they presented it; otherwise it is looked for in the
    vault, though not for a stranger, who might have nothing but its digest. Where it is in neither nothing is said of
    its date.
    """
    power = _of_power(node, record)
    dated, held = None, tuple[Notice, ...]()
    kind = types.registry().get(record.doc_type)
    things = kind is not None and any(one.kind in things_held.KINDS for one in kind.subjects)
    if kind is not None and (kind.dated is not None or things) and not (stranger and content is None):
        value = _value(node, record, content)
        dated = None if kind.dated is None else _of_date(record, kind.dated, value)
        held = _of_holds(node, kind, value) if things else ()
    return (*(one for one in (dated, power) if one is not None), *held)


def _value(node: Node, record: DocumentRecord, content: bytes | None) -> Json:
    """What a document says; None where that cannot be read, which the answers themselves tell."""
    try:
        return parse(node.vault.get(Digest(record.digest)) if content is None else content)
    except (VaultMissing, VaultErased, VaultCorrupt, EvidenceError, InputError):
        return None


def _of_holds(node: Node, kind: DocumentType, value: Json) -> tuple[Notice, ...]:
    """That what the document is about may not be moved, by whoever's hold."""
    named = (
        things_held.consignment_of(node, one.kind, text)
        for one in kind.subjects
        for _, text in pointers.find(value, one.pointer)
        if isinstance(text, str)
    )
    now = int(node.clock())
    held = things_held.held_now(node, [one for one in named if one is not None])
    return tuple(
        of_hold(now, by=one.by, since=one.since, ordered=bool(one.order))
        for holds in held.values()
        for one in holds
    )


def of_issuer(node: Node, record: DocumentRecord) -> tuple[Notice, ...]:
    """That the issuing office has given way to others by now: for who holds the paper. It is nothing that an auditor
    would look for among documents, as it is so of all that the office issued.
    """
    now = standing_in.now_part_of(node, record.issuer)
    return () if now is None else (of_office(now.codes, now.since),)


def of_way(node: Node, record: DocumentRecord) -> tuple[Notice, ...]:
    """How far a declaration has come on its way to the gate: the last said of this version, or of its goods."""
    if record.doc_type != stages.DECLARATION:
        return ()
    said = [
        one
        for one in stages.life(node, record)
        if one.what in GOODS or (one.what in stages.STAGES and one.version == record.digest)
    ]
    return tuple(of_declaration(one.what, one.by, one.time) for one in said[-1:])


def _of_date(record: DocumentRecord, dated: str, value: Json) -> Notice | None:
    written = pointers.first(value, dated)
    return of_date(record.time, written) if isinstance(written, str) else None


def _of_power(node: Node, record: DocumentRecord) -> Notice | None:
    act = node.reader.entry(record.entry).entry
    office = _since(node, record.issuer.to_bytes(32), Kind.FORMATION, act.time)
    key = _since(node, act.key.rjust(32, b"\0"), Kind.KEY, act.time)
    return of_power(act.time, office=office, key=key, founded=founded(node))


def founded(node: Node) -> int:
    """When the network was founded: the time of its first entry."""
    return int(node.remembered("founded", lambda: node.reader.entry(0).entry.time))


def _since(node: Node, subject: bytes, kind: Kind, otherwise: int) -> int:
    """Since when the log has an office or a key."""
    about = node.remembered(f"about {subject.hex()}", lambda: node.reader.entries_about(subject))
    return next((one.entry.time for one in about if one.entry.kind is kind), otherwise)


def page(
    node: Node, before: tuple[int, int] | None = None
) -> tuple[list[Noticed], int, tuple[int, int] | None]:
    """The documents among the next `LOOKED_AT` older than a place (entry and leaf), newest first, about which something
    is remarkable, new accounts included; how many were looked at; and the place to go on from.
    """
    records = node.reader.documents_before(before, LOOKED_AT + 1)
    shown, more = records[:LOOKED_AT], len(records) > LOOKED_AT
    accounts = _of_accounts(node, sorted({one.entry for one in shown}))
    noticed = []
    for one in shown:
        found = (*notices_of(node, one), *accounts.get(one.entry, ()))
        if found:
            noticed.append(Noticed(one, found))
    return noticed, len(shown), (shown[-1].entry, shown[-1].leaf) if more else None


def _of_accounts(node: Node, entries: Sequence[int]) -> dict[int, tuple[Notice, ...]]:
    """By entry, that the account which asked for it was new."""
    query = (
        select(outbox.c.entry, asked.c.at, users.c.created_at)
        .join(asked, asked.c.key == outbox.c.key)
        .join(users, users.c.id == asked.c.user)
        .where(outbox.c.entry.in_(entries))
    )
    with node.office.connect() as connection:
        first = connection.execute(select(func.min(users.c.created_at))).scalar()
        rows = connection.execute(query).all() if entries else []
    told = {row.entry: of_account(row.at, made=row.created_at, first=first or 0) for row in rows}
    return {entry: (one,) for entry, one in told.items() if one is not None}
