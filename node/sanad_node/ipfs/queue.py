"""The durable queue of pins: which blob is to be kept by which node, and how far that is.

The documents an office keeps are found by their rows in `papers`, which were stored with the acts: so nothing on the
way of an act knows of IPFS, and none of them can be missed. A pin is `waiting`, then `pinned`; of a document that was
erased `leaving`, then `gone`. Rows of nodes that the settings no longer name stay as they are and are not counted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    and_,
    func,
    insert,
    literal,
    select,
    update,
)

from sanad_node.ipfs.settings import OWN
from sanad_node.store.office_tables import papers
from sanad_node.store.vault_tables import ipfs_blobs, ipfs_pins
from sanad_verifier.digests import Digest

PAGE = 500
WAITING, PINNED, LEAVING, GONE = "waiting", "pinned", "leaving", "gone"
OWED = (WAITING, LEAVING)
FIRST_PAUSE = 2
"""Seconds before what failed once is tried again; doubled each time."""
_NEW, _SEEN, _UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Blob:
    """A document's blob as it is known elsewhere."""

    cid: str
    digest: Digest
    length: int


@dataclass(frozen=True, slots=True)
class Pin:
    """One blob and one node that is to keep it, or to let it go."""

    cid: str
    holder: str
    state: str
    since: int
    tries: int
    code: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Tally:
    """What one node owes."""

    holder: str
    waiting: int = 0
    leaving: int = 0
    oldest: int = 0
    """Since when the oldest of those that wait or are to leave does so; 0 for none."""


