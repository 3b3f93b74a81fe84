"""Backing up what cannot be rebuilt, and restoring it into an empty directory.

A backup is one tar file: network descriptor, secrets, keys, office database, the chain's journal, vault,
batch files and the uploads of unfinished batch jobs, with a manifest of SHA-256 digests. Of a network of several
administrations it holds what its chain program is part of the network by (keys, place, bundle), and the record of the
chain, from which that can be begun again if it is lost at all of them. The ledger database
is left out: it follows from the chain. What is copied of a database is a state that was committed: of a file through
SQLite (`VACUUM INTO`), of a server in one snapshot, table by table, into a file of the same form. So a backup is the
same whatever store the node has, and never says where that is nor its password: restored, a node has files, and cannot
write to the store of the one it was copied from. The file holds every other secret and is readable by its owner only.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sanad_node.continuing import record
from sanad_node.datadir import DataDirectoryExists
from sanad_node.durable import disk_error, flush_folder
from sanad_node.mirror.knowledge import FETCHED
from sanad_node.node import Node
from sanad_node.store.copying import copy_database
from sanad_node.store.database import open_database
from sanad_node.store.dialects import one_state
from sanad_node.store.settings import PASSWORD
from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError

VERSION = 2
"""2: with the files of a chain program that takes part in a network, and the record."""
MANIFEST = "manifest.json"
MANIFEST_AT_MOST = 64 << 20
OFFICE, JOURNAL = "office.db", "chain/journal.db"
DATABASES = (OFFICE, JOURNAL)
FOLDERS = ("secrets", "keys", "vault", "batches", "uploads", "mirror")
RECORD = "record"
ENGINE_FILES = (
    "place.json",
    "nodekey",
    "password",
    "network-bundle",
    "network-bundle.next",
    "endpoints.json",
)
ENGINE_FOLDERS = ("keystore", "carried")
"""Of the folder `chain`: what no other node has."""
CHUNK = 1 << 20


class BackupDamaged(EvidenceError):
    """The backup is not what its manifest says."""

    code = "BACKUP_DAMAGED"


class BackupUnreadable(InputError):
    """There is no backup of this name, or it may not be read."""

    code = "BACKUP_UNREADABLE"


class BackupNewer(EnvironmentFault):
    """The backup was made by a newer Sanad."""

    code = "BACKUP_NEWER"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """How much a backup holds."""

    files: int
    bytes: int


def back_up(node: Node, destination: Path) -> BackedUp:
    """Write a backup durably; the node must be open (its lock keeps everybody else out)."""
    if destination.exists():
        raise DataDirectoryExists("there is a file of that name already", field=destination.name)
    part = destination.with_name(f".{destination.name}.{secrets.token_hex(4)}.part")
    try:
        with tempfile.TemporaryDirectory(dir=node.directory.root, prefix=".backup-") as scratch:
            count = _write(node, Path(scratch), part)
        part.rename(destination)
        flush_folder(destination.parent)
    except OSError as error:
        raise disk_error(error, destination.name) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _write(node: Node, scratch: Path, part: Path) -> BackedUp:
    manifest: dict[str, str] = {}
    total = 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name, path in _members(node, scratch):
                manifest[name] = _digest(path)
                total += path.stat().st_size
                archive.add(path, arcname=name, recursive=False)
            body = json.dumps({"version": VERSION, "files": manifest}, sort_keys=True).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
        raw.flush()
        os.fsync(raw.fileno())
    return BackedUp(len(manifest), total)


def _members(node: Node, scratch: Path) -> Iterator[tuple[str, Path]]:
    directory = node.directory
    yield "network.json", directory.network_file
    yield OFFICE, _office(node, scratch / OFFICE)
    source = directory.root / JOURNAL
    if source.exists():
        yield JOURNAL, _vacuumed(source, scratch / "journal.db")
    if node.bundle is not None:
        record.write(scratch / RECORD, record.kept(node.ledger))
        yield RECORD, scratch / RECORD
    engine = [directory.chain / name for name in ENGINE_FILES if (directory.chain / name).is_file()]
    folders = [directory.root / name for name in FOLDERS] + [
        directory.chain / name for name in ENGINE_FOLDERS
    ]
    for path in [*engine, *(path for folder in folders for path in sorted(folder.rglob("*")))]:
        if path.is_file() and not _passing(path):
            yield path.relative_to(directory.root).as_posix(), path


def _office(node: Node, copy: Path) -> Path:
    """The office database as a file."""
    if node.store.kind == "sqlite":
        _ = node.office  # with the newest schema
        return _vacuumed(node.directory.office_db, copy)
    file = open_database("office", copy)
    try:
        with node.office.connect() as original, file.begin() as target:
            one_state(original)
            copy_database("office", original, target)
    finally:
        file.dispose()
    return copy


def _vacuumed(source: Path, copy: Path) -> Path:
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    return copy


def _passing(path: Path) -> bool:
    """Whether a file is unfinished, can be made again (a part of a write, the vault's index) or opens the store of a
    running node.
    """
    if path.parent.name == "secrets" and path.name == PASSWORD:
        return True
    return (
        path.name.startswith((".", "index.db"))
        or path.parent.name == "tmp"
        or path.parent.parent.name == FETCHED
    )


def count(archive_path: Path, name: str) -> BackedUp:
    """How much is in a backup that came from elsewhere, after comparing every file with the manifest."""
    found: dict[str, str] = {}
    manifest: dict[str, str] | None = None
    total = 0
    try:
        with tarfile.open(archive_path, mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is None:
                    raise BackupDamaged("the backup holds something that is not a file", field=name)
                if member.name == MANIFEST:
                    manifest = _manifest(content.read(MANIFEST_AT_MOST))
                    continue
                found[member.name] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
                total += member.size
    except tarfile.TarError as error:
        raise BackupDamaged("the backup is cut off", field=name) from error
    if manifest is None or manifest != found:
        raise BackupDamaged("the backup's files are not those of its manifest", field=name)
    return BackedUp(len(found), total)


def restore(archive_path: Path, root: Path) -> BackedUp:
    """Lay a backup out at `root`, which must be empty, after checking every file against the manifest.

    The ledger database is rebuilt from the chain when the directory is first opened.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DataDirectoryExists("the folder is not empty; choose another", field="--data")
    try:
        archive_path.open("rb").close()
    except OSError as error:
        raise BackupUnreadable("the backup cannot be read", field=archive_path.name) from error
    root.parent.mkdir(parents=True, exist_ok=True)
    workshop = root.with_name(f".{root.name}.{secrets.token_hex(4)}.restoring")
    try:
        workshop.mkdir(mode=0o700)
        for folder in (*FOLDERS, "chain"):
            (workshop / folder).mkdir(mode=0o700)
        count = _unpack(archive_path, workshop)
        if root.exists():
            root.rmdir()
        workshop.rename(root)
        flush_folder(root.parent)
    except tarfile.TarError as error:
        raise BackupDamaged(
            "the file is not a backup of Sanad, or is cut off", field=archive_path.name
        ) from error
    except FileExistsError as error:
        raise BackupDamaged("the backup holds a file twice", field=archive_path.name) from error
    except OSError as error:
        raise disk_error(error, root.name) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return count


def _unpack(archive_path: Path, workshop: Path) -> BackedUp:
    found: dict[str, str] = {}
    manifest: dict[str, str] | None = None
    total = 0
    with tarfile.open(archive_path, mode="r:") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None or not member.isreg():
                raise BackupDamaged("the backup holds something that is not a file", field=archive_path.name)
            if member.name == MANIFEST:
                manifest = _manifest(content.read(MANIFEST_AT_MOST))
                continue
            target = workshop / _inside(member.name)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("xb") as file:
                target.chmod(0o600)
                while chunk := content.read(CHUNK):
                    file.write(chunk)
                    total += len(chunk)
                file.flush()
                os.fsync(file.fileno())
            found[member.name] = _digest(target)
            flush_folder(target.parent)
    if manifest is None or manifest != found:
        raise BackupDamaged("the backup's files are not those of its manifest", field=MANIFEST)
    return BackedUp(len(found), total)


def _manifest(body: bytes) -> dict[str, str]:
    try:
        told = json.loads(body)
        if told["version"] > VERSION:
            raise BackupNewer("the backup was made by a newer version of Sanad", field=MANIFEST)
        return {str(name): str(digest) for name, digest in told["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupDamaged("the backup's manifest cannot be read", field=MANIFEST) from error


def _inside(name: str) -> PurePosixPath:
    """A member's name as a path that stays inside and is one of those a backup has."""
    path = PurePosixPath(name)
    known = name in {"network.json", RECORD, *DATABASES} or path.parts[0] in FOLDERS
    if path.parts[0] == "chain" and len(path.parts) > 1:
        known = (
            known or path.parts[1] in ENGINE_FOLDERS or (path.name in ENGINE_FILES and len(path.parts) == 2)
        )
    if path.is_absolute() or ".." in path.parts or not known:
        raise BackupDamaged("the backup holds a file that does not belong there", field=MANIFEST)
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
