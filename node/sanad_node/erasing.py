"""Erasing a document from the vault: why, who, when; then its key; then what else this office remembers of it.

The record is durable before the key is touched, so an erasure that is interrupted is known and is finished. The key's
end is the erasure: what lies elsewhere is noise from then on. IPFS nodes are asked to let it go as well.
"""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from sanad_node.ipfs.queue import Queue
from sanad_node.node import Node
from sanad_node.store.office_tables import papers, things
from sanad_node.store.vault_tables import erasures
from sanad_node.vault import VaultErased, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError

LONGEST_REASON = 256


class ErasureReasonInvalid(InputError):
    """An erasure needs a reason: 1 to 256 characters that can be printed."""

    code = "ERASURE_REASON_INVALID"


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as it is recorded; `erased_at` is 0 until every key of the document is overwritten."""

    digest: Digest
    reason: str
    user: int
    asked_at: int
    erased_at: int


def erase(node: Node, digest: Digest, reason: str, *, user: int = 0) -> Erasure:
    """Erase a document that the vault keeps; nobody can bring it back. Raises `VaultMissing` if it keeps none, and the
    vault's fault if the disk fails: then the record stays, and the same call, or the next start of a service, goes on.

    To erase again changes nothing and keeps the first reason.
    """
    _must_be_reason(reason)
    known = recorded(node, digest)
    if known is None:
        with suppress(VaultErased):  # by an earlier version, which kept no record
            node.vault.expects(digest)
        with node.office.begin() as connection:
            connection.execute(
                insert(erasures).values(
                    digest=digest, reason=reason, user=user, asked_at=int(node.clock()), erased_at=0
                )
            )
    _carry_out(node, digest)
    done = recorded(node, digest)
    assert done is not None
    return done


def finish(node: Node) -> int:
    """Go on with erasures that were interrupted; says how many. Raises the vault's fault if the disk fails again."""
    with node.office.connect() as connection:
        open_ = list(connection.execute(select(erasures.c.digest).where(erasures.c.erased_at == 0)).scalars())
    for digest in open_:
        _carry_out(node, Digest(digest))
    return len(open_)


def apply_again(node: Node) -> int:
    """Erase what a restored vault has come to have again although it was erased; says how many."""
    with node.office.connect() as connection:
        listed = [Digest(row) for row in connection.execute(select(erasures.c.digest)).scalars()]
    back = [digest for digest in listed if node.vault.has(digest)]
    for digest in back:
        _carry_out(node, digest)
    return len(back)


def recorded(node: Node, digest: Digest) -> Erasure | None:
    """The record of a document's erasure."""
    with node.office.connect() as connection:
        row = connection.execute(select(erasures).where(erasures.c.digest == digest)).first()
    return (
        None
        if row is None
        else Erasure(Digest(row.digest), row.reason, row.user, row.asked_at, row.erased_at)
    )


def _carry_out(node: Node, digest: Digest) -> None:
    queue = Queue(node.office, node.clock)
    with node.office.begin() as connection:
        queue.leave(connection, digest)
    with suppress(VaultMissing):  # a restored vault that never had it: what the record says is true of it
        node.vault.erase(digest)
    with node.office.begin() as connection:
        queue.leave(connection, digest)  # what was queued between the two
        connection.execute(delete(things).where(things.c.digest == digest))
        connection.execute(update(papers).where(papers.c.digest == digest).values(name=""))
        connection.execute(
            update(erasures)
            .where(erasures.c.digest == digest, erasures.c.erased_at == 0)
            .values(erased_at=int(node.clock()))
        )


def _must_be_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise ErasureReasonInvalid(
            f"a reason has 1 to {LONGEST_REASON} characters that can be printed", field="--reason"
        )
