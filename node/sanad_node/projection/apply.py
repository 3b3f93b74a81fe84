"""What each entry does to the projections.

The contracts have judged every entry already; nothing is refused here. A reader of a mirror, who has the
entries and no chain, gets the same tables. Rows that only accumulate (entries, documents) are written in
bulk, and so are those that change often (standings, consignments) with what they have come to by then; other rows that
change are written at once. What waits to be written is bounded, so a replay of any length
needs the same memory.
"""

from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, update

from sanad_node.batch_files import read_batch
from sanad_node.projection.drawdown import DrawdownProjection
from sanad_node.projection.log_tree import GrowingLogTree
from sanad_node.projection.register import RegisterProjection
from sanad_node.projection.titles import TitlesProjection
from sanad_node.store import ledger_tables as t
from sanad_node.store.dialects import upsert, upsert_in
from sanad_verifier.custody_words import LiftWords
from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.entries import (
    Entry,
    FormationWord,
    Kind,
    ReadingsWord,
    StatusWord,
    Terms,
    Window,
    decode_entry,
)

ZERO = bytes(32)
ROWS_AT_MOST = 8_192
"""Rows of a table that wait to be written together."""
STATE_AFTER = {
    Kind.SUSPEND: "suspended",
    Kind.REINSTATE: "active",
    Kind.SUPERSEDE: "superseded",
    Kind.REVOKE: "revoked",
}
_MOVED = ("holder", "taker", "quantity", "place", "condition")
"""What an act may change of a consignment; None leaves it as it was."""
_MOVE = (
    update(t.consignments)
    .where(t.consignments.c.id == bindparam("moved"))
    .values(
        {
            **{name: func.coalesce(bindparam(f"new_{name}"), t.consignments.c[name]) for name in _MOVED},
            "sequence": t.consignments.c.sequence + bindparam("steps"),
            "time": bindparam("new_time"),
        }
    )
)


