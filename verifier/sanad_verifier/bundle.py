"""The bundle: one file with everything needed to check one document offline (docs/spec/bundle.md).

A stored zip with fixed members in a fixed order. Parsing rebuilds the file and compares: there is one byte
string for each content. The document is kept as the very bytes whose SHA-256 certifies it.
"""

from dataclasses import dataclass

from sanad_verifier.documents import Form, is_canonical_object
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import SIZE_AT_MOST as JSON_AT_MOST
from sanad_verifier.json_profile import canonical_bytes
from sanad_verifier.stored_zip import read_zip, write_zip

DOCUMENT_AT_MOST = 64 << 20
PROOF_AT_MOST = STATUS_AT_MOST = CHAIN_AT_MOST = 1 << 20
FIELDS_AT_MOST = 4 << 20
REGISTRY_AT_MOST = 1 << 16
SIZE_AT_MOST = DOCUMENT_AT_MOST + PROOF_AT_MOST + STATUS_AT_MOST + CHAIN_AT_MOST + REGISTRY_AT_MOST + 4096
PROOF, STATUS, REGISTRY = "proof.tlog-proof", "status.note", "registry.json"
CHAIN, FIELDS = "chain.proof", "fields.json"
DOCUMENTS: dict[Form, str] = {"json": "document.json", "bytes": "document.bin"}
_LARGEST = {
    PROOF: PROOF_AT_MOST,
    STATUS: STATUS_AT_MOST,
    REGISTRY: REGISTRY_AT_MOST,
    CHAIN: CHAIN_AT_MOST,
    FIELDS: FIELDS_AT_MOST,
    DOCUMENTS["json"]: JSON_AT_MOST,
    DOCUMENTS["bytes"]: DOCUMENT_AT_MOST,
}
_ORDERS = frozenset(
    (PROOF, *status, *registry, *chain, *document)
    for status in ((), (STATUS,))
    for registry in ((), (REGISTRY,))
    for chain in ((), (CHAIN,))
    for document in ((), (FIELDS,), *((name,) for name in DOCUMENTS.values()))
)


class BundleInvalid(EvidenceError):
    """Bytes that are no bundle in its one encoding."""

    code = "BUNDLE_INVALID"


class BundleTooLarge(InputError):
    """A part is larger than a bundle may hold."""

    code = "BUNDLE_TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Bundle:
    """`proof` is a tlog-proof, `status` a status statement, `registry` the issuer's registry facts, `chain` a chain
    proof, `fields` a presentation; a bundle may leave out all but the first, and holds a document or fields of it, not
    both. `form` says how the document is certified, and is given exactly if the document is; a canonical JSON object is
    one whichever form is said, since its bytes and its canonical form are the same.
    """

    proof: bytes
    status: bytes | None = None
    document: bytes | None = None
    form: Form | None = None
    chain: bytes | None = None
    fields: bytes | None = None
    registry: bytes | None = None


def pack(bundle: Bundle) -> bytes:
    """The file's bytes; a JSON document is written in its canonical form.

    Raises an `InputError` for a part that is too large, or a document that is no JSON object in the profile
    though its form says so.
    """
    if (bundle.document is None) != (bundle.form is None):
        raise InputError("a document and its form go together", field="form")
    if bundle.document is not None and bundle.fields is not None:
        raise InputError("a bundle holds a document, or fields of it", field="fields")
    members = [(PROOF, bundle.proof)]
    if bundle.status is not None:
        members.append((STATUS, bundle.status))
    if bundle.registry is not None:
        members.append((REGISTRY, bundle.registry))
    if bundle.chain is not None:
        members.append((CHAIN, bundle.chain))
    if bundle.fields is not None:
        members.append((FIELDS, bundle.fields))
    if bundle.document is not None and bundle.form is not None:
        members.append(_as_certified(bundle.document, bundle.form))
    for name, content in members:
        if len(content) > _LARGEST[name]:
            raise BundleTooLarge("a part is larger than a bundle may hold", field=name)
    return write_zip(members)


def _as_certified(document: bytes, form: Form) -> tuple[str, bytes]:
    """The document's member: which of the two names it bears follows from the bytes."""
    kept = canonical_bytes(document) if form == "json" else document
    if is_canonical_object(kept):
        return DOCUMENTS["json"], kept
    if form == "json":
        raise InputError("a document certified as JSON is an object", field="form")
    return DOCUMENTS["bytes"], kept


def is_bundle(data: bytes) -> bool:
    """Whether a file begins as a bundle does; says nothing about the rest."""
    return data.startswith(b"PK\x03\x04") and data[30 : 30 + len(PROOF)] == PROOF.encode()


def unpack(data: bytes) -> Bundle:
    """The bundle in a file; an `EvidenceError` unless packing it again gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise BundleInvalid("the file is larger than a bundle may be", field="bundle")
    members = dict(read_zip(data))
    if tuple(members) not in _ORDERS:
        raise BundleInvalid("the bundle holds something that does not belong there", field="bundle")
    form: Form | None = next((form for form, name in DOCUMENTS.items() if name in members), None)
    document = members[DOCUMENTS[form]] if form else None
    bundle = Bundle(
        members[PROOF],
        members.get(STATUS),
        document,
        form,
        members.get(CHAIN),
        members.get(FIELDS),
        members.get(REGISTRY),
    )
    try:
        same = pack(bundle) == data
    except InputError as error:
        raise BundleInvalid("a part of the bundle is not what it should be", field=error.field) from error
    if not same:
        raise BundleInvalid("the bundle is not in its one encoding", field="bundle")
    return bundle
