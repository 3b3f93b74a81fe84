"""The spool: an upload is whole and durable, or it is not there."""

import os
from pathlib import Path

import pytest

from sanad_node.batch_jobs.spool import Spool, UploadEmpty, UploadMissing, UploadTooLarge
from sanad_node.durable import DiskFault, DiskFull


class Killed(BaseException):
    """Stands for the end of the process: no cleaning up can be relied on."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


def put(spool: Spool, *chunks: bytes) -> str:
    with spool.open() as upload:
        for chunk in chunks:
            upload.write(chunk)
        return upload.commit()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_upload_is_its_chunks_in_order_and_readable_by_its_owner_only(folder: Path) -> None:
    spool = Spool(folder)
    upload = put(spool, b"one,", b"", b"two")
    assert spool.path(upload).read_bytes() == b"one,two"
    assert spool.path(upload).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert names(folder) == [upload]


def test_an_upload_exactly_as_large_as_allowed_is_taken_and_one_byte_more_is_not(folder: Path) -> None:
    spool = Spool(folder, largest=8)
    upload = put(spool, b"1234", b"5678")
    with pytest.raises(UploadTooLarge) as refused:
        put(spool, b"1234", b"56789")
    assert (refused.value.code, refused.value.field) == ("UPLOAD_TOO_LARGE", "file")
    assert names(folder) == [upload]


def test_what_is_beyond_the_limit_is_never_written(folder: Path) -> None:
    with Spool(folder, largest=8).open() as upload:
        upload.write(b"12345678")
        with pytest.raises(UploadTooLarge):
            upload.write(b"9")
        assert [path.stat().st_size for path in folder.iterdir()] == [8]


def test_an_empty_upload_is_refused(folder: Path) -> None:
    spool = Spool(folder)
    with pytest.raises(UploadEmpty):
        put(spool, b"")
    assert names(folder) == []


def test_an_upload_left_without_commit_is_gone(folder: Path) -> None:
    spool = Spool(folder)
    with spool.open() as upload:
        upload.write(b"something")
    assert names(folder) == []
    with pytest.raises(UploadMissing):
        spool.path(upload.id)


def test_bytes_and_name_are_flushed_before_commit_returns(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(folder)
    flushed: list[tuple[bool, list[str]]] = []
    honest = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append((Path(f"/proc/self/fd/{descriptor}").resolve() == folder, names(folder)))
        honest(descriptor)

    with spool.open() as upload:
        upload.write(b"something")
        monkeypatch.setattr(os, "fsync", fsync)
        upload.commit()
    assert flushed == [(False, [f".{upload.id}.part"]), (True, [upload.id])]


@pytest.mark.parametrize("survived", [0, 1])
def test_an_upload_cut_off_at_any_flush_is_whole_or_removed_at_the_next_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    spool = Spool(folder)
    upload = spool.open()
    upload.write(b"something")
    count = 0

    def fsync(_descriptor: int) -> None:
        nonlocal count
        count += 1
        if count > survived:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(Killed):
            upload.commit()  # and nothing after it: the process is gone
    again = Spool(folder)
    if survived:
        assert again.path(upload.id).read_bytes() == b"something"
    else:
        assert names(folder) == []
    again.remove_all_but(())
    assert names(folder) == []


def test_a_full_disk_is_told_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(folder)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull) as refused:
        put(spool, b"something")
    assert refused.value.field == "uploads"
    assert names(folder) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_bytes(b"a file where the folder should be")
    with pytest.raises(DiskFault):
        Spool(tmp_path / "uploads" / "inner")


@pytest.mark.parametrize("name", ["", "..", "../office.db", "0" * 31, "G" * 32, "0" * 32, "0" * 32 + "\n"])
def test_a_name_that_is_no_upload_is_refused(folder: Path, name: str) -> None:
    spool = Spool(folder)
    assert spool.path(put(spool, b"something"))
    (folder.parent / "office.db").write_bytes(b"kept")
    with pytest.raises(UploadMissing):
        spool.path(name)
    spool.remove(name)
    assert (folder.parent / "office.db").exists()


def test_uploads_that_no_job_needs_are_removed_and_the_others_stay(folder: Path) -> None:
    spool = Spool(folder)
    kept, left = put(spool, b"kept"), put(spool, b"left")
    (folder / "note.txt").write_bytes(b"not ours")
    spool.remove_all_but({kept})
    assert names(folder) == sorted([kept, "note.txt"])
    spool.remove(kept)
    spool.remove(left)
    assert names(folder) == ["note.txt"]
