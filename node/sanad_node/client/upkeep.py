"""A node looked at and after, over HTTP."""

import os
import secrets
from pathlib import Path

import httpx

from sanad_node.backup import count
from sanad_node.client.conversation import Ask, Told, problem_of, read_all, unreachable
from sanad_node.client.part import Part, T
from sanad_node.datadir import DataDirectoryExists
from sanad_node.durable import disk_error, flush_folder
from sanad_node.wire.node import (
    BackupView,
    CheckpointView,
    ComparisonView,
    CosigningView,
    CosignRequest,
    CrossCheckView,
    EquivocationsView,
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
from sanad_verifier.tiles import must_be_small


class Upkeep(Part):
    """See `Desk`."""

    def node_status(self) -> NodeView:
        return self._get("/v1/node", NodeView)

    def checkpoint(self) -> CheckpointView:
        return self._look("checkpoint", CheckpointView)

    def trust(self) -> bytes:
        return self._conversation.get("/v1/trust").body

    def verify_log(self) -> LogView:
        return self._look("log", LogView)

    def cross_check(self) -> CrossCheckView:
        return self._look("cross-check", CrossCheckView)

    def fsck(self, request: FsckRequest) -> ExaminationView:
        read = self._conversation.timeouts.upkeep
        return self._compute("/v1/node/fsck", ExaminationView, request.as_json(), read=read)

    def compare(self) -> ComparisonView:
        return self._look("comparison", ComparisonView)

    def sync(self, request: SyncRequest) -> SyncView:
        read = self._conversation.timeouts.upkeep
        return self._compute("/v1/node/sync", SyncView, request.as_json(), read=read)

    def facts(self) -> FactsView:
        return self._get("/v1/node/facts", FactsView)

    def log_file(self, path: str, most: int) -> bytes:
        body = self._conversation.get(f"/{path}").body
        must_be_small(len(body), most, path)
        return body

    def equivocations(self) -> EquivocationsView:
        """Proofs that a log which the node witnesses has shown two faces."""
        return self._get("/v1/node/equivocations", EquivocationsView)

    def cosign(self, request: CosignRequest) -> CosigningView:
        read = self._conversation.timeouts.upkeep
        return self._compute("/v1/node/cosignatures", CosigningView, request.as_json(), read=read)

    def compare_mirror(self, request: MirrorRequest) -> MirrorView:
        read = self._conversation.timeouts.upkeep
        return self._compute("/v1/node/mirror", MirrorView, request.as_json(), read=read)

    def back_up(self, destination: Path) -> BackupView:
        """Fetch a backup into a file that only its owner can read; it is there whole or not at all."""
        if destination.exists():
            raise DataDirectoryExists("there is a file of that name already", field=destination.name)
        part = destination.with_name(f".{destination.name}.{secrets.token_hex(4)}.part")
        try:
            self._fetch(part)
            fetched = count(part, destination.name)
            part.rename(destination)
            flush_folder(destination.parent)
        except httpx.TransportError as error:
            raise unreachable(error) from None
        except OSError as error:
            raise disk_error(error, destination.name) from error
        finally:
            part.unlink(missing_ok=True)
        return BackupView(files=fetched.files, bytes=fetched.bytes)

    def _fetch(self, part: Path) -> None:
        asked = Ask("POST", "/v1/node/backup", read=self._conversation.timeouts.upkeep)
        with self._conversation.open(asked) as response:
            if response.status_code != 200:
                raise problem_of(Told(response.status_code, response.headers, read_all(response)))
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())

    def _look(self, what: str, model: type[T]) -> T:
        return self._compute(f"/v1/node/{what}", model, {}, read=self._conversation.timeouts.upkeep)
