"""The data directory: where everything of one node lives, and the lock that keeps it to one process.

network.json   what network this is: chain, contracts, log origin (public)
lock           held while a process has the directory open; names the holder
secrets/       passphrase, network key, vault key, log keys (0600)
keys/          keystore v3 files, one per chain key
office.db      outbox, drafts, local facts: cannot be rebuilt, is backed up
ledger.db      projection of the chain: can be deleted and rebuilt
store.toml     where these two are, if not here: on a PostgreSQL server
chain/         the engine's own files
vault/         encrypted documents
batches/       batch files (the leaves of batch trees), named by their root
uploads/       files of batch jobs that have not ended
mirror/        of a node that follows a mirror: whom it believes, its sources, the checkpoint it has come to
"""

import fcntl
import json
import os
import secrets
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from sanad_node.durable import disk_error, flush_folder, write_file
from sanad_verifier.errors import EnvironmentFault, InputError

SECRET_BYTES = 32
FOLDERS = ("secrets", "keys", "chain", "vault", "batches", "uploads")


class DataDirectoryMissing(InputError):
    """There is no Sanad data directory at this place."""

    code = "DATA_MISSING"


class DataDirectoryExists(InputError):
    """There is one already; it is never overwritten."""

    code = "DATA_EXISTS"


class DataDirectoryLocked(EnvironmentFault):
    """Another process has the directory open. The message names it."""

    code = "DATA_LOCKED"


class DataDirectoryDamaged(EnvironmentFault):
    """A file that must be there is missing or unreadable."""

    code = "DATA_DAMAGED"


class DataNewer(EnvironmentFault):
    """A part of the directory was written by a newer version of Sanad; nothing was touched."""

    code = "DATA_NEWER"


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Paths of one data directory. Holds no open files."""

    root: Path

    @property
    def network_bundle(self) -> Path:
        """What the members of a consortium have agreed on; missing on the embedded chain."""
        return self.chain / "network-bundle"

    @property
    def network_file(self) -> Path:
        return self.root / "network.json"

    @property
    def office_db(self) -> Path:
        return self.root / "office.db"

    @property
    def ledger_db(self) -> Path:
        return self.root / "ledger.db"

    @property
    def chain(self) -> Path:
        return self.root / "chain"

    @property
    def vault(self) -> Path:
        return self.root / "vault"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def batches(self) -> Path:
        return self.root / "batches"

    @property
    def mirror(self) -> Path:
        """There in directories of nodes that mirror only."""
        return self.root / "mirror"

    @property
    def uploads(self) -> Path:
        """Missing in directories of earlier versions; whoever writes there makes it."""
        return self.root / "uploads"

    @classmethod
    def create(cls, root: Path) -> "DataDirectory":
        """Lay out an empty data directory with fresh secrets; refuses a folder that has anything in it."""
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise DataDirectoryExists("the folder is not empty; choose another", field="--data")
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = cls(root)
        for name in FOLDERS:
            (root / name).mkdir(mode=0o700)
        for name in ("passphrase", "network", "vault", "log", "cosigner", "status"):
            made.write_secret(name, secrets.token_bytes(SECRET_BYTES))
        flush_folder(root)
        return made

    @classmethod
    def at(cls, root: Path) -> "DataDirectory":
        """The directory at `root`, which must have been created before."""
        found = cls(root)
        if not found.network_file.is_file():
            raise DataDirectoryMissing(
                "this is not a Sanad data directory; make one with `sanad node init`", field="--data"
            )
        return found

    def secret(self, name: str) -> bytes:
        """The 32 bytes of a secret. Secrets are written once, so each is read once in a process."""
        return _read_secret(self.root, name)

    def write_secret(self, name: str, value: bytes) -> None:
        write_file(self.root / "secrets" / name, value.hex().encode() + b"\n", mode=0o600)


@lru_cache(maxsize=64)
def _read_secret(root: Path, name: str) -> bytes:
    try:
        value = bytes.fromhex((root / "secrets" / name).read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise DataDirectoryDamaged(
            "a secret file is missing or unreadable", field=f"secrets/{name}"
        ) from error
    if len(value) != SECRET_BYTES:
        raise DataDirectoryDamaged("a secret file has the wrong length", field=f"secrets/{name}")
    return value


def holder(directory: DataDirectory) -> int | None:
    """The process that last took the lock, and may still have it."""
    try:
        held = json.loads((directory.root / "lock").read_bytes()[:4096])
        return int(held["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Lock:
    """One process at a time. The kernel drops the lock when its holder dies, however it dies."""

    def __init__(self, directory: DataDirectory) -> None:
        self._path = directory.root / "lock"
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise disk_error(error, self._path.name) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = self._holder()
            os.close(self._descriptor)
            raise DataDirectoryLocked(f"the data directory is in use by {holder}", field="--data") from error
        command = Path(sys.argv[0]).name + "".join(
            f" {word}" for word in sys.argv[1:3] if not word.startswith("-")
        )
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({"pid": os.getpid(), "command": command}).encode(), 0)
        return self

    def _holder(self) -> str:
        try:
            held = json.loads(os.pread(self._descriptor, 4096, 0))
            return f"process {int(held['pid'])} ({held['command']})"
        except (ValueError, KeyError, TypeError):
            return "another process"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
