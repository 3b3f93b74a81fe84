"""Which digest certifies these bytes?

A JSON object in Sanad's profile is certified by the SHA-256 of its canonical form, so that its spelling
does not matter; anything else by the SHA-256 of its bytes (docs/spec/json-profile.md).
"""

from dataclasses import dataclass
from typing import Literal

from sanad_verifier.digests import Digest, sha256
from sanad_verifier.json_profile import JsonRefused, canonical_bytes

Form = Literal["json", "bytes"]
_BEFORE_AN_OBJECT = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class DocumentDigest:
    """A digest and what it was taken of. `why` says why the bytes were not read as JSON, where they look
    like it.
    """

    digest: Digest
    form: Form
    why: JsonRefused | None = None


def digest_json(data: bytes) -> Digest:
    """The digest of a JSON document; `JsonRefused` if it is outside the profile."""
    return sha256(canonical_bytes(data))


def digest_bytes(data: bytes) -> Digest:
    """The digest of any bytes."""
    return sha256(data)


def is_canonical_object(data: bytes) -> bool:
    """Whether the bytes are the canonical form of a JSON object, so that both digests of them are one."""
    if not data.startswith(b"{"):
        return False
    try:
        return canonical_bytes(data) == data
    except JsonRefused:
        return False


def looks_like_json(data: bytes) -> bool:
    """Whether the bytes begin as a JSON object does, so that a person would take them for one."""
    return data.lstrip(_BEFORE_AN_OBJECT).startswith(b"{")


def document_digest(data: bytes) -> DocumentDigest:
    """The digest a document is certified by: canonical JSON if it is an object under the profile, else its
    bytes.
    """
    if not looks_like_json(data):
        return DocumentDigest(sha256(data), "bytes")
    try:
        return DocumentDigest(digest_json(data), "json")
    except JsonRefused as error:
        return DocumentDigest(sha256(data), "bytes", error)


def candidate_digests(data: bytes) -> tuple[DocumentDigest, ...]:
    """Every digest these bytes may be certified by: a JSON text may also have been issued as a plain file."""
    first = document_digest(data)
    if first.form == "bytes":
        return (first,)
    raw = sha256(data)
    return (first,) if raw == first.digest else (first, DocumentDigest(raw, "bytes"))
