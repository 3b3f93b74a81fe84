"""Instruments over HTTP."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.drawdown.acting import OVERDRAWN
from sanad_node.pipeline.refusals import ActRefused, refused
from sanad_node.wire import ActView
from sanad_node.wire.instruments import (
    AmendRequest,
    BalanceQuery,
    DrawRequest,
    InstrumentPage,
    InstrumentView,
    OpenRequest,
    ReleaseRequest,
    ReturnRequest,
)
from sanad_verifier.errors import SanadError


class Instruments(Part):
    """See `Desk`."""

    def open_instrument(self, request: OpenRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/instruments", request, key, field="INSTRUMENT")

    def amend_instrument(self, identifier: str, request: AmendRequest, *, key: str | None = None) -> ActView:
        path = f"/v1/instruments/{segment(identifier)}/amendments"
        return self._acting.act(path, request, key, field="INSTRUMENT")

    def draw(self, identifier: str, request: DrawRequest, *, key: str | None = None) -> ActView:
        """A refusal for want of balance says what is left, as at a desk of this process."""
        path = f"/v1/instruments/{segment(identifier)}/draws"
        try:
            return self._acting.act(path, request, key, field="DECLARATION")
        except ActRefused as error:
            if error.code != OVERDRAWN or "left" in error.message.partition("(")[2]:
                raise
            raise refused(error.code, error.message + self._left(identifier)) from error

    def return_draw(self, identifier: str, request: ReturnRequest, *, key: str | None = None) -> ActView:
        path = f"/v1/instruments/{segment(identifier)}/returns"
        return self._acting.act(path, request, key, field="DECLARATION")

    def release(self, identifier: str, request: ReleaseRequest, *, key: str | None = None) -> ActView:
        path = f"/v1/documents/{segment(identifier)}/release"
        return self._acting.act(path, request, key, field="DECLARATION")

    def balance(self, identifier: str, query: BalanceQuery = BalanceQuery()) -> InstrumentView:
        return self._get(f"/v1/instruments/{segment(identifier)}", InstrumentView, query.as_json())

    def instruments(
        self, *, issuer: str | None = None, before: int | None = None, limit: int = 50
    ) -> InstrumentPage:
        params = {"issuer": issuer, "before": before, "limit": limit}
        return self._get("/v1/instruments", InstrumentPage, params)

    def _left(self, identifier: str) -> str:
        """What is left of an instrument, for a sentence; nothing where that cannot be asked."""
        try:
            told = self.balance(identifier)
        except SanadError:
            return ""
        return "" if told.left is None else f" ({told.left} {told.code} left)"
