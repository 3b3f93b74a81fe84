"""A drop folder: nothing is read before it is whole, nothing lost wherever the process dies, nothing done twice."""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sanad_node import durable
from sanad_node.ways import dropping
from sanad_node.ways.dropping import DropFolder, DropFolderBusy, DropFolderUnusable, Dropped
from sanad_node.ways.rows import BatchSourceInvalid
from sanad_node.wire.batches import BatchOutcome
from sanad_verifier.errors import EnvironmentFault


class Died(BaseException):
    """The process ended here."""


class Office:
    """Issues each line of a file once, as the ledger would."""

    def __init__(self) -> None:
        self.issued: Counter[str] = Counter()
        self.read: list[str] = []

    def bring(self, path: Path) -> list[BatchOutcome]:
        lines = path.read_text("utf-8").splitlines()
        self.read.append(path.name)
        if lines[:1] == ["broken"]:
            raise BatchSourceInvalid("the table is malformed", field=path.name)
        told = []
        for number, line in enumerate(lines, start=1):
            outcome = "failed" if line == "bad" else "already" if self.issued[line] else "issued"
            if outcome == "issued":
                self.issued[line] += 1
            told.append(BatchOutcome.read({"source": f"line {number}", "outcome": outcome}))
        return told


@pytest.fixture
def office() -> Office:
    return Office()


def take(folder: Path, bring: Callable[[Path], list[BatchOutcome]], form: str = "csv") -> list[Dropped]:
    box = DropFolder(folder, form, {"formation": "CELL"})
    with box.opened():
        return list(box.take(bring))


def lies_in(folder: Path) -> dict[str, list[str]]:
    return {
        name: sorted(one.name.partition("-")[2] for one in (folder / name).iterdir())
        for name in ("taken", "done", "refused")
    }


def told(folder: Path, where: str) -> list[dict[str, Any]]:
    return [json.loads(one.read_bytes()) for one in sorted((folder / where).glob("*.told-*.json"))]


def test_a_file_is_brought_in_and_put_away_with_what_became_of_each_row(
    tmp_path: Path, office: Office
) -> None:
    (tmp_path / "a.csv").write_bytes(b"one\ntwo\n")
    (tmp_path / "b.csv").write_bytes(b"three\nbad\n")
    (tmp_path / "c.csv").write_bytes(b"broken\n")
    first, second, third = take(tmp_path, office.bring)
    assert (first.where, first.counts) == ("done", {"issued": 2})
    assert (second.where, second.counts) == ("refused", {"issued": 1, "failed": 1})
    assert (third.where, third.code) == ("refused", "BATCH_SOURCE_INVALID")
    assert lies_in(tmp_path) == {
        "taken": [], "done": ["a.csv", "a.csv.told-1.json"],
        "refused": ["b.csv", "b.csv.told-1.json", "c.csv", "c.csv.told-1.json"],
    }  # fmt: skip
    (said,) = told(tmp_path, "done")
    assert said["counts"] == {"issued": 2}
    assert {one["error"]["code"] for one in told(tmp_path, "refused") if "error" in one} == {
        "BATCH_SOURCE_INVALID"
    }
    assert first.path.read_bytes() == b"one\ntwo\n"


def test_the_same_file_again_does_nothing_again_and_its_first_outcome_stays(
    tmp_path: Path, office: Office
) -> None:
    for _ in range(2):
        (tmp_path / "a.csv").write_bytes(b"one\n")
        take(tmp_path, office.bring)
    assert office.issued == {"one": 1}
    assert [one["counts"] for one in told(tmp_path, "done")] == [{"issued": 1}, {"already": 1}]
    assert lies_in(tmp_path)["done"] == ["a.csv", "a.csv.told-1.json", "a.csv.told-2.json"]


@pytest.mark.parametrize("name", ["a.csv.part", ".a.csv", "a.csv.TMP"])
def test_what_is_still_being_written_under_another_name_is_not_read(
    tmp_path: Path, office: Office, name: str
) -> None:
    (tmp_path / name).write_bytes(b"one\n")
    assert take(tmp_path, office.bring) == []
    (tmp_path / name).rename(tmp_path / "a.csv")
    assert [one.where for one in take(tmp_path, office.bring)] == ["done"]


def leases(folder: Path) -> bool:
    """Whether this file system can say that somebody has a file open."""
    path = folder / "probe"
    path.write_bytes(b"")
    with path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError:
            return False
        finally:
            path.unlink()
    return True


