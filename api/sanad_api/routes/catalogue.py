"""What there is to choose from: document types with their schemas, reasons; and who is asking."""

from fastapi import Request
from starlette.responses import Response

from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import TheCaller, TheService, as_json
from sanad_api.routes import router
from sanad_node import checkpointing, types
from sanad_node.wire import MeView, ReasonList, TypeList, TypeView
from sanad_node.wire.catalogue import reasons, type_view

catalogue = router("catalogue")


@catalogue.get("/v1/types", response_model=TypeList, summary="Document types", responses=TAGGED)
def list_types(request: Request) -> Response:
    """The types of document this network knows."""
    return tagged(request, as_json(TypeList(types=[type_view(one) for one in types.registry().values()])))


@catalogue.get(
    "/v1/types/{name}",
    response_model=TypeView,
    summary="One document type, with its schema",
    responses=TAGGED,
)
def show_type(name: str, request: Request) -> Response:
    """A type's JSON Schema and what of it is printed."""
    return tagged(request, as_json(type_view(types.get(name), with_schema=True)))


@catalogue.get("/v1/reasons", response_model=ReasonList, summary="Reasons of acts", responses=TAGGED)
def list_reasons(request: Request) -> Response:
    """The reason codes, by number and name."""
    return tagged(request, as_json(ReasonList(reasons=reasons())))


@catalogue.get("/v1/me", response_model=MeView, summary="Who is asking")
def me(caller: TheCaller) -> Response:
    """The caller's name, formation and roles."""
    return as_json(
        MeView(name=caller.name, formation=caller.formation, roles=sorted(str(role) for role in caller.roles))
    )


@catalogue.get(
    "/v1/trust",
    response_class=Response,
    responses=TAGGED | {200: TAGGED[200] | {"content": {"application/json": {}}}},
    summary="The trust file",
)
def trust(request: Request, service: TheService) -> Response:
    """What a verifier needs to trust this network. Compare its digest by a channel you trust."""
    service.node.be_current()
    return tagged(request, Response(checkpointing.trust_file(service.node), media_type="application/json"))


@catalogue.get(
    "/checkpoint",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
    summary="The signed checkpoint",
)
def checkpoint(service: TheService) -> Response:
    """The log's newest signed checkpoint (C2SP tlog-checkpoint)."""
    signed = checkpointing.covering_checkpoint(service.node, 0)
    return Response(
        signed.note, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )
