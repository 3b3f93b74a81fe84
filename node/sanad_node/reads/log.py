"""The read log: append-only, each record chained to the one before it (docs/spec/read-log.md).

A read is recorded before it is answered: what cannot be recorded is not shown. Readers that come together share one
flush of the disk. Nothing is changed or removed but by `forget`, which is itself recorded and keeps the chain's
beginning.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from sanad_node.group_commit import GroupCommit
from sanad_node.reads.counting import Bulk, Counting
from sanad_node.store.faults import StoreBusy, store_error
from sanad_node.store.read_tables import read_log, reads
from sanad_node.store.repeating import repeated
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import canonicalise

AT_ONCE = 256
"""Records of one transaction."""
NOTHING = bytes(32)
"""The mark before the first record."""
LEAST_DAYS = 365
"""No record younger than this is forgotten."""
DAY = 86400
FORGET = "forget"
_ATTEMPTS = 20
_TOGETHER = 1000


class ReadLogBroken(EvidenceError):
    """The read log is not what it was: a record is missing, changed, or not the one that was kept elsewhere."""

    code = "READ_LOG_BROKEN"


class ReadsTooYoung(InputError):
    """Records of the read log are kept for at least a year."""

    code = "READS_TOO_YOUNG"


@dataclass(frozen=True, slots=True)
class Read:
    """One answered request. `about` is 64 hex digits, or empty for a list; `things` how many were shown, 0 where there
    was no such thing. `at` in seconds.
    """

    at: int
    user: int
    name: str
    formation: str
    what: str
    about: str
    things: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A read with its place in the log and its mark. `before`: how many things the account had been shown in the window
    before it.
    """

    seq: int
    read: Read
    mark: bytes
    before: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A log that was checked: its first and last record (0 and 0 for none) and the mark of the last."""

    first: int
    last: int
    mark: bytes


def mark_of(previous: bytes, seq: int, read: Read) -> bytes:
    """The mark of a record: SHA-256 over the mark before it and the record as canonical JSON."""
    told = {
        "about": read.about,
        "at": read.at,
        "formation": read.formation,
        "name": read.name,
        "seq": seq,
        "things": read.things,
        "user": read.user,
        "what": read.what,
    }
    return hashlib.sha256(previous + canonicalise(told)).digest()


class ReadLog:
    """The log of one office database. `window` in seconds: over which `Recorded.before` counts."""

    def __init__(self, office: Engine, clock: Callable[[], float], *, window: int) -> None:
        self._office = office
        self._clock = clock
        self._counting = Counting(window=window)
        self._commit: GroupCommit[Read, Recorded] = GroupCommit(self._carry, at_most=AT_ONCE)

    def keep(
        self, *, user: int, name: str, formation: str, what: str, about: str = "", things: int = 0
    ) -> Recorded:
        """Record a read; it is on the disk when this returns. Raises the store's faults: then nothing may be shown."""
        read = Read(int(self._clock()), user, name, formation, what, about, things)
        (outcome,) = self._commit.through([read])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _carry(self, wanted: list[Read]) -> Sequence[Recorded]:
        """Append all in one transaction; again while the store is away or busy, or where another process was faster. A
        commit whose answer was lost is done again: then a read is recorded twice, and none is lost.
        """
        for _ in range(_ATTEMPTS):
            with suppress(IntegrityError):
                return repeated(lambda: self._committed(wanted))
        raise StoreBusy("the read log is written by others all the time: try again", field="office.db")

    def _committed(self, wanted: Sequence[Read]) -> list[Recorded]:
        try:
            with self._office.begin() as connection:
                done = self._append(connection, wanted)
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise store_error(error, "office.db") from error
        for one in done:
            self._counting.add(one.read.user, one.read.name, one.read.at, one.read.things)
        return done

    def in_bulk(self, bulk: int) -> list[Bulk]:
        """The accounts that were shown more than `bulk` things within the window that ends now, the most first."""
        return self._counting.in_bulk(self._office, self._clock(), bulk)

    def _append(self, connection: Connection, wanted: Sequence[Read]) -> list[Recorded]:
        seq, mark = _end(connection)
        done: list[Recorded] = []
        more: dict[int, int] = {}
        """Things of the records of this transaction, which are not counted yet."""
        for read in wanted:
            seq += 1
            mark = mark_of(mark, seq, read)
            before = self._counting.before(connection, read.user, read.at) + more.get(read.user, 0)
            more[read.user] = more.get(read.user, 0) + read.things
            done.append(Recorded(seq, read, mark, before))
        connection.execute(insert(reads), [_row(one) for one in done])
        return done


def _row(one: Recorded) -> dict[str, object]:
    read = one.read
    return {
        "seq": one.seq,
        "at": read.at,
        "user": read.user,
        "name": read.name,
        "formation": read.formation,
        "what": read.what,
        "about": read.about,
        "things": read.things,
        "mark": one.mark,
    }


def _end(connection: Connection) -> tuple[int, bytes]:
    """The place and mark of the last record, also of one that was forgotten."""
    last = connection.execute(select(reads.c.seq, reads.c.mark).order_by(reads.c.seq.desc()).limit(1)).first()
    return _start(connection) if last is None else (last.seq, last.mark)


def _start(connection: Connection) -> tuple[int, bytes]:
    """The place and mark of the last record that was forgotten; 0 and `NOTHING` for none."""
    row = connection.execute(select(read_log)).first()
    return (0, NOTHING) if row is None else (row.forgotten, row.mark)


def record_of(row: Row[tuple[object, ...]]) -> Recorded:
    """A record as it is kept."""
    read = Read(row.at, row.user, row.name, row.formation, row.what, row.about, row.things)
    return Recorded(row.seq, read, row.mark)


def check(office: Engine, kept: bytes | None = None) -> Whole:
    """Check the whole log, and that it contains the record whose mark was `kept` elsewhere. `ReadLogBroken` says from
    which record on it is not what it was.
    """
    with office.connect() as connection:
        seq, mark = _start(connection)
        first, met = seq + 1, kept in (None, mark)
        while rows := connection.execute(
            select(reads).where(reads.c.seq > seq).order_by(reads.c.seq).limit(_TOGETHER)
        ).all():
            for row in rows:
                one = record_of(row)
                mark = mark_of(mark, seq + 1, one.read)
                if (one.seq, one.mark) != (seq + 1, mark):
                    raise ReadLogBroken(
                        f"the read log is not what it was from record {seq + 1} on", field=str(seq + 1)
                    )
                seq, met = one.seq, met or mark == kept
    if not met:
        raise ReadLogBroken("the record that was kept elsewhere is not in the read log", field="--head")
    return Whole(first if seq >= first else 0, seq if seq >= first else 0, mark)


def forget(office: Engine, clock: Callable[[], float], days: int, *, window: int) -> tuple[int, Recorded]:
    """Remove the records older than so many days, and record that; returns how many, and the record. The mark of the
    last that is gone stays, so that the rest can still be checked. `ReadsTooYoung` below a year.
    """
    if days < LEAST_DAYS:
        raise ReadsTooYoung(f"records of reads are kept for at least {LEAST_DAYS} days", field="--older-than")
    check(office)  # what is removed cannot be checked afterwards

    def removed() -> int:
        with office.begin() as connection:
            until = int(clock()) - days * DAY
            last = connection.execute(
                select(reads.c.seq, reads.c.mark)
                .where(
                    reads.c.seq < select(func.min(reads.c.seq)).where(reads.c.at >= until).scalar_subquery()
                )
                .order_by(reads.c.seq.desc())
                .limit(1)
            ).first()
            if last is None:
                return 0
            gone = connection.execute(delete(reads).where(reads.c.seq <= last.seq)).rowcount
            start = {"forgotten": last.seq, "mark": last.mark}
            if not connection.execute(update(read_log).values(**start)).rowcount:
                connection.execute(insert(read_log).values(id=1, **start))
            return int(gone)

    log = ReadLog(office, clock, window=window)
    record = log.keep(user=0, name="operator", formation="", what=FORGET)
    return repeated(removed), record