class Queue:
    """The tables `ipfs_blobs` and `ipfs_pins`. Every method is one transaction, and raises the faults of a store."""

    def __init__(self, office: Engine, clock: Callable[[], float]) -> None:
        self._office = office
        self._clock = clock

    # -- coming in ------------------------------------------------------------------------------------------------

    def unseen(self) -> list[Digest]:
        """Kept documents that were not looked at yet; at most a page of them. Those not kept are put aside."""
        with self._office.begin() as connection:
            rows = connection.execute(
                select(papers.c.digest, papers.c.kept)
                .where(papers.c.queued == _NEW)
                .order_by(papers.c.digest)
                .limit(PAGE)
            ).all()
            aside = [row.digest for row in rows if not row.kept]
            if aside:
                connection.execute(
                    update(papers)
                    .where(papers.c.queued == _NEW, papers.c.kept == 0, papers.c.digest.in_(aside))
                    .values(queued=_SEEN)
                )
        return sorted({Digest(row.digest) for row in rows if row.kept})

    def has_unseen(self) -> bool:
        """Whether any document was not looked at yet."""
        with self._office.connect() as connection:
            return (
                connection.execute(select(papers.c.digest).where(papers.c.queued == _NEW).limit(1)).first()
                is not None
            )

    def unseen_count(self) -> int:
        """How many kept documents were not looked at yet."""
        with self._office.connect() as connection:
            return int(
                connection.execute(
                    select(func.count()).where(papers.c.queued == _NEW, papers.c.kept == 1)
                ).scalar_one()
            )

    def look_again(self) -> None:
        """Have those that could not be read when they were looked at looked at once more."""
        with self._office.begin() as connection:
            connection.execute(update(papers).where(papers.c.queued == _UNREADABLE).values(queued=_NEW))

    def enter(self, blobs: Sequence[Blob], holders: Iterable[str], seen: Iterable[Digest] = ()) -> None:
        """Queue blobs for every node, and note that these documents were looked at. What is there already stays, except
        that another blob of the same document is no longer wanted.
        """
        now = int(self._clock())
        names = tuple(holders)
        with self._office.begin() as connection:
            for blob in blobs:
                self._leave(connection, blob.digest, now, keep=blob.cid)
                known = connection.execute(
                    select(ipfs_blobs.c.wanted).where(ipfs_blobs.c.cid == blob.cid)
                ).scalar()
                if known is None:
                    connection.execute(
                        insert(ipfs_blobs).values(
                            cid=blob.cid, digest=blob.digest, length=blob.length, wanted=1, at=now
                        )
                    )
                for name in names:
                    self._enter_pin(connection, blob.cid, name, now)
            self._mark(connection, seen, _SEEN)

    def unreadable(self, digest: Digest) -> None:
        """Note that a document could not be read, so that it is not looked at again in this process."""
        with self._office.begin() as connection:
            self._mark(connection, [digest], _UNREADABLE)

    def complete(self, holder: str) -> None:
        """Queue every blob for a node that the settings have come to name."""
        now = int(self._clock())
        there = select(ipfs_pins.c.cid).where(
            ipfs_pins.c.cid == ipfs_blobs.c.cid, ipfs_pins.c.holder == holder
        )
        rows = select(
            ipfs_blobs.c.cid,
            literal(holder),
            literal(WAITING),
            literal(now, BigInteger),
            literal(0, BigInteger),
            literal(0),
            literal(""),
        ).where(ipfs_blobs.c.wanted == 1, ~there.exists())
        names = ["cid", "holder", "state", "since", "due", "tries", "code"]
        with self._office.begin() as connection:
            connection.execute(insert(ipfs_pins).from_select(names, rows))

    def leave(self, connection: Connection, digest: Digest) -> int:
        """Within a transaction of the caller's: no node is to keep the document any more; how many are to be asked."""
        return self._leave(connection, digest, int(self._clock()))

    # -- going on -------------------------------------------------------------------------------------------------

    def due(self, holder: str, most: int) -> list[Pin]:
        """What is to be asked of a node now: what is owed first, then what is to be looked after. Members are asked
        only for what this office's own node has, since they fetch it from there.
        """
        now = int(self._clock())
        own = ipfs_pins.alias("own")
        here = select(own.c.cid).where(
            own.c.cid == ipfs_pins.c.cid, own.c.holder == OWN, own.c.state == PINNED
        )
        found: list[Pin] = []
        with self._office.connect() as connection:
            for state in (LEAVING, WAITING, PINNED):
                query = (
                    select(ipfs_pins, ipfs_blobs.c.digest)
                    .join(ipfs_blobs, ipfs_blobs.c.cid == ipfs_pins.c.cid)
                    .where(ipfs_pins.c.holder == holder, ipfs_pins.c.state == state, ipfs_pins.c.due <= now)
                    .order_by(ipfs_pins.c.due)
                    .limit(most - len(found))
                )
                if state == WAITING and holder != OWN:
                    query = query.where(here.exists())
                found += [_pin(row) for row in connection.execute(query)]
        return found

    def done(self, pin: Pin, state: str, again: int) -> None:
        """A pin has come into this state, to be looked after again in `again` seconds. One that was told to leave
        meanwhile is left so: it will be asked for next.
        """
        now = int(self._clock())
        since = pin.since if state == pin.state else now
        with self._office.begin() as connection:
            connection.execute(
                update(ipfs_pins)
                .where(self._same(pin))
                .values(state=state, since=since, due=now + again, tries=0, code="")
            )

    def failed(self, pin: Pin, code: str, longest: int) -> None:
        """It did not come to that; it is tried again after a pause that doubles up to `longest` seconds."""
        pause = min(longest, FIRST_PAUSE << min(pin.tries, 20))
        with self._office.begin() as connection:
            connection.execute(
                update(ipfs_pins)
                .where(self._same(pin))
                .values(tries=pin.tries + 1, due=int(self._clock()) + pause, code=code)
            )

    def hurry(self) -> None:
        """Have everything that is owed tried at once."""
        with self._office.begin() as connection:
            connection.execute(update(ipfs_pins).where(ipfs_pins.c.state.in_(OWED)).values(due=0))

    # -- telling --------------------------------------------------------------------------------------------------

    def blob_of(self, digest: Digest) -> Blob | None:
        """The blob of a document that is to be found elsewhere."""
        with self._office.connect() as connection:
            row = connection.execute(
                select(ipfs_blobs)
                .where(ipfs_blobs.c.digest == digest, ipfs_blobs.c.wanted == 1)
                .order_by(ipfs_blobs.c.at.desc())
                .limit(1)
            ).first()
        return None if row is None else Blob(row.cid, Digest(row.digest), row.length)

    def pins_of(self, digest: Digest) -> list[Pin]:
        """Every pin of a document's blobs, by node."""
        with self._office.connect() as connection:
            rows = connection.execute(
                select(ipfs_pins, ipfs_blobs.c.digest)
                .join(ipfs_blobs, ipfs_blobs.c.cid == ipfs_pins.c.cid)
                .where(ipfs_blobs.c.digest == digest)
                .order_by(ipfs_pins.c.holder, ipfs_pins.c.cid)
            )
            return [_pin(row) for row in rows]

    def tally(self, holder: str) -> Tally:
        """What a node owes. Costs what is owed, however much is pinned."""
        query = (
            select(ipfs_pins.c.state, func.count().label("rows"), func.min(ipfs_pins.c.since).label("oldest"))
            .where(ipfs_pins.c.holder == holder, ipfs_pins.c.state.in_(OWED))
            .group_by(ipfs_pins.c.state)
        )
        with self._office.connect() as connection:
            rows = {row.state: row for row in connection.execute(query)}
        waiting, leaving = (int(rows[state].rows) if state in rows else 0 for state in OWED)
        return Tally(holder, waiting, leaving, min((int(row.oldest) for row in rows.values()), default=0))

    def pinned(self, holder: str) -> int:
        """How many blobs a node pins."""
        query = select(func.count()).where(ipfs_pins.c.holder == holder, ipfs_pins.c.state == PINNED)
        with self._office.connect() as connection:
            return int(connection.execute(query).scalar_one())

    # -- plumbing -------------------------------------------------------------------------------------------------

    @staticmethod
    def _same(pin: Pin) -> ColumnElement[bool]:
        return and_(
            ipfs_pins.c.cid == pin.cid, ipfs_pins.c.holder == pin.holder, ipfs_pins.c.state == pin.state
        )

    @staticmethod
    def _enter_pin(connection: Connection, cid: str, holder: str, now: int) -> None:
        there = connection.execute(
            select(ipfs_pins.c.state).where(ipfs_pins.c.cid == cid, ipfs_pins.c.holder == holder)
        ).first()
        if there is None:
            connection.execute(
                insert(ipfs_pins).values(
                    cid=cid, holder=holder, state=WAITING, since=now, due=0, tries=0, code=""
                )
            )

    @staticmethod
    def _leave(connection: Connection, digest: Digest, now: int, keep: str = "") -> int:
        cids = [
            row.cid
            for row in connection.execute(
                select(ipfs_blobs.c.cid).where(
                    ipfs_blobs.c.digest == digest, ipfs_blobs.c.wanted == 1, ipfs_blobs.c.cid != keep
                )
            )
        ]
        if not cids:
            return 0
        connection.execute(update(ipfs_blobs).where(ipfs_blobs.c.cid.in_(cids)).values(wanted=0))
        asked = connection.execute(
            update(ipfs_pins)
            .where(ipfs_pins.c.cid.in_(cids), ipfs_pins.c.state.in_((WAITING, PINNED)))
            .values(state=LEAVING, since=now, due=0, tries=0, code="")
        )
        return int(asked.rowcount)

    @staticmethod
    def _mark(connection: Connection, digests: Iterable[Digest], queued: int) -> None:
        listed = list(digests)
        for start in range(0, len(listed), PAGE):
            connection.execute(
                update(papers)
                .where(papers.c.digest.in_(listed[start : start + PAGE]), papers.c.queued == _NEW)
                .values(queued=queued)
            )


def _pin(row: object) -> Pin:
    found = row._mapping  # type: ignore[attr-defined]  # a row of SQLAlchemy's
    return Pin(
        found["cid"],
        found["holder"],
        found["state"],
        found["since"],
        found["tries"],
        found["code"],
        Digest(found["digest"]),
    )
