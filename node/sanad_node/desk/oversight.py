"""The desk's oversight: who looked up what, what is remarkable about documents, what traders' papers come to; and the
attestation of older records.
"""

from datetime import date
from decimal import Decimal
from typing import Protocol

from sanad_node import attesting, issuing, noticing
from sanad_node.desk import acts
from sanad_node.desk.asked import stated_formation
from sanad_node.desk.listing import place_of
from sanad_node.findings import traders
from sanad_node.findings.traders import Window, WindowInvalid
from sanad_node.node import Node
from sanad_node.reads import asking, log, looking
from sanad_node.reads.asking import BULK, WINDOW
from sanad_node.wire import ActView
from sanad_node.wire.documents import NoticeView
from sanad_node.wire.oversight import (
    AttestRequest,
    BulkView,
    NoticedView,
    NoticePage,
    ReadLogView,
    ReadPage,
    ReadsQuery,
    ReadView,
    SplitView,
    TotalView,
    TradersQuery,
    TradersView,
)
from sanad_verifier.errors import InputError

TOLD = 1000
"""Traders in one answer."""


class HeadInvalid(InputError):
    """The mark of a record of the read log is 64 hex digits."""

    code = "HEAD_INVALID"


class Oversees(Protocol):
    """What may be asked; a part of `Desk`."""

    def attest(self, identifier: str, request: AttestRequest, *, key: str | None = None) -> ActView: ...
    def reads(self, query: ReadsQuery) -> ReadPage: ...
    def check_reads(self, head: str | None = None) -> ReadLogView: ...
    def notices(self, before: str | None = None) -> NoticePage: ...
    def traders(self, query: TradersQuery) -> TradersView: ...


class OversightDesk:
    """A part of `LocalDesk`."""

    node: Node

    def attest(
        self, identifier: str, request: AttestRequest, *, key: str | None = None, person: int = 0
    ) -> ActView:
        record = attesting.record_meant(self.node, identifier, doc_type=request.type, issuer=request.issuer)
        ready = attesting.ready_to_attest(
            self.node, record, formation=stated_formation(request.formation), key=key, person=person
        )
        return acts.view_of(self.node, issuing.issue(self.node, ready).act)

    def reads(self, query: ReadsQuery, *, bulk: int = BULK, window: int = WINDOW) -> ReadPage:
        """A page of the read log; above how many things in how many seconds an account reads in bulk."""
        found, things, more = asking.page(
            self.node.office,
            name=query.name,
            about=None if query.about is None else asking.meant(self.node, query.about),
            since=query.since,
            until=query.until,
            before=query.before,
            limit=query.limit,
        )
        looking.listed(len(found))
        now = self.node.clock()
        told = asking.in_bulk(self.node.office, now, bulk=bulk, window=window)
        return ReadPage(
            reads=[
                ReadView(
                    seq=one.seq,
                    at=one.read.at,
                    name=one.read.name,
                    formation=one.read.formation,
                    what=one.read.what,
                    about=one.read.about,
                    things=one.read.things,
                    mark=one.mark.hex(),
                )
                for one in found
            ],
            things=things,
            bulk=[BulkView(name=one.name, things=one.things) for one in told],
            window=window,
            limit=bulk,
            next=more,
        )

    def check_reads(self, head: str | None = None) -> ReadLogView:
        """Check the whole read log, and that it has the record whose mark was kept elsewhere."""
        whole = log.check(self.node.office, None if head is None else _mark(head))
        return ReadLogView(first=whole.first, last=whole.last, mark=whole.mark.hex())

    def notices(self, before: str | None = None) -> NoticePage:
        self.node.be_current()
        found, looked_at, more = noticing.page(self.node, None if before is None else place_of(before))
        looking.listed(len(found))
        codes = self.node.reader.formation_codes()
        return NoticePage(
            documents=[
                NoticedView(
                    digest=one.document.digest.hex(),
                    type=one.document.doc_type,
                    issuer=codes.get(one.document.issuer, "?"),
                    entry=one.document.entry,
                    time=one.document.time,
                    notices=[NoticeView(code=n.code, sentence=n.sentence, days=n.days) for n in one.notices],
                )
                for one in found
            ],
            looked_at=looked_at,
            next=None if more is None else f"{more[0]}-{more[1]}",
        )

    def traders(self, query: TradersQuery) -> TradersView:
        self.node.be_current()
        window = Window(
            _day(query.since, "--since"),
            _day(query.until, "--until"),
            query.trader,
            query.currency,
            None if query.limit is None else Decimal(query.limit),
            query.within,
        )
        told = traders.totals(self.node, window, query.block)
        looking.listed(sum(one.instruments + one.declarations for one in told.totals))
        return TradersView(
            block=told.block,
            size=told.size,
            total=len(told.totals),
            traders=[_total(one) for one in told.totals[:TOLD]],
        )


def _total(one: traders.Total) -> TotalView:
    split = one.split
    return TotalView(
        trader=one.trader,
        exports=one.exports,
        currency=one.currency,
        instruments=one.instruments,
        paid=_amount(one.paid),
        declarations=one.declarations,
        landed=_amount(one.landed),
        marks=list(one.marks),
        split=None
        if split is None
        else SplitView(
            role="instrument" if split.role == "instrument" else "declaration",
            papers=split.papers,
            total=_amount(split.total),
            first=split.first,
            last=split.last,
        ),
    )


def _amount(worth: Decimal) -> str:
    """At least two places, as amounts are written; never rounded."""
    return format(worth.quantize(Decimal("0.01")) if worth == worth.quantize(Decimal("0.01")) else worth, "f")


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WindowInvalid("a day is written like 2026-11-23", field=field) from error


def _mark(text: str) -> bytes:
    try:
        mark = bytes.fromhex(text)
    except ValueError as error:
        raise HeadInvalid("a mark is 64 hex digits", field="--head") from error
    if len(mark) != len(log.NOTHING):
        raise HeadInvalid("a mark is 64 hex digits", field="--head")
    return mark