class Projection:
    """Applies entries in order to one connection's transaction."""

    def __init__(self, connection: Connection, size: int, batch_folder: Path) -> None:
        self._connection = connection
        self._batches = batch_folder
        self._tree = GrowingLogTree(connection, size)
        self._leaves: list[Digest] = []
        self._rows: dict[Table, list[dict[str, Any]]] = {}
        self._standings: dict[tuple[int, str, bytes], dict[str, Any]] = {}
        self._registered: dict[bytes, dict[str, Any]] = {}
        self._moved: dict[bytes, dict[str, Any]] = {}
        self._register = RegisterProjection(connection, self._stand)
        self._drawdown = DrawdownProjection(connection)
        self._titles = TitlesProjection(connection, self._stand)
        self.size = size

    def append(self, index: int, raw: bytes, block: int, tx: bytes) -> None:
        """Keep entry number `index` and apply it."""
        entry = self.apply(index, raw)
        self._later(t.entries, idx=index, block=block, tx=tx, raw=raw, subject=entry.subject)

    def apply(self, index: int, raw: bytes) -> Entry:
        """Apply entry number `index`, which is kept already or need not be."""
        entry = decode_entry(raw)
        self._leaves.append(hash_leaf(raw))
        self.size = index + 1
        if entry.kind is Kind.ISSUE:
            self._document(index, 0, entry, entry.subject, entry.related, entry.data)
        elif entry.kind is Kind.ISSUE_BATCH:
            self._batch(index, entry)
        elif entry.kind in STATE_AFTER:
            self._status(index, entry)
        elif Kind.OPEN <= entry.kind <= Kind.AMEND:
            self._drawdown.apply(index, entry)
        elif entry.kind < Kind.REGISTER:
            self._register.apply(index, entry)
        elif entry.kind < Kind.FORMATION:
            self._custody(index, entry)
        elif entry.kind is Kind.STAGE:
            pass  # read from the log itself, by its declaration (`drawdown.stages`)
        elif entry.kind in {Kind.POLICY, Kind.POLICY_PARENT}:
            self._register.apply_policy(index, entry)
        elif entry.kind < Kind.MEMBER:
            self._formation(index, entry)
        elif entry.kind >= Kind.TITLE:
            self._titles.apply(index, entry)
        else:
            self._consortium(index, entry)
        if len(self._leaves) >= ROWS_AT_MOST:
            self.flush()
        return entry

    def flush(self) -> None:
        """Write what was collected: entries, documents, standings, consignments and the tree's tiles."""
        for table, rows in self._rows.items():
            if rows:
                self._connection.execute(insert(table), rows)
        self._rows.clear()
        if self._standings:
            self._connection.execute(
                _upsert(t.statuses, self._connection.dialect.name), list(self._standings.values())
            )
        if self._registered:
            self._connection.execute(insert(t.consignments), list(self._registered.values()))
        if self._moved:
            self._connection.execute(_MOVE, list(self._moved.values()))
        for collected in (self._standings, self._registered, self._moved):
            collected.clear()
        if self._leaves:
            self._tree.append(self._leaves)
            self._leaves.clear()

    # -- documents ------------------------------------------------------------------------------------------------

    def _document(
        self, index: int, leaf: int, entry: Entry, digest: bytes, fields: bytes, key: bytes
    ) -> None:
        self._later(
            t.documents,
            entry=index,
            leaf=leaf,
            digest=digest,
            issuer=entry.formation,
            doc_type=entry.doc_type,
            fields=fields,
            key=key,
            time=entry.time,
        )

    def _batch(self, index: int, entry: Entry) -> None:
        self._later(t.batches, entry=index, root=entry.subject, leaves=int.from_bytes(entry.data))
        leaves = read_batch(self._batches, Digest(entry.subject))
        for place, leaf in enumerate(leaves or ()):
            self._document(index, place, entry, leaf.subject, leaf.related, leaf.data)

    def _status(self, index: int, entry: Entry) -> None:
        word = StatusWord.unpack(entry.data)
        state = STATE_AFTER[entry.kind]
        if state == "active" and self._register.is_consumed(word.issuer, entry.doc_type, entry.subject):
            state = "consumed"  # reinstated, and still used up
        if state == "active" and self._titles.is_surrendered(word.issuer, entry.doc_type, entry.subject):
            state = "surrendered"  # reinstated, and still with its carrier
        if entry.kind is Kind.SUPERSEDE:
            self._titles.supersede(index, entry)
        self._stand(
            issuer=word.issuer,
            doc_type=entry.doc_type,
            digest=entry.subject,
            state=state,
            reason=word.reason,
            replacement=entry.related,
            entry=index,
            time=entry.time,
        )

    def _stand(self, **row: Any) -> None:
        """The latest standing of a document, written with the others."""
        self._standings[row["issuer"], row["doc_type"], row["digest"]] = row

    # -- custody --------------------------------------------------------------------------------------------------

    def _custody(self, index: int, entry: Entry) -> None:
        subject = entry.subject
        if entry.kind is Kind.HOLD:
            self._put(
                t.holds,
                consignment=subject,
                formation=entry.formation,
                reason=int.from_bytes(entry.data),
                time=entry.time,
            )
            self._touch(entry)
            return
        if entry.kind is Kind.LIFT:
            holder = LiftWords.unpack(entry.related, entry.data).holder
            self._connection.execute(
                delete(t.holds).where(t.holds.c.consignment == subject, t.holds.c.formation == holder)
            )
            self._touch(entry)
            return
        if entry.kind is Kind.RECALL:  # by who has the holder's place, maybe: who is the holder from now on
            self._touch(entry, 1, taker=0, holder=entry.formation)
            return
        if entry.kind >= Kind.OBSERVE:
            self._observed(index, entry)
            return
        terms = Terms.unpack(entry.related)
        if entry.kind is Kind.REGISTER:
            self._registered[subject] = {
                "id": subject,
                "kind": entry.doc_type,
                "holder": entry.formation,
                "taker": 0,
                "sequence": 0,
                "quantity": terms.quantity,
                "place": terms.place,
                "condition": int(terms.condition),
                "entry": index,
                "time": entry.time,
            }
        elif entry.kind is Kind.SHIP:
            self._touch(entry, 1, taker=terms.taker, holder=entry.formation)
        elif entry.kind is Kind.REFUSE:
            self._touch(entry, 1, taker=0)
        else:
            self._touch(
                entry,
                1,
                holder=entry.formation,
                taker=0,
                quantity=terms.quantity,
                place=terms.place,
                condition=int(terms.condition),
            )

    def _observed(self, index: int, entry: Entry) -> None:
        """What was seen moves nothing; devices have a table of their own."""
        if entry.kind is Kind.DEVICE:
            window = Window.unpack(entry.data)
            self._put(
                t.devices,
                address=entry.subject[12:],
                formation=entry.formation,
                serial=entry.related,
                valid_from=window.start,
                valid_to=window.end,
                sequence=0,
                entry=index,
            )
        elif entry.kind is Kind.DEVICE_CLOSED:
            self._device(entry.subject[12:], valid_to=entry.time)
        elif entry.kind is Kind.OBSERVE_BATCH:
            word = ReadingsWord.unpack(entry.data)
            self._device(word.device, sequence=word.sequence)

    def _device(self, address: bytes, **changed: int) -> None:
        self._connection.execute(update(t.devices).where(t.devices.c.address == address).values(**changed))

    def _touch(self, entry: Entry, steps: int = 0, **changed: Any) -> None:
        """What an act changes of a consignment; `steps` of its sequence."""
        fresh = self._registered.get(entry.subject)
        if fresh is not None:
            fresh.update(changed, time=entry.time, sequence=fresh["sequence"] + steps)
            return
        moved = self._moved.get(entry.subject)
        if moved is None:
            unchanged = dict.fromkeys(f"new_{name}" for name in _MOVED)
            moved = self._moved[entry.subject] = {"moved": entry.subject, "steps": 0, **unchanged}
        moved.update({f"new_{name}": value for name, value in changed.items()})
        moved.update(new_time=entry.time, steps=moved["steps"] + steps)

    # -- formations and keys --------------------------------------------------------------------------------------

    def _formation(self, index: int, entry: Entry) -> None:
        number = int.from_bytes(entry.subject)
        address = entry.subject[12:]
        if entry.kind is Kind.FORMATION:
            word = FormationWord.unpack(entry.data)
            self._connection.execute(
                insert(t.formations).values(
                    number=number,
                    code=_ascii(entry.related),
                    kind=entry.doc_type,
                    parent=word.parent,
                    valid_from=word.window.start,
                    valid_to=word.window.end,
                    suspended_at=0,
                    entry=index,
                )
            )
            if word.predecessor:  # a newer log says it again, with an entry of its own
                self._succeeds(word.predecessor, number, word.window.start, index)
        elif entry.kind is Kind.SUCCESSION:
            self._succeeds(number, int.from_bytes(entry.related), int.from_bytes(entry.data), index)
        elif entry.kind is Kind.KEY:
            self._connection.execute(
                insert(t.keys).values(
                    address=address,
                    formation=int.from_bytes(entry.data[12:16]),
                    officer=entry.related,
                    valid_from=int.from_bytes(entry.data[16:24]),
                    valid_to=int.from_bytes(entry.data[24:32]),
                    suspended_at=0,
                    compromised_from=0,
                    entry=index,
                )
            )
        elif entry.kind is Kind.SCOPE:
            self._put(
                t.scopes,
                formation=number,
                doc_type=entry.doc_type,
                acts=int.from_bytes(entry.related),
                valid_from=int.from_bytes(entry.data[16:24]),
                valid_to=int.from_bytes(entry.data[24:32]),
                entry=index,
            )
        else:
            self._authority_ends_or_returns(entry, number, address)

    def _succeeds(self, predecessor: int, successor: int, since: int, index: int) -> None:
        self._put(t.successions, predecessor=predecessor, successor=successor, since=since, entry=index)

    def _authority_ends_or_returns(self, entry: Entry, number: int, address: bytes) -> None:
        moment = int.from_bytes(entry.data)
        changed: dict[Kind, dict[str, int]] = {
            Kind.FORMATION_SUSPENDED: {"suspended_at": entry.time},
            Kind.FORMATION_REINSTATED: {"suspended_at": 0},
            Kind.FORMATION_CLOSED: {"valid_to": moment},
            Kind.KEY_SUSPENDED: {"suspended_at": entry.time},
            Kind.KEY_REINSTATED: {"suspended_at": 0},
            Kind.KEY_CLOSED: {"valid_to": moment},
            Kind.KEY_COMPROMISED: {"compromised_from": moment},
        }
        if entry.kind < Kind.KEY:
            where = t.formations.c.number == number
            self._connection.execute(update(t.formations).where(where).values(**changed[entry.kind]))
        else:
            self._connection.execute(
                update(t.keys).where(t.keys.c.address == address).values(**changed[entry.kind])
            )

    # -- consortium -----------------------------------------------------------------------------------------------

    def _consortium(self, index: int, entry: Entry) -> None:
        address = entry.subject[12:]
        number = int.from_bytes(entry.data)
        if entry.kind is Kind.MEMBER:
            self._put(
                t.members,
                address=address,
                number=number,
                cosigning_key=entry.related,
                since=entry.time,
                removed_at=0,
            )
        elif entry.kind is Kind.MEMBER_REMOVED:
            self._connection.execute(
                update(t.members).where(t.members.c.address == address).values(removed_at=entry.time)
            )
        elif entry.kind is Kind.COSIGNING_KEY:
            self._connection.execute(
                update(t.members).where(t.members.c.address == address).values(cosigning_key=entry.related)
            )
        elif entry.kind is Kind.THRESHOLD:
            self._council(threshold=int.from_bytes(entry.subject))
        elif entry.kind is Kind.NETWORK:
            self._council(network_digest=entry.subject, network_version=number)
        elif entry.kind is Kind.CONTRACT:
            self._put(
                t.contracts, address=address, role=_ascii(entry.data), code_hash=entry.related, entry=index
            )
        else:
            self._proposal(entry, number)

    def _council(self, **changed: Any) -> None:
        row = {"id": 1, "threshold": 0, "network_digest": ZERO, "network_version": 0, **changed}
        statement = upsert(self._connection, t.consortium).values(**row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))

    def _proposal(self, entry: Entry, number: int) -> None:
        if entry.kind is Kind.PROPOSED:
            self._connection.execute(
                insert(t.proposals).values(
                    number=number,
                    digest=entry.subject,
                    target=entry.related[12:],
                    proposer=entry.key,
                    proposed_at=entry.time,
                    executed_at=0,
                )
            )
        elif entry.kind is Kind.EXECUTED:
            self._connection.execute(
                update(t.proposals).where(t.proposals.c.number == number).values(executed_at=entry.time)
            )
        if entry.kind in {Kind.PROPOSED, Kind.APPROVED}:  # who proposes approves
            self._put(t.approvals, number=number, member=entry.key, time=entry.time)

    # -- writing --------------------------------------------------------------------------------------------------

    def _later(self, table: Table, **values: Any) -> None:
        rows = self._rows.setdefault(table, [])
        rows.append(values)
        if len(rows) >= ROWS_AT_MOST:  # a batch has many documents
            self._connection.execute(insert(table), rows)
            rows.clear()

    def _put(self, table: Table, **values: Any) -> None:
        self._connection.execute(_upsert(table, self._connection.dialect.name), [values])


@cache
def _upsert(table: Table, dialect: str) -> Any:
    """Put whole rows of a table in the place of those of the same key."""
    statement = upsert_in(dialect, table)
    keys = [column.name for column in table.primary_key]
    rest = {
        column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def _ascii(word: bytes) -> str:
    return word.rstrip(b"\0").decode("ascii")
