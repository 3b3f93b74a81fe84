"""What was sent and received, kept with the other's signature: so neither of two members can deny it, and no third one
learns of it (docs/adr/0050).

A message is one row, under its id for ever. What is queued is on the disk; what is delivered has the recipient's
receipt, which says that it is on the disk there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, exists, func, insert, or_, select, update

from sanad_node.exchange.forms import Message, Signed
from sanad_node.store.exchange_tables import agreements, messages
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import parse

PAGE_AT_MOST = 200
FIRST_PAUSE, LONGEST_PAUSE = 5, 3600


class MessageIdReused(InputError):
    """Another message has this id."""

    code = "MESSAGE_ID_REUSED"


class UnknownMessage(InputError):
    """There is no such message."""

    code = "UNKNOWN_MESSAGE"


class UnknownAgreement(InputError):
    """There is no such agreement."""

    code = "UNKNOWN_AGREEMENT"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is kept here. `content` is what it says; `answer` the id of the message that answers it."""

    place: int
    id: bytes
    way: str
    partner: int
    kind: str
    agreement: bytes
    reply: bytes | None
    deadline: int
    digest: bytes
    note: bytes
    content: Mapping[str, Any]
    subject: str
    receipt: bytes | None
    state: str
    tries: int
    next_at: int
    code: str | None
    at: int
    answer: bytes | None = None

    def overdue(self, now: float) -> bool:
        """Whether an answer was asked for by a time that is over, and there is none: one that the partner will not take
        is not waited for.
        """
        return (
            self.kind == "request"
            and 0 < self.deadline <= now
            and self.answer is None
            and not self.turned_down
        )

    @property
    def turned_down(self) -> bool:
        """Whether the partner will not take it."""
        return (self.way, self.state) == ("out", "refused")


def _kept(row: Any, answer: bytes | None = None) -> Kept:
    told = row._asdict()
    return Kept(**{**told, "content": parse(bytes(row.content)), "answer": answer})


def put(connection: Connection, signed: Signed, content: bytes, subject: str, **more: Any) -> int:
    """Keep a new message; returns its place."""
    message: Message = signed.form
    done = connection.execute(
        insert(messages).values(
            id=bytes.fromhex(message.id),
            kind=message.kind,
            agreement=bytes.fromhex(message.agreement),
            reply=bytes.fromhex(message.reply) or None,
            deadline=message.deadline,
            digest=bytes(signed.digest),
            note=signed.note,
            content=content,
            subject=subject[:300],
            **more,
        )
    )
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def find(office: Engine, identifier: bytes) -> Kept | None:
    """The message of an id."""
    with office.connect() as connection:
        row = connection.execute(select(messages).where(messages.c.id == identifier)).first()
        if row is None:
            return None
        reply = connection.execute(select(messages.c.id).where(messages.c.reply == identifier)).scalar()
    return _kept(row, reply)


def answered(office: Engine, request: bytes) -> bool:
    """Whether there is an answer to a request."""
    with office.connect() as connection:
        return (
            connection.execute(select(messages.c.id).where(messages.c.reply == request)).first() is not None
        )


def get(office: Engine, identifier: str) -> Kept:
    """The message of an id in hex; `UnknownMessage`."""
    try:
        wanted = bytes.fromhex(identifier)
    except ValueError as error:
        raise UnknownMessage("there is no such message", field="message") from error
    found = find(office, wanted)
    if found is None:
        raise UnknownMessage("there is no such message", field="message")
    return found


OPEN = (
    messages.c.kind == "request",
    or_(messages.c.way == "in", messages.c.state != "refused"),
    messages.c.id.not_in(select(messages.c.reply).where(messages.c.reply.is_not(None))),
)
"""Requests that wait for an answer: one that the partner will not take does not."""
UNDELIVERED = (messages.c.way == "out", messages.c.state.in_(("queued", "refused")))
_DEADLINES = (messages.c.deadline == 0, messages.c.deadline, messages.c.place)
"""The nearest deadline first; what has none last."""


def unanswered(office: Engine, *, way: str | None = None, limit: int = 50) -> list[Kept]:
    """Requests that wait for an answer, the one that has to be answered first at the top."""
    query = select(messages).where(*OPEN)
    if way is not None:
        query = query.where(messages.c.way == way)
    with office.connect() as connection:
        rows = connection.execute(query.order_by(*_DEADLINES).limit(min(limit, PAGE_AT_MOST))).all()
    return [_kept(row) for row in rows]


def undelivered(
    office: Engine, *, before: int | None = None, limit: int = 50
) -> tuple[list[Kept], int | None]:
    """What partners do not have, newest first, and the cursor of the next page; agreements and their ends too."""
    return _page(office, select(messages).where(*UNDELIVERED), before, limit)


def agreements_undelivered(office: Engine) -> dict[bytes, Kept]:
    """Our last word on agreements, of those whose partner does not have it, by the agreement's id."""
    said = messages.c.kind.in_(("agreement", "end"))
    last = (
        select(func.max(messages.c.place)).where(messages.c.way == "out", said).group_by(messages.c.agreement)
    )
    with office.connect() as connection:
        rows = connection.execute(select(messages).where(messages.c.place.in_(last), *UNDELIVERED)).all()
    return {bytes(row.agreement): _kept(row) for row in rows}


