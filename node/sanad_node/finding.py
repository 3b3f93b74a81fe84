"""Which document or consignment a person means: a file, a digest or the beginning of one, a number, a
reference.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import bindparam, select

from sanad_node import blinding, naming, standing_in, types
from sanad_node.node import Node
from sanad_node.reading import (
    AmbiguousConsignment,
    AmbiguousDocument,
    ConsignmentRecord,
    DocumentRecord,
    UnknownConsignment,
    UnknownDocument,
)
from sanad_node.reads import looking
from sanad_node.store.office_tables import cargo, papers
from sanad_node.store.questions import Question
from sanad_verifier.register_words import Unique
from sanad_verifier.short_code import ShortCodeInvalid, digest_range, is_short_code
from sanad_verifier.subjects import normalise_subject
from sanad_verifier.trust import SUBJECT_KINDS

_OF_NUMBER = Question(select(papers.c.digest).where(papers.c.number == bindparam("number")).limit(20))
Fit = TypeVar("Fit")
HEX = re.compile(r"(?:sha256:)?([0-9a-fA-F]{8,64})")


def documents(
    node: Node, identifier: str, *, doc_type: str | None = None, issuer: str | None = None
) -> list[DocumentRecord]:
    """Every document an identifier may mean: a digest or its first 8 or more digits, a business number, the short code
    of a certificate, or the number of a thing that a document kept here, or one in the register, is about.

    With `issuer`, also what the formations issued whose place it has. A number is looked up twice: among the numbers
    this office knows in clear, and, with type and issuer given, by its blinded key.
    """
    match = HEX.fullmatch(identifier)
    found = node.reader.documents_by_prefix(match[1].lower()) if match else []
    if not found:
        found = _by_number(node, identifier, doc_type, issuer)
    if not found and is_short_code(identifier):
        with suppress(ShortCodeInvalid):  # a number may look like a code
            found = documents_by_code(node, identifier)
    if not found:
        about = _about(node, identifier)
        found = node.reader.documents_by_digest(about) if about else []
    return narrowed(node, found, doc_type, issuer)


def narrowed(
    node: Node, found: Sequence[DocumentRecord], doc_type: str | None, issuer: str | None
) -> list[DocumentRecord]:
    """Those of a type, and of an issuer or of whose place it has."""
    issuers = _issuers(node, issuer) if issuer else frozenset()
    return [
        d
        for d in found
        if (doc_type is None or d.doc_type == doc_type) and (issuer is None or d.issuer in issuers)
    ]


def _issuers(node: Node, issuer: str) -> frozenset[int]:
    """The formation of a code and those whose place it has, by number; none if there is no such formation."""
    codes = node.reader.formation_codes()
    number = next((one for one, code in codes.items() if code == issuer.upper()), None)
    return frozenset() if number is None else standing_in.numbers_of(node, number)


def documents_by_code(node: Node, code: str) -> list[DocumentRecord]:
    """Every document of a short code; `ShortCodeInvalid` if it was mistyped."""
    return node.reader.documents_between(*digest_range(code))


def documents_of_number(node: Node, number: str, doc_type: str) -> list[DocumentRecord]:
    """Every document of a type that has this normalised number, as far as it is known here which has."""
    return [one for one in _by_number(node, number, doc_type, None) if one.doc_type == doc_type]


def document(
    node: Node,
    identifier: str,
    *,
    doc_type: str | None = None,
    issuer: str | None = None,
    field: str = "ID",
) -> DocumentRecord:
    """The one document meant; raises `UnknownDocument` or `AmbiguousDocument`, naming `field`."""
    found = documents(node, identifier, doc_type=doc_type, issuer=issuer)
    if not found:
        looking.missed(identifier)
        raise UnknownDocument("the ledger has no such document", field=field)
    if len({(d.digest, d.issuer, d.doc_type) for d in found}) > 1:
        raise AmbiguousDocument(
            "several documents fit; give more of the digest, --type or --issuer", field=field
        )
    return found[-1]


def _by_number(node: Node, identifier: str, doc_type: str | None, issuer: str | None) -> list[DocumentRecord]:
    try:
        number = types.normalise_number(identifier)
    except types.NumberInvalid as error:
        raise types.NumberInvalid(error.message, field="ID") from error
    known = [row.digest for row in _OF_NUMBER.all(node.office, number=number)]
    found = node.reader.documents_by_digest(known) if known else []
    if not found and doc_type and issuer:
        secret = node.directory.secret("network")
        theirs = standing_in.codes_of(node, issuer) or {issuer.upper()}
        keys = [blinding.business_key(secret, doc_type, code, number) for code in sorted(theirs)]
        found = node.reader.documents_by_key(keys)
    if not found and doc_type and _in_network(node, doc_type):
        key = blinding.business_key(node.directory.secret("network"), doc_type, "", number)
        found = node.reader.documents_by_key([key])
    return found


def _in_network(node: Node, doc_type: str) -> bool:
    """Whether a number is one document's of this type in the whole network."""
    policy = node.register.policy(doc_type)
    return policy is not None and policy.rules.unique is Unique.NUMBER


def _about(node: Node, reading: str) -> list[bytes]:
    """Digests of the documents about the thing with this number: those kept here, and all that are in the register."""
    secret = node.directory.secret("network")
    compared = {kind: normalise_subject(kind, reading) for kind in SUBJECT_KINDS}
    marks = [blinding.thing_mark(secret, kind, number) for kind, number in compared.items() if number]
    return list(dict.fromkeys([*naming.documents_about(node, reading), *node.register.about(marks)]))


def consignments(node: Node, identifier: str) -> list[bytes]:
    """Every consignment that an identifier (64 hex digits, or the first 8 and more of them) or a reference known
    here may mean.
    """
    match = HEX.fullmatch(identifier)
    fits = node.reader.consignments_by_prefix(match[1].lower()) if match else []
    if not fits:
        with node.office.connect() as connection:
            query = select(cargo.c.id).where(cargo.c.normal == blinding.normalise(identifier))
            fits = [r.id for r in connection.execute(query)]
    return fits


def consignment(node: Node, identifier: str) -> ConsignmentRecord:
    """The one consignment meant; raises `UnknownConsignment` or `AmbiguousConsignment`."""
    fits = consignments(node, identifier)
    if not fits:
        looking.missed(identifier)
    return node.reader.consignment(the_one(fits))


def the_one(fits: Sequence[Fit]) -> Fit:
    """What is left of the consignments that fit; raises `UnknownConsignment` or `AmbiguousConsignment`."""
    if not fits:
        raise UnknownConsignment("no consignment of this identifier or reference is known here", field="ID")
    if len(fits) > 1:
        raise AmbiguousConsignment("several consignments fit; give the whole identifier", field="ID")
    return fits[0]
