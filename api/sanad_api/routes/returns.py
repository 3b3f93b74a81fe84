"""Monthly returns: what was seized, deposited, auctioned and cleared, by formation and month; seizures on a map."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.deps import TheCaller, TheService, as_json
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_api.routes.stock import LATEST
from sanad_node.desk import returns as desk
from sanad_node.stock.geojson import MEDIA_TYPE
from sanad_node.wire.returns import FORMATION, MONTH, OFFSET, UNTIL, ReturnQuery, ReturnView
from sanad_node.wire.stock import BLOCK, TIME
from sanad_verifier.returns import PAKISTAN

returns = router("stock")


def _asked(
    caller: TheCaller,
    month: Annotated[str, Query(min_length=1, max_length=10, description=MONTH)],
    until: Annotated[str | None, Query(min_length=1, max_length=10, description=UNTIL)] = None,
    offset: Annotated[str, Query(min_length=1, max_length=10, description=OFFSET)] = PAKISTAN,
    formation: Annotated[str | None, Query(min_length=1, max_length=31, description=FORMATION)] = None,
    block: Annotated[int | None, Query(ge=0, le=2**53, description=BLOCK)] = None,
    time: Annotated[int | None, Query(ge=0, le=LATEST, description=TIME)] = None,
) -> ReturnQuery:
    return ReturnQuery(
        month=month,
        until=until,
        offset=offset,
        formation=seeing.return_for(caller, formation),
        block=block,
        time=time,
    )


TheQuestion = Annotated[ReturnQuery, Depends(_asked)]


@returns.get("/v1/reports/monthly", response_model=ReturnView, summary="A monthly return, to be looked at")
def monthly(service: TheService, asked: TheQuestion) -> Response:
    """What was seized, deposited, auctioned and cleared, by formation and month, as of a block, and what is not
    known of it. An office gets its own formation's; an auditor every formation's.
    """
    return as_json(desk.view(service.node, asked))


@returns.get(
    "/v1/reports/monthly/file",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "text/csv": {}}}},
    summary="A monthly return as a file: signed JSON, or CSV",
)
def monthly_file(
    service: TheService,
    asked: TheQuestion,
    form: Annotated[Literal["json", "csv"], Query(alias="format", description="JSON, or CSV.")] = "json",
) -> Response:
    """The same block, months and papers held give the same bytes (docs/spec/return.md); JSON is signed by this node."""
    made = desk.file(service.node, asked, form)
    media = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    return Response(made, media_type=media, headers=attachment(f"{name_of(asked)}.{form}"))


@returns.get(
    "/v1/reports/seizures",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}},
    summary="The seizures of some months as GeoJSON",
)
def seizures(service: TheService, asked: TheQuestion) -> Response:
    """Where, when, by whom and under which case number (RFC 7946); no person, no vehicle. A seizure whose report is not
    held here has no geometry, and says why.
    """
    made = desk.on_a_map(service.node, asked)
    return Response(made, media_type=MEDIA_TYPE, headers=attachment(f"seizures-{asked.month}.geojson"))


def name_of(asked: ReturnQuery) -> str:
    """What a return's file is called, without its ending."""
    whose = f"-{asked.formation.lower()}" if asked.formation else ""
    return f"return-{asked.month}{whose}"
