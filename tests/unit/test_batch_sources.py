"""Uploads of batch jobs: tables, lines and archives, honest, broken and hostile."""

import io
import stat
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node import types
from sanad_node.ways import archives
from sanad_node.ways import forms as sources
from sanad_node.ways.archives import check_archive, read_archive
from sanad_node.ways.forms import check_source, read_source
from sanad_node.ways.rows import BatchSourceInvalid, Reading

FILE, RECEIPT = types.get("FILE"), types.get("AUCTION_RECEIPT")
SECRET = bytes(32)
Make = Callable[[ZipFile], None]


def zipped(*members: tuple[str | ZipInfo, bytes], packed: int = ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", packed) as archive:
        for name, content in members:
            archive.writestr(name, content, None if isinstance(name, str) else packed)
    return buffer.getvalue()


def named(name: str, *, mode: int = stat.S_IFREG | 0o644) -> ZipInfo:
    info = ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


HONEST = zipped(("a.pdf", b"first"), ("b.pdf", b"second"))


@pytest.fixture
def upload(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return write


# -- archives ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [ZIP_STORED, ZIP_DEFLATED])
def test_an_archive_gives_its_documents_in_order(upload: Callable[[bytes], Path], packed: int) -> None:
    path = upload(zipped(("b.pdf", b"first"), ("a b.pdf", b""), ("رسید.pdf", b"third"), packed=packed))
    assert check_archive(path) == 3
    read = list(read_archive(path, 100))
    assert [(s.name, s.data) for s in read] == [
        ("b.pdf", b"first"), ("a b.pdf", b""), ("رسید.pdf", b"third")
    ]  # fmt: skip
    assert [s.name for s in read_archive(path, 100, first=2)] == ["رسید.pdf"]


def test_no_more_is_unpacked_than_the_type_allows_and_one_byte(upload: Callable[[bytes], Path]) -> None:
    path = upload(zipped(("a.pdf", b"x" * 1000)))
    (source,) = read_archive(path, 10)
    assert source.data == b"x" * 11


def flags(content: bytes, bits: int) -> bytes:
    """The archive with flag bits set in every directory record."""
    return patch_directory(content, 8, struct.pack("<H", bits))


def patch_directory(content: bytes, offset: int, value: bytes) -> bytes:
    at, patched = content.find(b"PK\x01\x02"), bytearray(content)
    while at >= 0:
        patched[at + offset : at + offset + len(value)] = value
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(patched)


def patch_end(content: bytes, offset: int, value: bytes) -> bytes:
    at = len(content) - 22 + offset
    return content[:at] + value + content[at + len(value) :]


@pytest.mark.parametrize("hostile", [
    pytest.param(b"", id="nothing"),
    pytest.param(b"PK\x05\x06" + bytes(18), id="empty"),
    pytest.param(b"certificate", id="no-archive"),
    pytest.param(HONEST[:-1], id="cut-off"),
    pytest.param(HONEST[:40] + HONEST[41:], id="a-byte-missing"),
    pytest.param(HONEST + b"x", id="something-follows"),
    pytest.param(b"#!/bin/sh\n" + HONEST, id="something-before"),
    pytest.param(patch_end(HONEST, 20, b"\1\0") + b"x", id="comment"),
    pytest.param(patch_end(HONEST, 8, b"\1\0\1\0"), id="one-member-hidden"),
    pytest.param(patch_end(HONEST, 8, b"\3\0\3\0"), id="one-member-claimed"),
    pytest.param(patch_end(HONEST, 8, b"\xff\xff\xff\xff"), id="zip64"),
    pytest.param(patch_end(HONEST, 4, b"\1\0"), id="second-part"),
    pytest.param(patch_end(HONEST, 12, b"\xff\xff\xff\x7f"), id="directory-beyond-all-bounds"),
    pytest.param(zipped(("a/b.pdf", b"x")), id="folder"),
    pytest.param(zipped(("../b.pdf", b"x")), id="parent"),
    pytest.param(zipped(("/etc/passwd", b"x")), id="absolute"),
    pytest.param(zipped(("..", b"x")), id="dots"),
    pytest.param(zipped(("a\\b.pdf", b"x")), id="backslash"),
    pytest.param(zipped(("C:\\b.pdf", b"x")), id="drive"),
    pytest.param(zipped((named("a/", mode=stat.S_IFDIR | 0o755), b"")), id="directory"),
    pytest.param(zipped(("a\nb.pdf", b"x")), id="line-end-in-name"),
    pytest.param(zipped(("a\u202efdp.exe", b"x")), id="reversing-name"),
    pytest.param(HONEST.replace(b"a.pdf", b"a\0pdf"), id="zero-in-name"),
    pytest.param(zipped(("x" * 256, b"x")), id="long-name"),
    pytest.param(HONEST.replace(b"b.pdf", b"a.pdf"), id="same-name-twice"),
    pytest.param(zipped((named("a.pdf", mode=stat.S_IFLNK | 0o777), b"/etc/passwd")), id="link"),
    pytest.param(zipped((named("a.pdf", mode=stat.S_IFIFO | 0o777), b"")), id="pipe"),
    pytest.param(flags(HONEST, 0x1), id="encrypted"),
    pytest.param(flags(HONEST, 0x2040), id="strongly-encrypted"),
    pytest.param(zipped(("a.pdf", b"x"), packed=ZIP_BZIP2), id="another-packing"),
    pytest.param(patch_directory(HONEST, 42, bytes(4)), id="members-share-bytes"),
    pytest.param(zipped(("a.pdf", bytes(4_000_000))), id="bomb"),
    pytest.param(patch_directory(HONEST, 24, b"\xff\xff\xff\x7f"), id="claims-two-gigabytes"),
])  # fmt: skip
def test_an_archive_with_one_thing_wrong_is_refused(upload: Callable[[bytes], Path], hostile: bytes) -> None:
    assert check_archive(upload(HONEST)) == 2
    path = upload(hostile)
    with pytest.raises(BatchSourceInvalid) as refused:
        check_archive(path)
    assert refused.value.field == "file"
    assert "passwd" not in refused.value.message
    with pytest.raises(BatchSourceInvalid):
        list(read_archive(path, 100))


@pytest.mark.parametrize(
    ("limit", "value"), [("MEMBERS_AT_MOST", 1), ("TOTAL_AT_MOST", 10), ("MEMBER_AT_MOST", 5)]
)
def test_an_archive_beyond_a_limit_is_refused(
    upload: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    path = upload(HONEST)
    monkeypatch.setattr(archives, limit, value + 1)
    assert check_archive(path) == 2
    monkeypatch.setattr(archives, limit, value)
    with pytest.raises(BatchSourceInvalid):
        check_archive(path)


def test_a_directory_of_more_records_than_it_admits_is_not_even_read(
    upload: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = zipped(*((f"{n}.pdf", b"") for n in range(2000)))
    path = upload(patch_end(many, 8, b"\1\0\1\0"))

    def read(*_: object) -> None:
        raise AssertionError("the directory was read")

    monkeypatch.setattr(archives, "ZipFile", read)
    with pytest.raises(BatchSourceInvalid):
        check_archive(path)


@pytest.mark.parametrize("damage", [
    pytest.param(lambda c: c.replace(b"first", b"worst"), id="bytes-changed"),
    pytest.param(lambda c: c.replace(b"a.pdf", b"c.pdf", 1), id="another-name-in-front"),
    pytest.param(lambda c: b"xx" + c[2:], id="no-record-in-front"),
    pytest.param(lambda c: patch_directory(c, 24, struct.pack("<I", 6)), id="larger-than-it-is"),
])  # fmt: skip
def test_a_damaged_document_does_not_stop_the_others(
    upload: Callable[[bytes], Path], damage: Callable[[bytes], bytes]
) -> None:
    good = zipped(("a.pdf", b"first"), ("b.pdf", b"second"), packed=ZIP_STORED)
    assert [s.problem for s in read_archive(upload(good), 100)] == [None, None]
    first, second = read_archive(upload(damage(good)), 100)
    assert first.data is None
    assert isinstance(first.problem, BatchSourceInvalid)
    assert (second.name, second.data) == ("b.pdf", b"second")


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\\"), min_size=1, max_size=40).filter(
    lambda name: name.isprintable() and name not in {".", ".."}
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=2000), min_size=1, max_size=8), st.sampled_from([0, 8]))
def test_every_honest_archive_is_read_as_it_was_made(
    tmp_path_factory: pytest.TempPathFactory, members: dict[str, bytes], packed: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "honest.zip"
    path.write_bytes(zipped(*members.items(), packed=packed))
    assert {s.name: s.data for s in read_archive(path, 2000)} == members


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(HONEST) - 1), st.binary(min_size=1, max_size=6)), min_size=1, max_size=4
    )
)
def test_whatever_is_overwritten_an_archive_is_refused_or_its_documents_are_proven_by_their_check_sums(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[int, bytes]]
) -> None:
    content = bytearray(HONEST)
    for at, value in writes:
        content[at : at + len(value)] = value[: len(content) - at]
    path = tmp_path_factory.getbasetemp() / "mutated.zip"
    path.write_bytes(content)
    try:
        read = list(read_archive(path, 100))
    except BatchSourceInvalid:
        return
    with ZipFile(path) as archive:
        sums = {info.filename: info.CRC for info in archive.infolist()}
    assert len({s.name for s in read}) == len(read) == 2
    assert all(s.problem is not None or zlib.crc32(s.data or b"") == sums[s.name] for s in read)


