"""Stock: what lies in state warehouses, as of a block."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.deps import Limit, TheCaller, TheService, as_json
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_node.desk import stock as desk
from sanad_node.wire.stock import BLOCK, TIME, StockPage, StockQuery, StocktakeRequest, StocktakeView

stock = router("stock")
LATEST = 253402300799  # the last second of the year 9999


def _asked(
    warehouse: Annotated[
        str | None, Query(min_length=1, max_length=31, description="Only what lies in it.")
    ] = None,
    agency: Annotated[
        str | None, Query(min_length=1, max_length=31, description="Only what this formation seized.")
    ] = None,
    case: Annotated[
        str | None,
        Query(min_length=1, max_length=256, description="Number, or digest, of the seizure report."),
    ] = None,
    block: Annotated[int | None, Query(ge=0, le=2**53, description=BLOCK)] = None,
    time: Annotated[int | None, Query(ge=0, le=LATEST, description=TIME)] = None,
) -> StockQuery:
    return StockQuery(warehouse=warehouse, agency=agency, case=case, block=block, time=time)


TheQuestion = Annotated[StockQuery, Depends(_asked)]


@stock.get("/v1/stock", response_model=StockPage, summary="What lies in state warehouses")
def read_stock(
    service: TheService,
    caller: TheCaller,
    asked: TheQuestion,
    before: Annotated[str | None, Query(max_length=40, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """The things, oldest deposit first, and their counts and values as of a block. An office sees its own warehouse and
    what it seized, and not what others' papers say; an administrator sees where things are.
    """
    query = asked.model_copy(update={"before": before, "limit": limit})
    return as_json(desk.page(service.node, query, seeing.reader_of_stock(caller)))


@stock.get(
    "/v1/stock/report",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "text/csv": {}}}},
    summary="All of the stock as of a block, as one file",
)
def stock_report(
    service: TheService,
    caller: TheCaller,
    asked: TheQuestion,
    form: Annotated[Literal["json", "csv"], Query(alias="format", description="JSON, or CSV.")] = "json",
) -> Response:
    """The same block, papers and reader give the same bytes (docs/spec/stock.md)."""
    made = desk.whole(service.node, asked, form, seeing.reader_of_stock(caller))
    media = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    return Response(made, media_type=media, headers=attachment(f"stock.{form}"))


@stock.post(
    "/v1/stocktakes", response_model=StocktakeView, summary="Hold a counted list against the register"
)
def stocktake(asked: StocktakeRequest, service: TheService, caller: TheCaller) -> Response:
    """What is in the register and not on the list, on the list and not in the register, and what differs. Nothing is
    kept or issued: the answer's `document` can be issued like any other. For the warehouse itself, and auditors.
    """
    seeing.must_count(service.node, caller, asked.warehouse)
    answer = as_json(desk.compare(service.node, asked, seeing.reader_of_stock(caller)))
    answer.headers["Cache-Control"] = "no-store"
    return answer