def listed(
    office: Engine,
    *,
    way: str | None = None,
    kind: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Kept], int | None]:
    """Messages, newest first, and the cursor of the next page; without those by which agreements are made."""
    query = select(messages).where(messages.c.kind.not_in(("agreement", "end")))
    for column, value in ((messages.c.way, way), (messages.c.kind, kind), (messages.c.subject, subject)):
        if value is not None:
            query = query.where(column == value)
    return _page(office, query, before, limit)


def _page(office: Engine, query: Any, before: int | None, limit: int) -> tuple[list[Kept], int | None]:
    if before is not None:
        query = query.where(messages.c.place < before)
    limit = min(limit, PAGE_AT_MOST)
    with office.connect() as connection:
        rows = connection.execute(query.order_by(messages.c.place.desc()).limit(limit + 1)).all()
        asked = [row.id for row in rows if row.kind == "request"]
        replies = connection.execute(
            select(messages.c.reply, messages.c.id).where(messages.c.reply.in_(asked))
        ).all()
    answers = {bytes(row.reply): bytes(row.id) for row in replies}
    found = [_kept(row, answers.get(bytes(row.id))) for row in rows[:limit]]
    return found, found[-1].place if len(rows) > limit else None


OF_ITS_SUBJECT = frozenset({"NOT_ON_THE_LEDGER_YET"})
"""Codes that a message about something else would not have got: it need not wait behind one that has."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is to be sent, without what it says."""

    place: int
    id: bytes
    partner: int
    kind: str
    subject: str
    digest: bytes
    tries: int


def waiting(office: Engine, now: float, limit: int) -> list[Waiting]:
    """What is to be sent, in the order in which it was put in: of each partner up to the first that has to wait, but
    past those that wait for the partner's log and are about something else.
    """
    mine, before = messages.c, messages.alias("before")
    held_up = exists().where(
        before.c.state == "queued",
        before.c.partner == mine.partner,
        before.c.place <= mine.place,
        before.c.next_at > int(now),
        or_(
            before.c.code.is_(None),
            before.c.code.not_in(OF_ITS_SUBJECT),
            before.c.subject == mine.subject,
        ),
    )
    query = (
        select(mine.place, mine.id, mine.partner, mine.kind, mine.subject, mine.digest, mine.tries)
        .where(mine.state == "queued", ~held_up)
        .order_by(mine.place)
        .limit(limit)
    )
    with office.connect() as connection:
        return [Waiting(**row._asdict()) for row in connection.execute(query)]


def note_of(office: Engine, place: int) -> bytes:
    """The signed bytes of a message."""
    with office.connect() as connection:
        return bytes(
            connection.execute(select(messages.c.note).where(messages.c.place == place)).scalar_one()
        )


def delivered(office: Engine, place: int, receipt: bytes) -> None:
    with office.begin() as connection:
        connection.execute(
            update(messages)
            .where(messages.c.place == place)
            .values(state="delivered", receipt=receipt, code=None, next_at=0)
        )


def refused(office: Engine, place: int, code: str) -> None:
    """The partner will not take it."""
    with office.begin() as connection:
        connection.execute(
            update(messages).where(messages.c.place == place).values(state="refused", code=code)
        )


def failed(office: Engine, kept: Waiting, code: str, now: float) -> None:
    """It did not arrive, or nobody knows whether it did: later again, with the same bytes."""
    pause = min(FIRST_PAUSE * 2 ** min(kept.tries, 10), LONGEST_PAUSE)
    with office.begin() as connection:
        connection.execute(
            update(messages)
            .where(messages.c.place == kept.place)
            .values(tries=kept.tries + 1, next_at=int(now + pause), code=code)
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages wait to be sent; how many requests wait for an answer of ours, and for one of a partner's; how
    many of either are past their deadline.
    """

    waiting: int
    to_answer: int
    asked: int
    overdue: int


def counted(office: Engine, now: float) -> Counted:
    """What there is to be done."""
    with office.connect() as connection:

        def count(*such: Any) -> int:
            return int(
                connection.execute(select(func.count()).select_from(messages).where(*such)).scalar_one()
            )

        return Counted(
            waiting=count(messages.c.state == "queued"),
            to_answer=count(*OPEN, messages.c.way == "in"),
            asked=count(*OPEN, messages.c.way == "out"),
            overdue=count(*OPEN, messages.c.deadline > 0, messages.c.deadline <= int(now)),
        )


# -- agreements ---------------------------------------------------------------------------------------------------


def agreement(office: Engine, identifier: bytes) -> Any | None:
    """The row of an agreement."""
    with office.connect() as connection:
        return connection.execute(select(agreements).where(agreements.c.id == identifier)).first()


def all_agreements(office: Engine) -> list[Any]:
    """All rows, oldest first."""
    with office.connect() as connection:
        return list(connection.execute(select(agreements).order_by(agreements.c.at, agreements.c.id)))
