"""Kept documents, as they are asked after: see `keeping` and `erasing`."""

from sqlalchemy import func, select

from sanad_node import erasing, keeping
from sanad_node.ipfs import grants
from sanad_node.node import Node
from sanad_node.store.office_tables import papers
from sanad_node.store.vault_tables import erasures
from sanad_node.wire.vault import (
    EraseRequest,
    ErasureView,
    FetchRequest,
    FetchView,
    GrantRequest,
    GrantView,
    HolderView,
    KeptView,
    PinView,
    ProblemView,
    ScrubRequest,
    ScrubView,
    VaultView,
)
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError


class NotConfirmed(InputError):
    """What cannot be undone has to be confirmed by the document's digest."""

    code = "ERASURE_NOT_CONFIRMED"


class FetchWhat(InputError):
    """Either a document or a grant is fetched."""

    code = "FETCH_WHAT"


def vault(node: Node) -> VaultView:
    """The vault as a whole."""
    with node.office.connect() as connection:
        documents = connection.execute(
            select(func.count(func.distinct(papers.c.digest))).where(papers.c.kept == 1)
        ).scalar_one()
        erased, unfinished = (
            connection.execute(select(func.count()).select_from(erasures).where(which)).scalar_one()
            for which in (erasures.c.erased_at != 0, erasures.c.erased_at == 0)
        )
    return VaultView(
        documents=documents,
        unseen=node.pins.queue.unseen_count() if node.pins.active else 0,
        erased=erased,
        unfinished=unfinished,
        address=grants.address(node.directory.secret("vault")).hex(),
        holders=[
            HolderView(
                holder=one.tally.holder,
                waiting=one.tally.waiting,
                pinned=node.pins.queue.pinned(one.tally.holder),
                leaving=one.tally.leaving,
                oldest=one.tally.oldest,
                code=one.code,
            )
            for one in node.pins.standing()
        ],
    )


def kept(node: Node, digest: Digest) -> KeptView:
    """Where one document is."""
    told = keeping.kept(node, digest)
    return KeptView(
        digest=digest.hex(),
        here=told.here,
        cid=told.cid,
        length=told.length,
        pins=[
            PinView(holder=one.holder, cid=one.cid, state=one.state, since=one.since, code=one.code)
            for one in told.pins
        ],
        erasure=None if told.erasure is None else _erasure(told.erasure),
    )


def pin(node: Node) -> VaultView:
    """Try at once whatever is owed to IPFS nodes, and say how far they are."""
    node.pins.must_be_active()
    node.pins.begin()
    node.pins.note()
    node.pins.queue.hurry()
    for one in node.pins.holders:
        while node.pins.round(one.name):
            continue
    return vault(node)


def scrub(node: Node, request: ScrubRequest) -> ScrubView:
    """Read everything, and heal it if that is asked."""
    return ScrubView(
        problems=[
            ProblemView(
                code=one.problem.code,
                digest=one.problem.digest.hex() if one.problem.digest else "",
                file=one.problem.file,
                message=one.problem.message,
                outcome=one.outcome,
            )
            for one in keeping.scrub(node, heal=request.heal)
        ]
    )


def fetch(node: Node, request: FetchRequest) -> FetchView:
    """Bring a document here."""
    if (request.document is None) == (request.grant is None):
        raise FetchWhat("name a document, or give a grant", field="document")
    if request.grant is not None:
        digest, _ = keeping.take(node, bytes.fromhex(request.grant))
        return FetchView(digest=digest.hex(), outcome="taken")
    digest = keeping.digest_meant(node, request.document or "")
    return FetchView(digest=digest.hex(), outcome=keeping.fetch(node, digest))


def grant(node: Node, request: GrantRequest) -> GrantView:
    """Let another member read a document."""
    digest = keeping.digest_meant(node, request.document)
    return GrantView(digest=digest.hex(), grant=keeping.grant(node, digest, bytes.fromhex(request.to)).hex())


def erase(node: Node, request: EraseRequest) -> ErasureView:
    """Erase a document, once it is certain which."""
    digest = keeping.digest_meant(node, request.document)
    if digest.hex() != request.confirm:
        raise NotConfirmed("the digest is not the one of this document", field="confirm")
    return _erasure(erasing.erase(node, digest, request.reason))


def _erasure(done: erasing.Erasure) -> ErasureView:
    return ErasureView(
        digest=done.digest.hex(), reason=done.reason, asked_at=done.asked_at, erased_at=done.erased_at
    )
