"""What a node that follows a mirror was given to believe, where it looks, and the checkpoint it has come to.

    mirror/trust          the trust file or trust root, as given; replaced as a whole
    mirror/sources.json   the mirrors, in the order they are tried
    mirror/heads/<size>   the cosigned checkpoint of the log as the ledger database has it
    mirror/last.json      what the last sync came to
    mirror/fetched/       files of syncs that have not ended

The ledger database says how many entries are known, and so which head counts. A head is written before the entries it
speaks of are committed and older ones go afterwards, so that whatever happens in between, the head for what is
committed is there. The largest head is also what later checkpoints must extend.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from sanad_node.datadir import DataDirectoryDamaged
from sanad_node.durable import write_file
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EnvironmentFault, EvidenceError
from sanad_verifier.mirror import trusted
from sanad_verifier.roots import Root, is_root, verify_root
from sanad_verifier.trust import Trust, parse_trust

TRUST, SOURCES, HEADS, LAST, FETCHED = "trust", "sources.json", "heads", "last.json", "fetched"


class MirrorEmpty(EnvironmentFault):
    """This node has not followed any mirror yet: it knows nothing."""

    code = "MIRROR_EMPTY"


class MirrorUnvouched(EnvironmentFault):
    """Those who are believed since the trust root was replaced have not cosigned what is known: sync again."""

    code = "MIRROR_UNVOUCHED"


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint as cosigned, the one the ledger database is at. `time` (seconds) is when a quorum last said so."""

    size: int
    root: Digest
    note: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Came:
    """What a source came to when it was asked: the size and time (seconds) of its checkpoint, 0 where it told none that
    could be believed, and the code, message and file of what was wrong with it, empty for nothing.
    """

    source: str
    size: int = 0
    time: int = 0
    code: str = ""
    message: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Last:
    """The last sync: when it was tried, when one last succeeded (seconds, 0 for never), whose entries were taken, and
    what each source came to.
    """

    tried: int = 0
    done: int = 0
    source: str = ""
    came: tuple[Came, ...] = ()


def believed(data: bytes) -> tuple[Trust, Root | None]:
    """The trust in a trust file, or in a trust root that enough of its own holders have signed; raises their errors."""
    if is_root(data):
        root = verify_root(data)
        return root.trusted(), root
    return parse_trust(data), None


class Knowledge:
    """The files of one node. Reads what is on the disk each time it may have changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._believed: tuple[object, Trust, Root | None] | None = None
        self._kept: tuple[object, Kept] | None = None
        self.one_at_a_time = Lock()
        """Held while mirrors are followed."""

    # -- whom to believe ------------------------------------------------------------------------------------------

    @property
    def trust(self) -> Trust:
        """Keys, quorum and limits as given; formations and compromised keys are newer in the log."""
        return self._basis()[0]

    @property
    def root(self) -> Root | None:
        """The trust root, None where a bare trust file was given."""
        return self._basis()[1]

    def keep_trust(self, data: bytes) -> None:
        """Believe this from now on."""
        write_file(self.folder / TRUST, data)

    def _basis(self) -> tuple[Trust, Root | None]:
        mark = self._mark(self.folder / TRUST)
        if self._believed is None or self._believed[0] != mark:
            try:
                self._believed = (mark, *believed((self.folder / TRUST).read_bytes()))
            except (OSError, EvidenceError) as error:
                raise DataDirectoryDamaged("what is believed cannot be read", field="mirror/trust") from error
        return self._believed[1], self._believed[2]

    # -- where to look --------------------------------------------------------------------------------------------

    def sources(self) -> tuple[str, ...]:
        """Folders and addresses, in the order they are tried."""
        try:
            told = json.loads((self.folder / SOURCES).read_bytes())
            return tuple(str(one) for one in told["sources"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataDirectoryDamaged(
                "the list of mirrors cannot be read", field="mirror/sources.json"
            ) from error

    def keep_sources(self, sources: tuple[str, ...]) -> None:
        write_file(self.folder / SOURCES, json.dumps({"sources": sources}, indent=2).encode() + b"\n")

    # -- how far --------------------------------------------------------------------------------------------------

    def kept(self, size: int) -> Kept:
        """The head at which the ledger database is, if that has `size` entries. `MirrorEmpty` before the first sync."""
        path = self.folder / HEADS / str(size)
        try:
            mark = (self._mark(path), self._mark(self.folder / TRUST))
        except FileNotFoundError as error:
            if size:
                raise DataDirectoryDamaged(
                    "the checkpoint is missing: sync again", field=f"heads/{size}"
                ) from error
            raise MirrorEmpty("nothing is known yet: `sanad node sync` first", field="mirror") from error
        if self._kept is None or self._kept[0] != mark:
            self._kept = (mark, self._read(path))
        return self._kept[1]

    def newest(self) -> bytes | None:
        """The note of the largest head that was ever taken, which later ones must extend; None before the first sync.
        Who is trusted may have changed since.
        """
        if not (self.folder / HEADS).is_dir():
            return None
        sizes = [int(path.name) for path in (self.folder / HEADS).iterdir() if path.name.isdecimal()]
        return (self.folder / HEADS / str(max(sizes))).read_bytes() if sizes else None

    def keep_head(self, note: bytes, size: int) -> None:
        (self.folder / HEADS).mkdir(exist_ok=True)
        write_file(self.folder / HEADS / str(size), note)

    def drop_heads(self, but: int) -> None:
        """Forget the heads of sizes that were left behind."""
        for path in (self.folder / HEADS).iterdir():
            if path.name != str(but):
                path.unlink(missing_ok=True)

    def _read(self, path: Path) -> Kept:
        note = path.read_bytes()
        try:
            head = trusted(note, self.trust)
        except EvidenceError as error:
            raise MirrorUnvouched(
                "those who are believed now have not cosigned what is known: `sanad node sync`",
                field="mirror",
            ) from error
        return Kept(head.checkpoint.size, head.checkpoint.root, note, head.time)

    @staticmethod
    def _mark(path: Path) -> tuple[int, int]:
        told = path.stat()
        return told.st_ino, told.st_mtime_ns

    # -- what became of it ----------------------------------------------------------------------------------------

    def last(self) -> Last:
        """What the last sync came to; that of a file that cannot be read is forgotten, since it decides nothing."""
        try:
            told: dict[str, Any] = json.loads((self.folder / LAST).read_bytes())
            return Last(**{**told, "came": tuple(Came(**one) for one in told["came"])})
        except (OSError, ValueError, KeyError, TypeError):
            return Last()

    def note_last(self, last: Last) -> None:
        write_file(self.folder / LAST, json.dumps(asdict(last)).encode() + b"\n")
