"""Packs: one signed file to verify by without a network."""

from starlette.responses import Response

from sanad_api.deps import TheService
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_node.wire.packs import PackRequest

packs = router("packs")
PACK_TYPE = "application/zip"


@packs.post(
    "/v1/packs",
    response_class=Response,
    responses={200: {"content": {PACK_TYPE: {}}}},
    summary="A pack for a shift",
)
def build(asked: PackRequest, service: TheService) -> Response:
    """The documents of these types with their standing as of now, signed; for those who verify in the field. A hundred
    thousand documents take seconds; one pack is made at a time.
    """
    return Response(service.desk.pack(asked), media_type=PACK_TYPE, headers=attachment("shift.pack"))
