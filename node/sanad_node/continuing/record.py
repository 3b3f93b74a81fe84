"""The record: every signed transaction of a chain in its order, with the time of its block (docs/spec/record.md).

What a contract does depends on nothing else. So whoever carries the record out again comes to the same entries, the
same root and the same state; and a record with anything changed is found out, since each transaction is signed and the
log's root is cosigned.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine as Database
from sqlalchemy import select

from sanad_node.durable import disk_error, write_through
from sanad_node.store.ledger_tables import sent
from sanad_verifier.errors import EvidenceError, InputError

HEAD = b"sanad-record/1\n"
_MEMBER = struct.Struct(">QI")
RAW_AT_MOST = 128 << 10
"""A transaction is no larger: geth takes none that is."""
ROWS = 1000


class RecordInvalid(EvidenceError):
    """The file is no record in its one form, or another one than the network bundle names."""

    code = "RECORD_INVALID"


class RecordUnreadable(InputError):
    """There is no record at this place, or it may not be read."""

    code = "RECORD_UNREADABLE"


@dataclass(frozen=True, slots=True)
class Sent:
    """A signed transaction, and the time (seconds) of the block it was in."""

    time: int
    raw: bytes


def kept(ledger: Database) -> Iterator[Sent]:
    """The record as this node has kept it, from the first transaction of the network on."""
    with ledger.connect() as connection:
        rows = connection.execution_options(yield_per=ROWS).execute(
            select(sent.c.time, sent.c.raw).order_by(sent.c.place)
        )
        for row in rows:
            yield Sent(int(row.time), bytes(row.raw))


def write(path: Path, transactions: Iterable[Sent]) -> str:
    """Write a record durably; returns its SHA-256 in hex."""
    digest = hashlib.sha256()

    def parts() -> Iterator[bytes]:
        yield HEAD
        for one in transactions:
            yield _MEMBER.pack(one.time, len(one.raw)) + one.raw

    def told() -> Iterator[bytes]:
        for part in parts():
            digest.update(part)
            yield part

    write_through(path, told())
    return digest.hexdigest()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex; `RecordUnreadable`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise RecordUnreadable("there is no record at this place", field=path.name) from error
    except OSError as error:
        raise disk_error(error, path.name) from error


def read(path: Path) -> Iterator[Sent]:
    """The transactions of a record, one at a time; `RecordInvalid` at the first thing that is out of its form."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise RecordUnreadable("the record cannot be read", field=path.name) from error
    with file:
        if file.read(len(HEAD)) != HEAD:
            raise RecordInvalid("the file is no record", field=path.name)
        before = 0
        while (one := _next(file, path.name)) is not None:
            if one.time < before:
                raise RecordInvalid("the times of the record go backwards", field=path.name)
            before = one.time
            yield one


def _next(file: BinaryIO, name: str) -> Sent | None:
    head = file.read(_MEMBER.size)
    if not head:
        return None
    if len(head) < _MEMBER.size:
        raise RecordInvalid("the record is cut off", field=name)
    time, length = _MEMBER.unpack(head)
    if not 0 < length <= RAW_AT_MOST:
        raise RecordInvalid("the record holds something that is no transaction", field=name)
    raw = file.read(length)
    if len(raw) < length:
        raise RecordInvalid("the record is cut off", field=name)
    return Sent(time, raw)