# -- tables and lines --------------------------------------------------------------------------------------------------


def test_lines_are_documents_and_blank_ones_are_none(upload: Callable[[bytes], Path]) -> None:
    path = upload(b'{"salt":1}\r\n\n  \n{"b":[]}\n{"salt":3}')
    read = list(read_source(path, "jsonl", Reading(RECEIPT, SECRET)))
    assert [(s.name, s.data) for s in read] == [
        ("line 1", b'{"salt":1}'), ("line 4", read[1].data), ("line 5", b'{"salt":3}')
    ]  # fmt: skip
    assert [s.name for s in read_source(path, "jsonl", Reading(RECEIPT, SECRET, 1))] == ["line 4", "line 5"]


def test_a_line_without_salt_is_the_same_document_as_the_row_that_says_the_same(
    upload: Callable[[bytes], Path],
) -> None:
    (row,) = read_source(upload(b"receiptNumber,vehicle.make\n1,Toyota\n"), "csv", Reading(RECEIPT, SECRET))
    line = b'{"receiptNumber": "1", "vehicle": {"make": "Toyota"}}'
    (same,) = read_source(upload(line), "jsonl", Reading(RECEIPT, SECRET))
    assert row.data == same.data
    (other,) = read_source(upload(line), "jsonl", Reading(RECEIPT, bytes(31) + b"1"))
    assert row.data != other.data  # nobody without the office's secret can tell the salt


