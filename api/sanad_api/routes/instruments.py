"""Payment instruments and quotas: opened, drawn down, given back; what one stands at, or stood at."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from sanad_api import instruments as seen
from sanad_api import seeing
from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import (
    IssuerFilter,
    Limit,
    TheAsking,
    TheCaller,
    TheService,
    TypeFilter,
    accepted,
    as_json,
)
from sanad_api.routes import router
from sanad_node.wire import AcceptedAct
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

instruments = router("instruments")
AtBlock = Annotated[int | None, Query(ge=0, le=2**53 - 1, description="As of this final block.")]
AtTime = Annotated[
    int | None, Query(ge=0, le=253402300799, description="As of this time, in seconds since 1970.")
]


@instruments.get(
    "/v1/instruments",
    response_model=InstrumentPage,
    summary="List instruments, newest first",
    responses=TAGGED,
)
def list_instruments(
    request: Request,
    service: TheService,
    caller: TheCaller,
    issuer: IssuerFilter = None,
    before: Annotated[
        int | None, Query(ge=1, le=2**53 - 1, description="The cursor of the page before.")
    ] = None,
    limit: Limit = 50,
) -> Response:
    """Issuers see their formation's own; those whose scope lets them draw, and auditors, see all."""
    whose = seen.only_of(service.desk, caller, issuer)
    return tagged(request, as_json(service.desk.instruments(issuer=whose, before=before, limit=limit)))


@instruments.post(
    "/v1/instruments", status_code=202, response_model=AcceptedAct, summary="Open an instrument"
)
def open_instrument(asked: OpenRequest, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to open the instrument that a document of the formation is. All is taken from the document, where it is
    kept here.
    """
    formation = seeing.acting(caller, asked.formation)
    digest = seeing.meant(service.desk, caller, asked.document, field="INSTRUMENT", doc_type=asked.type)
    asked = asked.model_copy(update={"formation": formation, "document": digest, "issuer": formation})
    service.desk.open_instrument(asked, key=who.act_key)
    return accepted(who)


@instruments.get(
    "/v1/instruments/{identifier}",
    response_model=InstrumentView,
    summary="What an instrument stands at",
    responses=TAGGED,
)
def balance(
    identifier: str,
    request: Request,
    service: TheService,
    caller: TheCaller,
    block: AtBlock = None,
    time: AtTime = None,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
) -> Response:
    """Total, drawn, left, expiry and each draw of an instrument, by the number or digest of its document; now, as of a
    block, or as of a time.
    """
    query = BalanceQuery(block=block, time=time, type=doc_type, issuer=issuer)
    return tagged(request, as_json(seen.instrument_for(service.desk, caller, identifier, query)))


@instruments.post(
    "/v1/instruments/{identifier}/draws",
    status_code=202,
    response_model=AcceptedAct,
    summary="Draw an instrument down",
)
def draw(
    identifier: str, asked: DrawRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Promise to draw for a declaration of the formation what the declaration says. Refused at once where less is left
    (409, with what is left); of two that race, the ledger refuses the later one.
    """
    formation, instrument, declaration = _meant(identifier, asked, service, caller)
    asked = asked.model_copy(update={"formation": formation, "declaration": declaration})
    service.desk.draw(instrument, asked, key=who.act_key)
    return accepted(who)


@instruments.post(
    "/v1/instruments/{identifier}/returns",
    status_code=202,
    response_model=AcceptedAct,
    summary="Give back what a cancelled declaration drew",
)
def return_draw(
    identifier: str, asked: ReturnRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Only once the declaration is revoked or superseded on the ledger, and never once its goods are out of charge."""
    formation, instrument, declaration = _meant(identifier, asked, service, caller)
    asked = asked.model_copy(update={"formation": formation, "declaration": declaration})
    service.desk.return_draw(instrument, asked, key=who.act_key)
    return accepted(who)


@instruments.post(
    "/v1/instruments/{identifier}/amendments",
    status_code=202,
    response_model=AcceptedAct,
    summary="Amend an instrument",
)
def amend(
    identifier: str, asked: AmendRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Promise the total and expiry that the amended document says; never below what is drawn, never after expiry."""
    formation = seeing.acting(caller, asked.formation)
    told = seen.instrument_for(service.desk, caller, identifier)
    document = seeing.meant(service.desk, caller, asked.document, field="--document")
    asked = asked.model_copy(update={"formation": formation, "document": document})
    service.desk.amend_instrument(told.document, asked, key=who.act_key)
    return accepted(who)


@instruments.post(
    "/v1/documents/{identifier}/release",
    status_code=202,
    response_model=AcceptedAct,
    summary="Record that goods are out of charge",
)
def release(
    identifier: str, asked: ReleaseRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """What the declaration drew, under whichever version, is never given back from then on."""
    formation = seeing.acting(caller, asked.formation)
    declaration = seeing.meant(service.desk, caller, identifier, field="DECLARATION")
    asked = asked.model_copy(update={"formation": formation})
    service.desk.release(declaration, asked, key=who.act_key)
    return accepted(who)


def _meant(
    identifier: str, asked: DrawRequest | ReturnRequest, service: TheService, caller: TheCaller
) -> tuple[str, str, str]:
    """Who acts, on which instrument, for which declaration."""
    formation = seeing.acting(caller, asked.formation)
    told = seen.instrument_for(service.desk, caller, identifier)
    declaration = seeing.meant(service.desk, caller, asked.declaration, field="DECLARATION")
    return formation, told.document, declaration
