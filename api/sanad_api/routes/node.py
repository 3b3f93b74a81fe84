"""The node looked at and looked after: its state, checkpoint, log, checks and backups."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from sanad_api.deps import TheService, as_json
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_api.service import Service
from sanad_node.wire.node import (
    CheckpointView,
    ComparisonView,
    CosigningView,
    CosignRequest,
    CrossCheckView,
    ExaminationView,
    FactsView,
    FsckRequest,
    LogView,
    MirrorRequest,
    MirrorView,
    NodeView,
    SyncRequest,
    SyncView,
)

node = router("node")
CHUNK = 1 << 18


@node.get("/v1/node", response_model=NodeView, summary="What this node is, and how far it has come")
def show(service: TheService) -> Response:
    """The network, the log's size, acts that wait, and the state of the chain."""
    view = service.desk.node_status()
    code = view.code or (service.carrier.health.code if service.carrier.health.failing else "")
    return as_json(view.model_copy(update={"code": code, "alarms": service.alarms()}))


@node.get("/v1/node/facts", response_model=FactsView, summary="What another node can be compared with")
def facts(service: TheService) -> Response:
    """Size and root of the log, contracts, and the digest of the tables that its entries make."""
    return as_json(service.desk.facts())


@node.post("/v1/node/sync", response_model=SyncView, summary="Follow the log from mirrors now")
def sync(asked: SyncRequest, service: TheService) -> Response:
    """Of a node that follows a mirror: every mirror is asked, and the longest log that is true is taken."""
    view = service.desk.sync(asked)
    service.carrier.kick()  # so that those who follow events hear of it
    return as_json(view)


@node.post("/v1/node/checkpoint", response_model=CheckpointView, summary="Sign the log as it is now")
def sign(service: TheService) -> Response:
    """A checkpoint of the present size and root, after comparing them with the contract's."""
    return as_json(service.desk.checkpoint())


@node.post("/v1/node/log", response_model=LogView, summary="Recompute the log")
def verify(service: TheService) -> Response:
    """Every entry again, compared with the contract and with every checkpoint signed so far."""
    return as_json(service.desk.verify_log())


@node.post(
    "/v1/node/cross-check",
    response_model=CrossCheckView,
    summary="Compare what the validators sealed with what the log commits to",
)
def cross_check(service: TheService) -> Response:
    """The newest entry and others, drawn by the day: both ways to trust the log must lead to the same. 409 on a chain
    that no validators seal.
    """
    return as_json(service.desk.cross_check())


@node.post("/v1/node/cosignatures", response_model=CosigningView, summary="Ask witnesses to cosign the log")
def cosign(asked: CosignRequest, service: TheService) -> Response:
    """The present checkpoint with what each witness gave, or said instead (C2SP tlog-witness)."""
    return as_json(service.desk.cosign(asked))


@node.post("/v1/node/fsck", response_model=ExaminationView, summary="Check everything against everything")
def examine(asked: FsckRequest, service: TheService) -> Response:
    """Log, chain, outbox, vault, batches and checkpoints. Repairs nothing."""
    return as_json(service.desk.fsck(asked))


@node.post(
    "/v1/node/mirror", response_model=MirrorView, summary="Compare with what a mirror was found to say"
)
def compare_mirror(asked: MirrorRequest, service: TheService) -> Response:
    """The root at the mirror's size and, if the log is no longer than that, the tables its entries make."""
    return as_json(service.desk.compare_mirror(asked))


@node.post(
    "/v1/node/comparison", response_model=ComparisonView, summary="Compare the projections with the chain"
)
def compare(service: TheService) -> Response:
    """Rebuild every projection beside the live one and compare; nothing is replaced."""
    return as_json(service.desk.compare())


@node.post(
    "/v1/node/backup",
    response_class=Response,
    responses={200: {"content": {"application/x-tar": {}}}},
    summary="Everything that cannot be rebuilt, as one file",
)
async def back_up(service: TheService) -> Response:
    """A tar file with all secrets of the node. It is written to the data directory first, so that what is sent is
    whole, and is gone from there before the first byte is sent.
    """
    file = await run_in_threadpool(_written, service)
    return StreamingResponse(
        _pieces(file), media_type="application/x-tar", headers=attachment("sanad-backup.tar")
    )


def _written(service: Service) -> BinaryIO:
    """The backup as an open file without a name: the disk takes it back however the request ends."""
    with tempfile.TemporaryDirectory(dir=service.node.directory.root, prefix=".backup-") as folder:
        path = Path(folder) / "backup.tar"
        service.desk.back_up(path)
        return path.open("rb")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK):
            yield piece
