"""Every other way to write one bundle: the cases behind `tests/vectors/reencodings.json`.

`REWRITTEN` are other files with the same members, `RESPELLED` the same evidence in other words.
"""

import io
import struct
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import RECEIPT, SCAN, Scene
from sanad_verifier.bundle import pack
from sanad_verifier.notes import Note, parse_note
from sanad_verifier.stored_zip import read_zip, write_zip

BUNDLE = Scene().bundle()
PARTS = Scene().parts()
MEMBERS = read_zip(BUNDLE)
EMPTY_ZIP = write_zip([])


def rezipped(
    change: Callable[[zipfile.ZipInfo], object] = id,
    *,
    members: list[tuple[str, bytes]] = MEMBERS,
    comment: bytes = b"",
    **options: Any,
) -> bytes:
    """The same content written by another tool; `change` may alter how a member is described."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 0
            info.external_attr = 1 << 5
            info.compress_type = options.get("compression", zipfile.ZIP_STORED)
            change(info)
            archive.writestr(info, content)
        archive.comment = comment
    return buffer.getvalue()


def described(**facts: Any) -> Callable[[zipfile.ZipInfo], None]:
    """A change that sets facts of a member's description."""

    def change(info: zipfile.ZipInfo) -> None:
        for name, value in facts.items():
            setattr(info, name, value)

    return change


def streamed() -> bytes:
    """Written to something that cannot seek: sizes follow the content, in data descriptors."""

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.kept = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.kept += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in MEMBERS:
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.kept


REWRITTEN = {
    "by-another-tool": rezipped(),
    "compressed": rezipped(compression=zipfile.ZIP_DEFLATED),
    "with-a-comment": rezipped(comment=b"x"),
    "with-a-date": rezipped(described(date_time=(2026, 11, 23, 9, 0, 0))),
    "with-attributes": rezipped(described(external_attr=0o644 << 16)),
    "from-another-system": rezipped(described(create_system=3)),
    "with-an-extra-field": rezipped(described(extra=b"\xfe\xca\x00\x00")),
    "with-member-comments": rezipped(described(comment=b"x")),
    "streamed": streamed(),
    "in-another-order": write_zip(MEMBERS[::-1]),
    "with-another-member": write_zip([*MEMBERS, ("readme.txt", b"hello")]),
    "with-a-folder": write_zip([*MEMBERS, ("folder/", b"")]),
    "with-a-path": write_zip([*MEMBERS[:2], ("../document.json", MEMBERS[2][1])]),
    "with-an-absolute-path": write_zip([*MEMBERS[:2], ("/document.json", MEMBERS[2][1])]),
    "with-a-name-in-capitals": write_zip([*MEMBERS[:2], ("DOCUMENT.JSON", MEMBERS[2][1])]),
    "with-two-documents": write_zip([*MEMBERS, ("document.bin", SCAN)]),
    "with-a-member-twice": write_zip([*MEMBERS, MEMBERS[2]]),
    "without-proof": write_zip(MEMBERS[1:]),
    "empty": EMPTY_ZIP,
    "with-many-members": write_zip([*MEMBERS, *((f"{i}", b"") for i in range(70))]),
    "with-something-before": b"\0" + BUNDLE,
    "with-something-after": BUNDLE + b"\0",
    "two-bundles": BUNDLE + BUNDLE,
    "cut-off": BUNDLE[:-1],
    "cut-in-half": BUNDLE[: len(BUNDLE) // 2],
    "only-a-header": BUNDLE[:12],
    "a-huge-size-declared": BUNDLE[:18] + struct.pack("<2I", 2**32 - 1, 2**32 - 1) + BUNDLE[26:],
    "nothing": b"",
    "the-document-itself": RECEIPT,
    "json-spread-out": write_zip([*MEMBERS[:2], ("document.json", RECEIPT.replace(b",", b", "))]),
    "json-escaped": write_zip([*MEMBERS[:2], ("document.json", RECEIPT.replace(b"KAPW", b"\\u004bAPW"))]),
    "json-with-a-line-end": write_zip([*MEMBERS[:2], ("document.json", RECEIPT + b"\n")]),
    "json-that-is-no-object": write_zip([*MEMBERS[:2], ("document.json", b"[1,2]")]),
    "json-kept-as-a-file": write_zip([*MEMBERS[:2], ("document.bin", RECEIPT)]),
    "json-that-is-none": write_zip([*MEMBERS[:2], ("document.json", SCAN)]),
}  # fmt: skip


def with_proof(change: Callable[[bytes], bytes]) -> bytes:
    """The bundle with its proof changed."""
    return pack(replace(PARTS, proof=change(PARTS.proof)))


def with_status(change: Callable[[bytes], bytes]) -> bytes:
    """The bundle with its status statement changed."""
    assert PARTS.status is not None
    return pack(replace(PARTS, status=change(PARTS.status)))


def reordered(data: bytes) -> bytes:
    """The proof with its checkpoint's signatures in another order."""
    head, _, checkpoint = data.partition(b"\n\n")
    note = parse_note(checkpoint)
    return head + b"\n\n" + Note(note.text, note.signatures[::-1]).encode()


def respelled_extra(data: bytes) -> bytes:
    """The proof with sixteen bytes more in its extra line."""
    lines = data.split(b"\n")
    raw = b64decode(lines[1].removeprefix(b"extra "))
    lines[1] = b"extra " + b64encode(raw + bytes(16))
    return b"\n".join(lines)


def spare_bits(data: bytes) -> bytes:
    """The first sibling hash, with a bit set that its base64 does not use."""
    lines = data.split(b"\n")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = letters[letters.index(lines[3][-2]) + 1]
    lines[3] = lines[3][:-2] + bytes([last]) + b"="
    return b"\n".join(lines)


RESPELLED = {
    "line-ends": with_proof(lambda p: p.replace(b"\n", b"\r\n")),
    "a-blank-line-before": with_proof(lambda p: b"\n" + p),
    "a-line-end-after": with_proof(lambda p: p + b"\n"),
    "no-line-end-after": with_proof(lambda p: p[:-1]),
    "a-blank-after-the-index": with_proof(lambda p: p.replace(b"index 5\n", b"index 5 \n")),
    "a-leading-zero": with_proof(lambda p: p.replace(b"index 5\n", b"index 05\n")),
    "a-plus": with_proof(lambda p: p.replace(b"index 5\n", b"index +5\n")),
    "index-in-capitals": with_proof(lambda p: p.replace(b"index", b"Index")),
    "no-padding": with_proof(lambda p: p.replace(b"=\n", b"\n", 1)),
    "url-safe-base64": with_proof(lambda p: p.replace(b"/", b"_").replace(b"+", b"-")),
    "spare-bits": with_proof(spare_bits),
    "another-header": with_proof(lambda p: p.replace(b"@v1", b"@v2")),
    "no-extra": with_proof(lambda p: b"\n".join([*p.split(b"\n")[:1], *p.split(b"\n")[2:]])),
    "extra-with-a-tail": with_proof(respelled_extra),
    "signatures-in-another-order": with_proof(reordered),
    "a-byte-order-mark": with_proof(lambda p: b"\xef\xbb\xbf" + p),
    "proof-and-status-in-one": with_proof(lambda p: p + (PARTS.status or b"")),
    "status-line-ends": with_status(lambda s: s.replace(b"\n", b"\r\n")),
    "status-number": with_status(lambda s: s.replace(b"\n21\n", b"\n021\n")),
    "status-padding": with_status(lambda s: s.replace(b"=\n", b"\n", 1)),
    "status-with-a-line-end": with_status(lambda s: s + b"\n"),
}
