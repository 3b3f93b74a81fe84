"""A declaration's way from filing to the gate."""

from fastapi import Request
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import TheAsking, TheCaller, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_node.wire import AcceptedAct
from sanad_node.wire.declarations import AdvanceRequest, DeclarationLife

declarations = router("documents")


@declarations.post(
    "/v1/documents/{identifier}/stages",
    status_code=202,
    response_model=AcceptedAct,
    summary="Record a declaration's next stage",
)
def advance(
    identifier: str, asked: AdvanceRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Assessed, paid after that, examined, each once and before out of charge; the gate after it. An amended version
    begins again.
    """
    formation = seeing.acting(caller, asked.formation)
    declaration = seeing.meant(service.desk, caller, identifier, field="DECLARATION")
    asked = asked.model_copy(update={"formation": formation})
    service.desk.advance(declaration, asked, key=who.act_key)
    return accepted(who)


@declarations.get(
    "/v1/documents/{identifier}/life",
    response_model=DeclarationLife,
    summary="What became of a declaration",
    responses=TAGGED,
)
def life(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Every stage of every version under a declaration's number: when, and by whom."""
    declaration = seeing.meant(service.desk, caller, identifier, field="DECLARATION")
    seeing.must_see_document(caller, service.desk.document(declaration, follow=False))
    return tagged(request, as_json(service.desk.life_of_declaration(declaration)))
