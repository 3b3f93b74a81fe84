"""Stock over HTTP."""

from sanad_node.client.part import Part
from sanad_node.desk.stock import Form
from sanad_node.wire.stock import StockPage, StockQuery, StocktakeRequest, StocktakeView


class StockPart(Part):
    """See `Desk`."""

    def stock(self, query: StockQuery) -> StockPage:
        return self._get("/v1/stock", StockPage, query.as_json())

    def stock_report(self, query: StockQuery, form: Form = "json") -> bytes:
        asked = {name: value for name, value in query.as_json().items() if name not in ("limit", "before")}
        return self._conversation.get("/v1/stock/report", {**asked, "format": form}).body

    def stocktake(self, request: StocktakeRequest) -> StocktakeView:
        """A POST that changes nothing."""
        return self._compute("/v1/stocktakes", StocktakeView, request.as_json())
