"""The outbox: acts this office has promised to bring to the chain.

`accept` returns when the act is on the disk. Callers that arrive together share one commit. An idempotency key
names an act for ever: the same key with the same request returns the same act, with another request it is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from sanad_node.group_commit import GroupCommit
from sanad_node.store.dialects import unless_there
from sanad_node.store.faults import TextInvalid, store_error
from sanad_node.store.office_tables import outbox
from sanad_node.store.questions import Question
from sanad_node.store.repeating import repeated
from sanad_verifier.errors import InputError

State = Literal["accepted", "signed", "anchored", "final", "refused"]
KEY_LENGTH = 256
COMMIT_AT_MOST = 512
"""Acts in one commit: bounds how long the first of them waits for the last."""
_OF_KEYS = select(outbox).where(outbox.c.key.in_(bindparam("keys", expanding=True)))
_OF_KEY = Question(select(outbox).where(outbox.c.key == bindparam("key")))
_INSERT = insert(outbox).returning(
    outbox, sort_by_parameter_order=True
)  # the numbers follow the order of arrival


class IdempotencyKeyReused(InputError):
    """The idempotency key belongs to another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class IdempotencyKeyInvalid(InputError):
    """An idempotency key is 1 to 256 printable ASCII characters (1 to 128 of a request to the service)."""

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
    asked; `what` and `about` say it in words and names, for those who follow the act.
    """

    key: str
    fingerprint: bytes
    signer: bytes
    contract: str
    calldata: bytes
    facts: tuple[Fact, ...] = ()
    what: str = ""
    about: Mapping[str, str] = field(default_factory=dict)


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


class Outbox:
    """All writes of acts to the office database go through here."""

    def __init__(self, office: Engine, clock: Any) -> None:
        self._office = office
        self._clock = clock
        self._group: GroupCommit[Request, Act] = GroupCommit(self._commit, at_most=COMMIT_AT_MOST)

    def accept(self, request: Request) -> Act:
        """Store one act durably; thread-safe. Raises before anything is stored, or returns after all of it
        is.
        """
        return self.accept_all([request])[0]

    def accept_all(self, requests: Sequence[Request]) -> list[Act]:
        """Store several acts; each is refused or stored by itself, the first refusal is raised after the
        others are stored.
        """
        acts: list[Act] = []
        for outcome in self.accept_each(requests):
            if isinstance(outcome, Exception):
                raise outcome
            acts.append(outcome)
        return acts

    def accept_each(self, requests: Sequence[Request]) -> list[Act | Exception]:
        """As `accept_all`, with what became of each."""
        for request in requests:
            _check_key(request.key)
            _check_texts(request)
        return self._group.through(requests)

    def _commit(self, requests: list[Request]) -> list[Act | Exception]:
        """All of them or, when it raises, none that anybody was told of.

        A commit whose answer was lost is done again: what it has stored is found under its keys, and is as new.
        """
        tried: set[str] = set()

        def once() -> list[Act | Exception]:
            try:
                with self._office.begin() as connection:
                    return self._store(connection, requests, tried)
            except IntegrityError as error:  # one process writes acts, and it has just looked
                raise store_error(error, "office") from error

        return repeated(once)

    # -- storing --------------------------------------------------------------------------------------------------

    def _store(
        self, connection: Connection, requests: Sequence[Request], tried: set[str]
    ) -> list[Act | Exception]:
        """Write those requests that are new, all together; a key's first request wins. `tried` are keys that were new
        when this was done before.
        """
        named = {request.key for request in requests}
        known = {
            row.key: (row.fingerprint, _act(row, replayed=True))
            for row in connection.execute(_OF_KEYS, {"keys": list(named)})
        }
        stored = {key: known.pop(key)[1] for key in tried & known.keys()}
        fresh: dict[str, Request] = {}
        for request in requests:
            if request.key not in known and request.key not in stored:
                fresh.setdefault(request.key, request)
        tried.update(fresh)
        stored |= self._insert(connection, list(fresh.values()))
        outcomes: list[Act | Exception] = []
        for request in requests:
            act = stored.pop(request.key, None)
            if act is not None:
                known[request.key] = (request.fingerprint, replace(act, replayed=True))
                outcomes.append(replace(act, replayed=False))
            elif known[request.key][0] == request.fingerprint:
                outcomes.append(known[request.key][1])
            else:
                outcomes.append(
                    IdempotencyKeyReused(
                        "this idempotency key was used for another request", field="idempotencyKey"
                    )
                )
        return outcomes

    def _insert(self, connection: Connection, requests: Sequence[Request]) -> dict[str, Act]:
        """New acts with their facts, by key."""
        if not requests:
            return {}
        now = int(self._clock())
        rows = [
            {
                "key": request.key,
                "fingerprint": request.fingerprint,
                "signer": request.signer,
                "contract": request.contract,
                "calldata": request.calldata,
                "state": "accepted",
                "place": 0,
                "alone": 0,
                "accepted_at": now,
            }
            for request in requests
        ]
        facts: dict[Table, list[dict[str, Any]]] = {}
        for request in requests:
            for fact in request.facts:
                facts.setdefault(fact.table, []).extend(fact.rows)
        acts = {row.key: _act(row) for row in connection.execute(_INSERT, rows)}
        for table, described in facts.items():
            connection.execute(unless_there(connection, table), described)
        return acts

    def find(self, key: str) -> Act | None:
        """The act of an idempotency key, or None."""
        _check_key(key)
        row = _OF_KEY.first(self._office, key=key)
        return None if row is None else _act(row)

    def unfinished(self) -> bool:
        """Whether an act is promised that is in no block yet."""
        with self._office.connect() as connection:
            waiting = select(outbox.c.id).where(outbox.c.state.in_(("accepted", "signed"))).limit(1)
            return connection.execute(waiting).first() is not None

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


def _check_texts(request: Request) -> None:
    """Refuse what one of the stores would refuse, before it is among the acts of others."""
    for fact in request.facts:
        for row in fact.rows:
            for column, value in row.items():
                if isinstance(value, str) and "\0" in value:
                    raise TextInvalid("a text holds a NUL character, which no store keeps", field=column)


def _act(row: Any, *, replayed: bool = False) -> Act:
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
