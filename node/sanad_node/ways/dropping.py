"""A folder in which other systems drop files: each is taken once it is whole, brought in, and put away with what was
told of it.

    in the folder ──rename──▶ taken/ ──brought in──▶ told beside it ──rename──▶ done/ or refused/

Every step is a rename or a file written in one go, flushed before the next, so a process that is killed between any two
goes on with what lies in `taken/`. Bringing in a file again does nothing twice, so it does not matter how far it came.
Whoever drops a file writes it under another name (`.part`, or with a dot in front) and renames it; a file that somebody
still has open for writing is left alone besides.
"""

import fcntl
import hashlib
import json
import os
import re
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sanad_node.durable import disk_error, flush_folder, write_file
from sanad_node.ways.rows import BatchSourceInvalid
from sanad_node.ways.tables import is_workbook
from sanad_node.wire.batches import BatchOutcome
from sanad_verifier.errors import EnvironmentFault, InputError

FILE_AT_MOST = 64 << 20
"""Bytes of a file: what a service takes at once."""
UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
"""Endings of names under which programs write files that they rename when they are whole."""
TAKEN, DONE, REFUSED = "taken", "done", "refused"
LINES = frozenset({"csv", "kcs-gd", "weboc-gd"})
"""Forms whose files could be cut off between two rows without anybody noticing."""
NAME_AT_MOST = 120
_PIECE = 1 << 20
_UNSAFE = re.compile(r"[^\w.\- ]")
Bring = Callable[[Path], list[BatchOutcome]]
"""Brings in one file: an outcome for each row. `BatchSourceInvalid` is about the file; other errors decide nothing."""


class DropFolderBusy(EnvironmentFault):
    """Another process takes the files of this folder."""

    code = "DROP_FOLDER_BUSY"


class DropFolderUnusable(InputError):
    """The folder is not there, or cannot be read and written."""

    code = "DROP_FOLDER_UNUSABLE"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What became of a file: its name as it was dropped, where it lies now, and how many rows came to what."""

    name: str
    where: Literal["done", "refused"]
    path: Path
    counts: dict[str, int]
    code: str = ""


class DropFolder:
    """The folder at `root`, for one process at a time (`opened`). `form`: the form of every file in it."""

    def __init__(self, root: Path, form: str, about: dict[str, str]) -> None:
        self._root = root
        self._form = form
        self._about = about

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep other processes out; `DropFolderBusy` if one is there."""
        try:
            descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise DropFolderUnusable("there is no such folder", field="DIR") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DropFolderBusy("another process takes the files of this folder", field="DIR") from error
            with _disk():
                for name in (TAKEN, DONE, REFUSED):
                    (self._root / name).mkdir(mode=0o700, exist_ok=True)
                flush_folder(self._root)
            signal.signal(signal.SIGIO, signal.SIG_IGN)  # what the kernel says to the holder of a lease
            yield
        finally:
            os.close(descriptor)

    def take(self, bring: Bring) -> Iterator[Dropped]:
        """Bring in what waits, oldest name first; begin with what was taken before and not put away. A fault of the
        surroundings is raised, and leaves its file to be taken again.
        """
        for path in self._whole(self._root / TAKEN):
            yield self._bring_in(path, bring)
        for path in self._whole(self._root):
            taken = self._root / TAKEN / _plain(path.name)
            if taken.exists():  # one of this name that is still being written
                continue
            with _disk():
                path.rename(taken)
                flush_folder(taken.parent)
                flush_folder(self._root)
            yield self._bring_in(taken, bring)

    def waits(self) -> bool:
        """Whether there is anything to take."""
        return any(True for folder in (self._root / TAKEN, self._root) for _ in self._whole(folder))

    def _whole(self, folder: Path) -> Iterator[Path]:
        with _disk():
            names = sorted(os.listdir(folder))  # noqa: PTH208  bytes that are no text are names too
        for name in names:
            path = folder / name
            if not name.startswith(".") and not name.lower().endswith(UNFINISHED) and _is_whole(path):
                yield path

    def _bring_in(self, path: Path, bring: Bring) -> Dropped:
        name = path.name
        told: dict[str, Any] = {"file": name, "form": self._form, **self._about}
        told["takenAt"] = datetime.now(UTC).isoformat(timespec="seconds")
        code = ""
        counts: dict[str, int] = {}
        with _disk():
            told["sha256"] = _digest_of(path)
        try:
            self._must_be_ended(path)
            rows = bring(path)
        except BatchSourceInvalid as error:
            code = error.code
            told["error"] = error.as_dict() | {"field": name}
        else:
            for row in rows:
                counts[row.outcome] = counts.get(row.outcome, 0) + 1
            told |= {"counts": counts, "rows": [row.as_json() for row in rows]}
        where: Literal["done", "refused"] = "refused" if code or counts.get("failed") else "done"
        return Dropped(name, where, self._put_away(path, name, where, told), counts, code)

    def _must_be_ended(self, path: Path) -> None:
        """Refuse what is too large, and a table whose last line has no end: it may have been cut off."""
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size > FILE_AT_MOST:
                raise BatchSourceInvalid(f"a file may have at most {FILE_AT_MOST} bytes", field=path.name)
            if self._form not in LINES or not size or is_workbook(path):
                return
            file.seek(size - 1)
            if file.read(1) != b"\n":
                raise BatchSourceInvalid(
                    "the last line has no end: the file may be cut off; end it with a line end",
                    field=path.name,
                )

    def _put_away(self, path: Path, name: str, where: str, told: dict[str, Any]) -> Path:
        """Write what was told, then move the file beside it. The same file again is put where it lies already."""
        folder = self._root / where
        away = folder / f"{told['sha256'][:16]}-{name}"
        number = 1
        while (said := folder / f"{away.name}.told-{number}.json").exists():
            number += 1
        write_file(said, json.dumps(told, indent=1).encode() + b"\n", mode=0o600)
        with _disk():
            path.rename(away)
            flush_folder(folder)
            flush_folder(path.parent)
        return away


def _is_whole(path: Path) -> bool:
    """Whether this is a regular file that nobody has open for writing, as far as the file system can tell."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # a link, gone again, or not ours to read
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without leases, or another's file: it came by renaming
        return True
    finally:
        os.close(descriptor)


def _digest_of(path: Path) -> str:
    """The SHA-256 of a file, of which no more is read than a file may have and one piece."""
    digest, left = hashlib.sha256(), FILE_AT_MOST + _PIECE
    with path.open("rb") as file:
        while left > 0 and (piece := file.read(_PIECE)):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()


def _plain(name: str) -> str:
    """A name that can be shown and written anywhere."""
    return (
        _UNSAFE.sub("_", os.fsencode(name).decode("utf-8", "replace"))[-NAME_AT_MOST:].lstrip(".") or "file"
    )


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, "the drop folder") from error
