"""The things that documents in the vault are about: which number is on which papers?

Kept beside the vault so that nobody has to open every document to find the one of a car. It is written with the
document; of those that an earlier version kept, when a pack is built.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, tuple_, update

from sanad_node import checkpointing
from sanad_node.node import Node
from sanad_node.store.dialects import unless_there
from sanad_node.store.office_tables import papers, things
from sanad_node.vault import VaultErased, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.subjects import LONGEST, normalise_subject, subjects_named
from sanad_verifier.trust import SUBJECT_KINDS, SubjectField

PAGE = 500
_ID = (papers.c.digest, papers.c.doc_type, papers.c.formation)


def catch_up(node: Node) -> None:
    """Note what every kept document is about that was not looked at yet. Raises the vault's fault of a damaged one."""
    fields = checkpointing.trust(node).subjects
    for page in _unnamed(node):
        named = [one for row in page for one in _things_in(node, row, fields.get(row.doc_type, ()))]
        with node.office.begin() as connection:
            if named:
                connection.execute(unless_there(connection, things), named)
            done = [(row.digest, row.doc_type, row.formation) for row in page]
            connection.execute(update(papers).where(tuple_(*_ID).in_(done)).values(named=1))


def documents_about(node: Node, reading: str) -> list[bytes]:
    """Digests of the documents that are about the thing with this chassis, engine or container number; at most 20."""
    numbers = {normalise_subject(kind, reading) for kind in SUBJECT_KINDS} - {""}
    query = select(things.c.digest).where(things.c.number.in_(numbers)).distinct().limit(20)
    with node.office.connect() as connection:
        return list(connection.execute(query).scalars())


def _unnamed(node: Node) -> Iterator[list[Any]]:
    query = select(*_ID).where(papers.c.named == 0, papers.c.kept == 1).limit(PAGE)
    while True:
        with node.office.connect() as connection:
            page = list(connection.execute(query))
        if not page:
            return
        yield page


def _things_in(node: Node, row: Any, fields: tuple[SubjectField, ...]) -> Iterator[dict[str, object]]:
    if not fields:
        return
    try:
        content = node.vault.get(Digest(row.digest))
    except (VaultMissing, VaultErased):
        return
    for kind, number in subjects_named(content, fields):
        if len(number) <= LONGEST:
            yield {"digest": row.digest, "kind": kind, "number": number}
