"""Kept documents: where they are, and looking after them."""

from starlette.responses import Response

from sanad_api import seeing
from sanad_api.deps import IssuerFilter, TheCaller, TheService, TypeFilter, as_json
from sanad_api.routes import router
from sanad_node.desk import kept as kept_desk
from sanad_node.reading import UnknownDocument
from sanad_node.wire.vault import (
    EraseRequest,
    ErasureView,
    FetchRequest,
    FetchView,
    GrantRequest,
    GrantView,
    KeptView,
    ScrubRequest,
    ScrubView,
    VaultView,
)
from sanad_verifier.digests import Digest

vault = router("vault")


@vault.get("/v1/vault", response_model=VaultView, summary="What is kept, and how far IPFS nodes are")
def show(service: TheService) -> Response:
    """The vault as a whole. An IPFS node that does not answer shows here and in the metrics, and nowhere else."""
    return as_json(service.desk.vault())


@vault.get("/v1/documents/{identifier}/kept", response_model=KeptView, summary="Where the document itself is")
def kept(
    identifier: str,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
) -> Response:
    """Held here, damaged, erased or missing; and which IPFS nodes pin its encrypted blob, or are still to; only for the
    office that issued it, and auditors.
    """
    try:
        issuer = seeing.whose(caller, issuer)
        found = service.desk.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
    except UnknownDocument:
        if caller.user:
            raise
        return as_json(service.desk.kept(identifier))  # the operator may name what is on no ledger
    seeing.must_see_content(caller, found)
    digest = Digest(bytes.fromhex(found.document.digest))
    return as_json(kept_desk.kept(service.node, digest))


@vault.post("/v1/vault/pins", response_model=VaultView, summary="Try at once whatever waits")
def pin(service: TheService) -> Response:
    """Pin and let go what is owed to IPFS nodes, instead of when it would be tried next."""
    return as_json(service.desk.pin())


@vault.post("/v1/vault/scrub", response_model=ScrubView, summary="Read every kept document")
def scrub(asked: ScrubRequest, service: TheService) -> Response:
    """Decrypt and hash everything; with `heal`, bring what is damaged back over IPFS."""
    return as_json(service.desk.scrub(asked))


@vault.post("/v1/vault/fetch", response_model=FetchView, summary="Bring a document here over IPFS")
def fetch(asked: FetchRequest, service: TheService) -> Response:
    """A document whose blob was lost, or one that another member granted. What could not be fetched is answered with
    503: it says nothing of whether it is there.
    """
    return as_json(service.desk.fetch(asked))


@vault.post("/v1/vault/grants", response_model=GrantView, summary="Let another member read a document")
def grant(asked: GrantRequest, service: TheService) -> Response:
    """The document's key, sealed to the member's vault (HPKE, RFC 9180)."""
    return as_json(service.desk.grant(asked))


@vault.post("/v1/vault/erasures", response_model=ErasureView, summary="Erase a document")
def erase(asked: EraseRequest, service: TheService) -> Response:
    """Overwrite its key, durably and for good, and ask IPFS nodes to let its blob go. Repeating it changes nothing."""
    return as_json(service.desk.erase(asked))
