"""The bundle: one file with everything needed to check one document offline (docs/spec/bundle.md).

A zip with fixed members in a fixed order, stored, without dates or attributes. Parsing rebuilds the file
and compares: there is one byte string for each content, so hidden members, comments, path tricks and
compression bombs are refused without special rules.
"""

import io
import zipfile
from dataclasses import dataclass

from sanad_verifier.documents import Form
from sanad_verifier.errors import EvidenceError

SIZE_AT_MOST = 80 << 20
DOCUMENT_AT_MOST = 64 << 20
PROOF, STATUS = "proof.tlog-proof", "status.note"
DOCUMENTS: dict[Form, str] = {"json": "document.json", "bytes": "document.bin"}
_DATE = (1980, 1, 1, 0, 0, 0)
_SMALL = 1 << 20


class BundleInvalid(EvidenceError):
    """Bytes that are no bundle in its one encoding."""

    code = "BUNDLE_INVALID"


@dataclass(frozen=True, slots=True)
class Bundle:
    """`proof` is a tlog-proof, `status` a status statement; a bundle may leave out the status or the
    document.
    """

    proof: bytes
    status: bytes | None = None
    document: bytes | None = None
    form: Form | None = None


def pack(bundle: Bundle) -> bytes:
    """The file's bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, PROOF, bundle.proof)
        if bundle.status is not None:
            _add(archive, STATUS, bundle.status)
        if bundle.document is not None and bundle.form is not None:
            _add(archive, DOCUMENTS[bundle.form], bundle.document)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3  # not the writing machine's
    info.external_attr = 0
    archive.writestr(info, content)


def is_bundle(data: bytes) -> bool:
    """Whether a file begins as a bundle does; says nothing about the rest."""
    return data.startswith(b"PK\x03\x04") and data[30 : 30 + len(PROOF)] == PROOF.encode()


def unpack(data: bytes) -> Bundle:
    """The bundle in a file; `BundleInvalid` unless packing it again gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise BundleInvalid("the bundle is larger than 80 MiB", field="bundle")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if not 1 <= len(infos) <= 3 or any(not _plain(info) for info in infos):
                raise BundleInvalid("the bundle holds something that does not belong there", field="bundle")
            members = {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise BundleInvalid("the file is not a bundle", field="bundle") from error
    if PROOF not in members:
        raise BundleInvalid("the bundle has no proof", field="bundle")
    form: Form | None = next((f for f, name in DOCUMENTS.items() if name in members), None)
    document = members.get(DOCUMENTS[form]) if form else None
    bundle = Bundle(members[PROOF], members.get(STATUS), document, form)
    if pack(bundle) != data:
        raise BundleInvalid("the bundle is not in its one encoding", field="bundle")
    return bundle


def _plain(info: zipfile.ZipInfo) -> bool:
    largest = DOCUMENT_AT_MOST if info.filename in DOCUMENTS.values() else _SMALL
    return info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size <= largest
