"""This node as a witness of other logs (C2SP tlog-witness). Whoever asks needs no account: the log's own signature is
what counts.
"""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api.deps import TheService, as_json
from sanad_api.routes import router
from sanad_node.wire.node import EquivocationsView
from sanad_node.witness import WitnessSizeDiffers
from sanad_verifier.witnessing import SIZE_TYPE

witness = router("witness")
_TEXT = {"text/plain": {"schema": {"type": "string"}}}


@witness.post(
    "/add-checkpoint",
    response_class=Response,
    responses={
        200: {"content": _TEXT, "description": "The cosignature, as a line of a signed note."},
        409: {
            "content": {SIZE_TYPE: {"schema": {"type": "string"}}},
            "description": "The old size is not that of the checkpoint cosigned last, which is told; or, as a "
            "problem, the log has signed another root for it.",
        },
    },
    openapi_extra={"requestBody": {"required": True, "content": _TEXT}},
    summary="Cosign another log's checkpoint",
)
async def add_checkpoint(request: Request, service: TheService) -> Response:
    """The body is an `old` line with the size cosigned before, a consistency proof of one hash a line, an empty line
    and the checkpoint. What is answered is on the disk.
    """
    body = await request.body()
    try:
        lines = await run_in_threadpool(service.witness.add, body)
    except WitnessSizeDiffers as error:
        return Response(f"{error.size}\n", 409, media_type=SIZE_TYPE)
    return Response(lines, media_type="text/plain; charset=utf-8")


@witness.get(
    "/v1/node/equivocations",
    response_model=EquivocationsView,
    summary="Proofs that a witnessed log has shown two faces",
)
def equivocations(service: TheService) -> Response:
    """Each is a file of its own (docs/spec/witness.md), which proves it to anybody who knows the log's key."""
    return as_json(service.desk.equivocations())
