"""Stock at the desk of a node: what may be asked (`CountsStock`), and how it is answered (`StockDesk`).

Who may see what: an auditor and the operator everything; an office the things in its warehouse and those it seized,
without what other offices' papers say; an administrator where everything is, without what papers say.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sanad_node import finding, types
from sanad_node.desk.asked import RequestIncomplete
from sanad_node.desk.listing import CursorInvalid
from sanad_node.drawdown.reading import Moment
from sanad_node.node import Node
from sanad_node.reads import looking
from sanad_node.shown import members
from sanad_node.stock import report
from sanad_node.stock import stocktake as counting
from sanad_node.stock.moments import as_of
from sanad_node.stock.report import Asked, Stock
from sanad_node.wire.stock import StockPage, StockQuery, StocktakeRequest, StocktakeView
from sanad_verifier.json_profile import canonicalise

TOLD = 100
"""Cases, and seizures in no warehouse, in one answer."""
CURSOR = re.compile(r"([bt])(\d{1,18})-(\d{1,9})", re.ASCII)
Form = Literal["json", "csv"]


@dataclass(frozen=True, slots=True)
class StockReader:
    """`formation`: only things of this one's warehouse or seizures, None for all. `values`: sees what papers say of
    every office, else of its own only.
    """

    formation: str | None = None
    values: bool = True


EVERYTHING = StockReader()


class CountsStock(Protocol):
    """See `Desk`."""

    def stock(self, query: StockQuery) -> StockPage: ...
    def stock_report(self, query: StockQuery, form: Form = "json") -> bytes: ...
    def stocktake(self, request: StocktakeRequest) -> StocktakeView: ...


class StockDesk:
    """A part of `LocalDesk`."""

    node: Node

    def stock(self, query: StockQuery) -> StockPage:
        """A page of the stock, for who may see everything."""
        return page(self.node, query)

    def stock_report(self, query: StockQuery, form: Form = "json") -> bytes:
        """All of it as one file: the same block, papers and reader give the same bytes."""
        return whole(self.node, query, form)

    def stocktake(self, request: StocktakeRequest) -> StocktakeView:
        """A counted list against the register; nothing is kept."""
        return compare(self.node, request)


def page(node: Node, query: StockQuery, reader: StockReader = EVERYTHING) -> StockPage:
    """A page of the stock that fits a question and that the reader may know of."""
    node.be_current()
    when, start = _begin(node, query)
    told = _stock(node, query, when, reader)
    shown = told.lines[start : start + query.limit]
    looking.listed(len(shown))
    more = start + query.limit < len(told.lines)
    mark = f"b{when.block}" if when.block else f"t{when.time}"
    return StockPage.read(
        {
            **{name: value for name, value in members(told).items() if name != "lines"},
            "total": members(told.whole),
            "things": [members(one) for one in shown],
            "byCase": [members(one) for one in told.by_case[:TOLD]],
            "byCaseTotal": len(told.by_case),
            "undeposited": [members(one) for one in told.undeposited[:TOLD]],
            "undepositedTotal": len(told.undeposited),
            "next": f"{mark}-{start + query.limit}" if more else None,
        }
    )


def whole(node: Node, query: StockQuery, form: Form = "json", reader: StockReader = EVERYTHING) -> bytes:
    """All of it as one file."""
    node.be_current()
    told = _stock(node, query, _begin(node, query)[0], reader)
    looking.listed(len(told.lines))
    return report.table(told) if form == "csv" else report.encode(told)


def compare(node: Node, request: StocktakeRequest, reader: StockReader = EVERYTHING) -> StocktakeView:
    """A counted list against the register. Raises what reading the list, or the stocktake before, does."""
    if (request.number is None) is not (request.counted_on is None):
        missing = "number" if request.number is None else "countedOn"
        raise RequestIncomplete("a stocktake's document has a number and a day", field=missing)
    node.be_current()
    when = as_of(node, block=request.block, time=request.time)
    told = _stock(node, StockQuery(warehouse=request.warehouse), when, reader)
    looking.listed(len(told.lines))
    before = _previous(node, request.previous, told.asked.warehouse)
    found = counting.stocktake(node, told, request.list.encode(), () if before is None else before[1])
    document = None
    if request.number is not None and request.counted_on is not None:
        number = None if before is None else before[0]
        document = counting.as_document(found, request.number, request.counted_on, number)
        types.check(
            types.get(counting.DOC_TYPE), types.prepare(types.get(counting.DOC_TYPE), canonicalise(document))
        )
    return StocktakeView.read({**members(found), "document": document})


def _previous(node: Node, named: str | None, warehouse: str | None) -> tuple[str, list[Any]] | None:
    """Number and differences of the stocktake before, which this node has to hold."""
    if named is None:
        return None
    record = finding.document(node, named, doc_type=counting.DOC_TYPE, issuer=warehouse, field="--previous")
    told = types.check(types.get(counting.DOC_TYPE), node.vault.get(record.digest)).value or {}
    return str(told["stocktakeNumber"]), list(told["differences"])


def _stock(node: Node, query: StockQuery, when: Moment, reader: StockReader) -> Stock:
    own = None if reader.formation is None else node.reader.formation(reader.formation).number
    asked = Asked(query.warehouse, query.agency, query.case)
    return report.stock(
        node, when, asked, sees=lambda number: reader.values or number == own, only=reader.formation
    )


def _begin(node: Node, query: StockQuery) -> tuple[Moment, int]:
    """The moment, and how many things were on the pages before."""
    if query.before is None:
        return as_of(node, block=query.block, time=query.time), 0
    match = CURSOR.fullmatch(query.before)
    if match is None:
        raise CursorInvalid("send the cursor as it was given", field="?before")
    number = int(match[2])
    when = as_of(node, block=number) if match[1] == "b" else as_of(node, time=number)
    return when, int(match[3])
