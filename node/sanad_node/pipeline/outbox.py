"""The outbox: acts this office has promised to bring to the chain.

`accept` returns when the act is on the disk. Callers that arrive together share one commit (group commit):
whoever holds the commit lock writes everything that waits. An idempotency key names an act for ever: the
same key with the same request returns the same act, with another request it is refused.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, Table, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError

from sanad_node.store.database import store_error
from sanad_node.store.office_tables import outbox
from sanad_verifier.errors import InputError

State = Literal["accepted", "signed", "anchored", "final", "refused"]
KEY_LENGTH = 256
COMMIT_AT_MOST = 512
"""Acts in one commit: bounds how long the first of them waits for the last."""


class IdempotencyKeyReused(InputError):
    """The idempotency key belongs to another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class IdempotencyKeyInvalid(InputError):
    """An idempotency key is 1 to 256 printable ASCII characters."""

    code = "IDEMPOTENCY_KEY_INVALID"


class UnknownAct(InputError):
    """No act has this number or key."""

    code = "UNKNOWN_ACT"


@dataclass(frozen=True, slots=True)
class Fact:
    """Rows of one table of the office database that must be there exactly when the act is."""

    table: Table
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """An act to carry out: a contract call and the key that signs it. `fingerprint` identifies what was
    asked.
    """

    key: str
    fingerprint: bytes
    signer: bytes
    contract: str
    calldata: bytes
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """An act as the outbox knows it. `entry` is the number of its first entry in the log, once anchored."""

    id: int
    key: str
    state: State
    signer: bytes
    contract: str
    tx: bytes | None
    entry: int | None
    block: int | None
    code: str | None
    message: str | None
    replayed: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in {"final", "refused"}


@dataclass(slots=True)
class _Waiting:
    request: Request
    outcome: Act | Exception | None = field(default=None)


class Outbox:
    """All writes of acts to the office database go through here."""

    def __init__(self, office: Engine, clock: Any) -> None:
        self._office = office
        self._clock = clock
        self._queue: list[_Waiting] = []
        self._queue_lock = threading.Lock()
        self._commit_lock = threading.Lock()

    def accept(self, request: Request) -> Act:
        """Store one act durably; thread-safe. Raises before anything is stored, or returns after all of it
        is.
        """
        return self.accept_all([request])[0]

    def accept_all(self, requests: Sequence[Request]) -> list[Act]:
        """Store several acts; each is refused or stored by itself, the first refusal is raised after the
        others are stored.
        """
        for request in requests:
            _check_key(request.key)
        waiting = [_Waiting(request) for request in requests]
        with self._queue_lock:
            self._queue.extend(waiting)
        while any(item.outcome is None for item in waiting):
            with self._commit_lock:
                if any(item.outcome is None for item in waiting):
                    self._commit_waiting()
        acts: list[Act] = []
        for item in waiting:
            if isinstance(item.outcome, Exception):
                raise item.outcome
            assert item.outcome is not None
            acts.append(item.outcome)
        return acts

    def _commit_waiting(self) -> None:
        with self._queue_lock:
            taken, self._queue = self._queue[:COMMIT_AT_MOST], self._queue[COMMIT_AT_MOST:]
        outcomes: list[Act | Exception]
        try:
            with self._office.begin() as connection:
                outcomes = [self._store(connection, item.request) for item in taken]
        except DatabaseError as error:
            outcomes = [store_error(error, "office.db")] * len(taken)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, or waits for ever
            outcomes = [error] * len(taken)
        for item, outcome in zip(taken, outcomes, strict=True):
            item.outcome = outcome

    def _store(self, connection: Connection, request: Request) -> Act | IdempotencyKeyReused:
        known = connection.execute(select(outbox).where(outbox.c.key == request.key)).first()
        if known is not None:
            if known.fingerprint != request.fingerprint:
                return IdempotencyKeyReused(
                    "this idempotency key was used for another request", field="idempotencyKey"
                )
            return _act(known, replayed=True)
        result = connection.execute(
            insert(outbox).values(
                key=request.key,
                fingerprint=request.fingerprint,
                signer=request.signer,
                contract=request.contract,
                calldata=request.calldata,
                state="accepted",
                place=0,
                alone=0,
                accepted_at=int(self._clock()),
            )
        )
        for fact in request.facts:
            connection.execute(upsert(fact.table).on_conflict_do_nothing(), list(fact.rows))
        (number,) = result.inserted_primary_key or (0,)
        return Act(
            int(number),
            request.key,
            "accepted",
            request.signer,
            request.contract,
            None,
            None,
            None,
            None,
            None,
        )

    def find(self, key: str) -> Act | None:
        """The act of an idempotency key, or None."""
        _check_key(key)
        with self._office.connect() as connection:
            row = connection.execute(select(outbox).where(outbox.c.key == key)).first()
        return None if row is None else _act(row)

    def get(self, number: int) -> Act:
        """The act of a number; `UnknownAct` if there is none."""
        with self._office.connect() as connection:
            row = connection.execute(select(outbox).where(outbox.c.id == number)).first()
        if row is None:
            raise UnknownAct("there is no such act", field="act")
        return _act(row)

    def many(self, numbers: Iterable[int]) -> list[Act]:
        """The acts of these numbers, in order of number."""
        wanted = sorted(set(numbers))
        found: list[Act] = []
        with self._office.connect() as connection:
            for start in range(0, len(wanted), 500):
                part = wanted[start : start + 500]
                found += [
                    _act(r)
                    for r in connection.execute(
                        select(outbox).where(outbox.c.id.in_(part)).order_by(outbox.c.id)
                    )
                ]
        return found

    def refuse(self, number: int, code: str, message: str) -> None:
        """Record that the contract will not take this act."""
        with self._office.begin() as connection:
            connection.execute(
                update(outbox)
                .where(outbox.c.id == number)
                .values(state="refused", code=code, message=message)
            )


def _check_key(key: str) -> None:
    if not 0 < len(key) <= KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyInvalid(
            "an idempotency key is 1 to 256 printable ASCII characters", field="idempotencyKey"
        )


def _act(row: Row[Any], *, replayed: bool = False) -> Act:
    return Act(
        row.id,
        row.key,
        row.state,
        row.signer,
        row.contract,
        row.tx,
        row.entry,
        row.block,
        row.code,
        row.message,
        replayed,
    )