def test_what_somebody_has_open_for_writing_is_left_alone(tmp_path: Path, office: Office) -> None:
    if not leases(tmp_path):
        pytest.skip("this file system has no leases: there files come by renaming, as the guide says")
    with (tmp_path / "a.csv").open("wb") as file:
        file.write(b"one\ntw")
        file.flush()
        assert take(tmp_path, office.bring) == []
        file.write(b"o\n")
    take(tmp_path, office.bring)
    assert office.issued == {"one": 1, "two": 1}


def test_a_table_whose_last_line_has_no_end_is_refused(tmp_path: Path, office: Office) -> None:
    (tmp_path / "a.csv").write_bytes(b"one\ntw")
    (only,) = take(tmp_path, office.bring)
    assert (only.where, only.code, office.read) == ("refused", "BATCH_SOURCE_INVALID", [])


def test_links_folders_and_pipes_are_not_taken(tmp_path: Path, office: Office) -> None:
    (tmp_path / "secret").write_bytes(b"one\n")
    inbox = tmp_path / "in"
    inbox.mkdir()
    (inbox / "a.csv").symlink_to(tmp_path / "secret")
    (inbox / "folder").mkdir()
    os.mkfifo(inbox / "pipe")
    assert take(inbox, office.bring) == []
    assert (tmp_path / "secret").exists()


def test_a_name_that_nobody_could_show_is_put_away_under_one_that_can_be(
    tmp_path: Path, office: Office
) -> None:
    (tmp_path / os.fsdecode(b"a\x1b[31m\xff\n.csv")).write_bytes(b"one\n")
    (only,) = take(tmp_path, office.bring)
    assert (only.where, only.name.isprintable()) == ("done", True)


def test_a_file_larger_than_is_taken_is_refused_unread(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropping, "FILE_AT_MOST", 10)
    (tmp_path / "a.csv").write_bytes(b"one\n" * 3)
    (only,) = take(tmp_path, office.bring)
    assert (only.where, only.code, office.read) == ("refused", "BATCH_SOURCE_INVALID", [])


def test_a_fault_of_the_surroundings_leaves_the_file_to_be_taken_again(
    tmp_path: Path, office: Office
) -> None:
    def failing(_: Path) -> list[BatchOutcome]:
        raise EnvironmentFault("the disk is full")

    def done_but_failing(path: Path) -> list[BatchOutcome]:
        office.bring(path)
        raise EnvironmentFault("the answer was lost")

    (tmp_path / "a.csv").write_bytes(b"one\n")
    for bring in (failing, done_but_failing):
        with pytest.raises(EnvironmentFault):
            take(tmp_path, bring)
        assert [one.name for one in (tmp_path / "taken").iterdir()] == ["a.csv"]
    (only,) = take(tmp_path, office.bring)
    assert (only.where, only.counts, office.issued) == ("done", {"already": 1}, {"one": 1})


def test_one_process_takes_the_files_of_a_folder(tmp_path: Path) -> None:
    box = DropFolder(tmp_path, "csv", {})
    with box.opened(), pytest.raises(DropFolderBusy), DropFolder(tmp_path, "csv", {}).opened():
        pass
    with box.opened():
        pass  # it is free again
    with pytest.raises(DropFolderUnusable), DropFolder(tmp_path / "none", "csv", {}).opened():
        pass


STEPS = 40


def test_wherever_the_process_dies_every_row_is_issued_once_and_the_file_is_put_away(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies before the n-th change of the disk, for every n there is; what was left is gone on with."""
    died = 0
    for deadly in range(STEPS):
        folder, office, step = tmp_path_factory.mktemp("drop"), Office(), 0
        for name in ("a.csv", "b.csv"):
            (folder / name).write_bytes(name.encode() + b"\n")

        def change(what: Callable[..., object], last: int = deadly) -> Callable[..., object]:
            def changed(*given: object, **more: object) -> object:
                nonlocal step
                step += 1
                if step == last + 1:
                    raise Died
                return what(*given, **more)

            return changed

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", change(Path.rename))
            patch.setattr(Path, "replace", change(Path.replace))
            patch.setattr(dropping, "flush_folder", change(durable.flush_folder))
            patch.setattr(durable, "flush_folder", change(durable.flush_folder))
            patch.setattr(office, "bring", change(office.bring))
            try:
                take(folder, office.bring)
            except Died:
                died += 1
        take(folder, office.bring)
        assert office.issued == {"a.csv": 1, "b.csv": 1}, deadly
        lying = lies_in(folder)
        assert (lying["taken"], lying["refused"]) == ([], []), deadly
        assert {name for name in lying["done"] if "told" not in name} == {"a.csv", "b.csv"}, deadly
        assert sum("issued" in one["counts"] for one in told(folder, "done")) <= 2
    assert 10 < died < STEPS, "every change of the disk was the last one once"
