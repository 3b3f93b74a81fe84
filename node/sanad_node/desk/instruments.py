"""Instruments at the desk of a node: what may be asked (`DrawsDown`), and how it is done (`InstrumentsDesk`)."""

from typing import Protocol

from sanad_node import finding, standing_in
from sanad_node.desk import acts
from sanad_node.drawdown import accounts, acting
from sanad_node.drawdown.acting import Stated
from sanad_node.node import Node
from sanad_node.reads import looking
from sanad_node.shown import members
from sanad_node.standing import reason_code
from sanad_node.wire import ActView
from sanad_node.wire.instruments import (
    AmendRequest,
    BalanceQuery,
    DrawRequest,
    InstrumentLine,
    InstrumentPage,
    InstrumentView,
    OpenRequest,
    ReleaseRequest,
    ReturnRequest,
)
from sanad_verifier.errors import InputError

DOCUMENT, DECLARATION = "INSTRUMENT", "DECLARATION"


class MeasureTwice(InputError):
    """An instrument counts a currency or a unit, and one moment is asked for, not two."""

    code = "GIVEN_TWICE"


class DrawsDown(Protocol):
    """See `Desk`."""

    def open_instrument(self, request: OpenRequest, *, key: str | None = None) -> ActView: ...
    def amend_instrument(
        self, identifier: str, request: AmendRequest, *, key: str | None = None
    ) -> ActView: ...
    def draw(self, identifier: str, request: DrawRequest, *, key: str | None = None) -> ActView: ...
    def return_draw(self, identifier: str, request: ReturnRequest, *, key: str | None = None) -> ActView: ...
    def release(self, identifier: str, request: ReleaseRequest, *, key: str | None = None) -> ActView: ...
    def balance(self, identifier: str, query: BalanceQuery = BalanceQuery()) -> InstrumentView: ...
    def instruments(
        self, *, issuer: str | None = None, before: int | None = None, limit: int = 50
    ) -> InstrumentPage: ...


class InstrumentsDesk:
    """A part of `LocalDesk`."""

    node: Node

    def open_instrument(self, request: OpenRequest, *, key: str | None = None) -> ActView:
        stated = _stated(request.total, request.currency, request.unit, request.expires)
        self.node.catch_up_if_possible()
        document = finding.document(
            self.node, request.document, doc_type=request.type, issuer=request.issuer, field=DOCUMENT
        )
        done = acting.open_instrument(
            self.node, document, stated=stated, formation=request.formation, key=key
        )
        return acts.view_of(self.node, done)

    def amend_instrument(self, identifier: str, request: AmendRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up_if_possible()
        instrument = accounts.find(self.node, identifier)
        code = self.node.reader.formation_codes().get(instrument.issuer)
        document = finding.document(
            self.node, request.document, doc_type=instrument.doc_type, issuer=code, field="--document"
        )
        done = acting.amend(
            self.node,
            instrument,
            document,
            stated=Stated(total=request.total, expires=request.expires),
            formation=request.formation,
            key=key,
        )
        return acts.view_of(self.node, done)

    def draw(self, identifier: str, request: DrawRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up_if_possible()
        instrument = accounts.find(self.node, identifier)
        declaration = finding.document(
            self.node, request.declaration, issuer=request.formation, field=DECLARATION
        )
        done = acting.draw(
            self.node,
            instrument,
            declaration,
            formation=self._acting(request.formation, declaration.issuer),
            amount=request.amount,
            key=key,
        )
        return acts.view_of(self.node, done)

    def return_draw(self, identifier: str, request: ReturnRequest, *, key: str | None = None) -> ActView:
        reason = reason_code(request.reason)
        self.node.catch_up_if_possible()
        instrument = accounts.find(self.node, identifier)
        declaration = finding.document(self.node, request.declaration, field=DECLARATION)
        done = acting.return_draw(
            self.node,
            instrument,
            declaration,
            formation=self._acting(request.formation, declaration.issuer),
            reason=reason,
            key=key,
        )
        return acts.view_of(self.node, done)

    def release(self, identifier: str, request: ReleaseRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up_if_possible()
        declaration = finding.document(self.node, identifier, field=DECLARATION)
        formation = self._acting(request.formation, declaration.issuer)
        done = acting.release(self.node, declaration, formation=formation, key=key)
        return acts.view_of(self.node, done)

    def balance(self, identifier: str, query: BalanceQuery = BalanceQuery()) -> InstrumentView:
        if query.block is not None and query.time is not None:
            raise MeasureTwice("name a block or a time", field="--at")
        node = self.node
        node.be_current()
        instrument = accounts.find(node, identifier, doc_type=query.type, issuer=query.issuer)
        when = accounts.moment(node, block=query.block, time=query.time)
        told = InstrumentView.read(members(accounts.balance(node, instrument, when)))
        looking.shown(told.document)
        return told

    def instruments(
        self, *, issuer: str | None = None, before: int | None = None, limit: int = 50
    ) -> InstrumentPage:
        node = self.node
        node.be_current()
        theirs = None
        if issuer is not None:
            theirs = standing_in.numbers_of(node, node.reader.formation(issuer, field="issuer").number)
        found = node.drawdown.instruments(issuers=theirs, before=before, most=limit + 1)
        codes = node.reader.formation_codes()
        lines = [InstrumentLine.read(members(accounts.line(node, one, codes))) for one in found[:limit]]
        looking.listed(len(lines))
        return InstrumentPage(instruments=lines, next=found[limit - 1].number if len(found) > limit else None)

    def _acting(self, stated: str | None, issuer: int) -> str:
        """The formation that acts: the one that is stated, or the declaration's issuer, or who has its place now."""
        return stated or standing_in.acting_for(self.node, issuer).code


def _stated(total: str | None, currency: str | None, unit: str | None, expires: int | None) -> Stated:
    if currency is not None and unit is not None:
        raise MeasureTwice("an instrument counts a currency or a unit", field="--unit")
    if currency is not None:
        return Stated(total, "currency", currency, expires)
    return Stated(total, None if unit is None else "unit", unit, expires)