@pytest.mark.parametrize("filling", [b"x", b" "])
def test_a_line_beyond_all_bounds_is_cut_and_the_next_is_whole(
    upload: Callable[[bytes], Path], filling: bytes
) -> None:
    path = upload(filling * (RECEIPT.max_bytes * 3) + b'x\n{"salt":2}\n')
    first, second = read_source(path, "jsonl", Reading(RECEIPT, SECRET))
    assert RECEIPT.max_bytes < len(first.data or b"") <= RECEIPT.max_bytes + 3
    assert (second.name, second.data) == ("line 2", b'{"salt":2}')


def test_rows_are_the_same_documents_wherever_reading_begins(upload: Callable[[bytes], Path]) -> None:
    path = upload(b"receiptNumber,office\n1,A\n2,B\n3,C\n")
    every = [(s.name, s.data) for s in read_source(path, "csv", Reading(RECEIPT, SECRET))]
    assert [name for name, _ in every] == ["line 2", "line 3", "line 4"]
    assert [(s.name, s.data) for s in read_source(path, "csv", Reading(RECEIPT, SECRET, 2))] == every[2:]


@pytest.mark.parametrize(("form", "content", "field"), [
    pytest.param("csv", b"", "file", id="no-header"),
    pytest.param("csv", b"receiptNumber\n", "file", id="no-rows"),
    pytest.param("csv", b"receiptNumber,receiptNumber\n1,2\n", "file", id="column-twice"),
    pytest.param("csv", b",".join(b"%d" % n for n in range(1001)) + b"\n1\n", "file", id="too-many-columns"),
    pytest.param("csv", b"receiptNumber\n\xff\n", "file", id="not-utf-8"),
    pytest.param("csv", b'receiptNumber\n"1\n', "file", id="quote-not-closed"),
    pytest.param("jsonl", b"\n \n", "file", id="blank-lines"),
    pytest.param("zip", b"receiptNumber\n1\n", "file", id="no-archive"),
    pytest.param("tar", b"receiptNumber\n1\n", "form", id="unknown-form"),
])  # fmt: skip
def test_an_upload_that_cannot_be_read_is_refused_before_it_is_a_job(
    upload: Callable[[bytes], Path], form: str, content: bytes, field: str
) -> None:
    check_source(upload(b"receiptNumber\n1\n"), "csv", RECEIPT)
    with pytest.raises(BatchSourceInvalid) as refused:
        check_source(upload(content), form, RECEIPT)
    assert refused.value.field == field


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_type_of_files_comes_in_an_archive_only(upload: Callable[[bytes], Path], form: str) -> None:
    check_source(upload(HONEST), "zip", FILE)
    with pytest.raises(BatchSourceInvalid) as refused:
        check_source(upload(b"number\n1\n"), form, FILE)
    assert refused.value.field == "form"


def test_a_table_that_breaks_in_the_middle_gives_its_rows_until_there(
    upload: Callable[[bytes], Path],
) -> None:
    path = upload(b'receiptNumber\n1\n2\n"3\n')
    check_source(path, "csv", RECEIPT)
    read = read_source(path, "csv", Reading(RECEIPT, SECRET))
    assert [next(read).name, next(read).name] == ["line 2", "line 3"]
    with pytest.raises(BatchSourceInvalid) as refused:
        next(read)
    assert refused.value.field == "file"


def test_more_rows_than_allowed_end_the_reading(
    upload: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "ROWS_AT_MOST", 2)
    assert len(list(read_source(upload(b"n\n1\n2\n"), "csv", Reading(RECEIPT, SECRET)))) == 2
    for first in (0, 2):
        with pytest.raises(BatchSourceInvalid):
            list(read_source(upload(b"n\n1\n2\n3\n"), "csv", Reading(RECEIPT, SECRET, first)))
