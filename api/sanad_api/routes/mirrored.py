"""The log as files (C2SP tlog-tiles): what a mirror copies. Anybody may: there is nothing in clear in it."""

from typing import Any

from starlette.responses import Response

from sanad_api.deps import TheService
from sanad_api.problems import NotFound
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.mirror.copying import LEAVES_AT_MOST
from sanad_node.status_lists.history import LIST_AT_MOST, STATUS_LIST
from sanad_verifier.tiles import BUNDLE_SIZE, MirrorInvalid

mirrored = router("mirror")
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""A file of a tile's path and width never changes: the log is append-only."""
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file."}
}


@mirrored.get(
    "/tile/{place:path}", response_class=Response, responses=_BYTES, summary="A tile or an entry bundle"
)
def tile(place: str, service: TheService) -> Response:
    """Hashes (`tile/<level>/<number>`) or entries (`tile/entries/<number>`), with `.p/<width>` for a part."""
    return _file(service, f"tile/{place}", BUNDLE_SIZE)


@mirrored.get("/batch/{root}", response_class=Response, responses=_BYTES, summary="The leaves of a batch")
def batch(root: str, service: TheService) -> Response:
    """The leaves of the batch with this root, 96 bytes each (docs/spec/entry.md)."""
    return _file(service, f"batch/{root}", LEAVES_AT_MOST)


@mirrored.get(
    "/status-list/{digest}", response_class=Response, responses=_BYTES, summary="A published status list"
)
def status_list(digest: str, service: TheService) -> Response:
    """The document of a status list or delta with this digest (docs/spec/status-list.md)."""
    return _file(service, f"{STATUS_LIST}/{digest}", LIST_AT_MOST)


def _file(service: Service, path: str, most: int) -> Response:
    try:
        data = service.desk.log_file(path, most)
    except MirrorInvalid as error:
        raise NotFound("the log has no such file") from error
    return Response(data, media_type="application/octet-stream", headers=FOR_EVER)
