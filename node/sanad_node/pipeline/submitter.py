"""The submitter: turns accepted acts into signed transactions and follows them until they are final.

One submitter per office database, so one per key. The order of a key's acts is kept. An act that the
contracts would refuse is found by a preflight call and never signed. What was signed is stored, byte for
byte, before it is sent: after a crash the same bytes are sent again, so an act happens once whatever was
lost on the way.

Issues of one type by one key that wait together go into one transaction (`issueMany`): most of an act's
cost is the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy import Engine as Database

from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call, selector
from sanad_node.engines.base import CallReverted, Engine, Receipt, TransactionRefused
from sanad_node.keyring import Keyring
from sanad_node.network import Network
from sanad_node.pipeline.refusals import Refusal, refusal_of
from sanad_node.signing import Transaction
from sanad_node.store.ledger_tables import entries
from sanad_node.store.office_tables import outbox, transactions
from sanad_verifier.errors import InputError

GROUP_AT_MOST = 250
"""Issues in one transaction: about 1.2 million gas, well inside a block of any engine."""
ROUND_AT_MOST = 5000
LOOKED_UP_TOGETHER = 500
IN_FLIGHT = 64
"""Transactions of one key that may be under way: more would only wait in the chain's own queues."""
TRIES = 3
"""How often an act's transaction may be undone on the chain after it passed its preflight."""
GAS_BASE = 400_000
GAS_PROPOSAL = 2_000_000
GAS_PER_ISSUE = 12_000


class Undone(InputError):
    """The chain undid the act's transaction although its preflight passed, several times."""

    code = "TRANSACTION_UNDONE"


@dataclass(frozen=True, slots=True)
class Group:
    """Acts that go into one transaction together."""

    acts: tuple[Row[Any], ...]
    contract: str
    calldata: bytes

    @property
    def signer(self) -> bytes:
        return bytes(self.acts[0].signer)

    @property
    def gas(self) -> int:
        base = GAS_PROPOSAL if self.contract == "Consortium" else GAS_BASE
        return base + GAS_PER_ISSUE * len(self.acts)


class Submitter:
    """`step` does one round; the caller repeats it while it returns True."""

    def __init__(
        self, office: Database, ledger: Database, engine: Engine, keyring: Keyring, network: Network
    ) -> None:
        self._office = office
        self._ledger = ledger
        self._engine = engine
        self._keyring = keyring
        self._network = network
        self._issue = selector(load("Ledger"), "issue")

    def resend(self) -> None:
        """Send again what was signed and has no final receipt: harmless if the chain has it already."""
        with self._office.connect() as connection:
            raw = connection.execute(
                select(transactions.c.raw)
                .where(transactions.c.settled == 0)
                .order_by(transactions.c.signer, transactions.c.nonce)
            ).scalars()
            waiting = [bytes(r) for r in raw]
        if waiting:
            self._broadcast(waiting)

    def _broadcast(self, raw: Sequence[bytes]) -> None:
        """Send. A transaction that the chain can never take (its nonce was used elsewhere) frees its acts to
        be signed anew.
        """
        try:
            self._engine.broadcast(raw)
        except TransactionRefused as refused:
            with self._office.begin() as connection:
                for tx in refused.hashes:
                    connection.execute(
                        update(outbox).where(outbox.c.tx == tx).values(state="accepted", tx=None, place=0)
                    )
                    connection.execute(delete(transactions).where(transactions.c.hash == tx))

    def step(self) -> bool:
        """Plan, sign and send one round of waiting acts. False when nothing could be sent or refused."""
        groups, refused = self._plan()
        if not groups and not refused:
            return False
        with self._office.begin() as connection:
            for act, refusal in refused:
                _refuse(connection, act.id, refusal)
            raw = [self._sign(connection, group) for group in groups]
        if raw:
            self._broadcast(raw)
        return True

    # -- planning -------------------------------------------------------------------------------------------------

    def _plan(self) -> tuple[list[Group], list[tuple[Row[Any], Refusal]]]:
        with self._office.connect() as connection:
            waiting = connection.execute(
                select(outbox).where(outbox.c.state == "accepted").order_by(outbox.c.id).limit(ROUND_AT_MOST)
            ).all()
            under_way = connection.execute(
                select(func.min(outbox.c.id)).where(outbox.c.state == "signed")
            ).scalar()
            busy = set(
                connection.execute(
                    select(transactions.c.signer)
                    .where(transactions.c.settled == 0)
                    .group_by(transactions.c.signer)
                    .having(func.count() >= IN_FLIGHT)
                ).scalars()
            )
        sent: list[Group] = []
        failed: list[tuple[Row[Any], Refusal]] = []
        for signer, candidates in _by_signer(waiting).items():
            if signer in busy:
                continue
            for group in self._first_groups(candidates):
                good, bad = self._preflight(group)
                sent += good
                failed += bad
                if bad:
                    break  # later acts of this key must not overtake
        # An act may fail only because an earlier one has not happened yet; then it waits until that has.
        earlier = [act.id for group in sent for act in group.acts]
        first = min(earlier if under_way is None else [*earlier, under_way], default=None)
        refused = [(act, refusal) for act, refusal in failed if first is None or act.id < first]
        return sorted(sent, key=lambda g: g.acts[0].id), refused

    def _first_groups(self, acts: Sequence[Row[Any]]) -> list[Group]:
        """The acts of one key that may share a round: a run of issues, or one act of another kind."""
        if not self._groupable(acts[0]):
            return [Group((acts[0],), acts[0].contract, acts[0].calldata)]
        groups: list[list[Row[Any]]] = []
        for act in acts:
            if not self._groupable(act):
                break
            if groups and len(groups[-1]) < GROUP_AT_MOST and _doc_type(groups[-1][0]) == _doc_type(act):
                groups[-1].append(act)
            else:
                groups.append([act])
        return [self._join(group) for group in groups]

    def _groupable(self, act: Row[Any]) -> bool:
        return bool(act.contract == "Ledger" and act.calldata[:4] == self._issue and not act.alone)

    def _join(self, acts: Sequence[Row[Any]]) -> Group:
        if len(acts) == 1:
            return Group((acts[0],), acts[0].contract, acts[0].calldata)
        documents = [tuple(act.calldata[at : at + 32] for at in (36, 68, 100)) for act in acts]
        calldata = encode_call(load("Ledger"), "issueMany", _doc_type(acts[0]), documents)
        return Group(tuple(acts), "Ledger", calldata)

    def _preflight(self, group: Group) -> tuple[list[Group], list[tuple[Row[Any], Refusal]]]:
        """Split off what the contracts would refuse, halving until the culprit is found."""
        try:
            self._engine.call(
                self._network.address(group.contract), group.calldata, group.signer, gas=group.gas
            )
        except CallReverted as reverted:
            if len(group.acts) == 1:
                return [], [(group.acts[0], refusal_of(reverted.data))]
            half = len(group.acts) // 2
            good, bad = self._preflight(self._join(group.acts[:half]))
            more_good, more_bad = self._preflight(self._join(group.acts[half:]))
            return good + more_good, bad + more_bad
        return [group], []

    # -- signing --------------------------------------------------------------------------------------------------

    def _sign(self, connection: Connection, group: Group) -> bytes:
        highest = connection.execute(
            select(func.max(transactions.c.nonce)).where(transactions.c.signer == group.signer)
        ).scalar()
        known = -1 if highest is None else int(highest)
        # A restored office may have forgotten transactions that the chain remembers.
        nonce = max(known + 1, self._engine.nonce(group.signer))
        signed = self._keyring.signer(group.signer).sign_transaction(
            Transaction(
                nonce,
                self._network.address(group.contract),
                group.calldata,
                group.gas,
                self._network.chain_id,
            )
        )
        connection.execute(
            insert(transactions).values(
                hash=signed.hash, signer=group.signer, nonce=nonce, raw=signed.raw, settled=0
            )
        )
        connection.execute(
            update(outbox)
            .where(outbox.c.id == bindparam("b_id"))
            .values(state="signed", tx=signed.hash, place=bindparam("b_at")),
            [{"b_id": act.id, "b_at": place} for place, act in enumerate(group.acts)],
        )
        return signed.raw

    # -- settling -------------------------------------------------------------------------------------------------

    def settle(self) -> int:
        """Look up what was sent; returns how many acts moved on. Call it after the indexer has caught up."""
        with self._office.connect() as connection:
            unsettled = [
                bytes(h)
                for h in connection.execute(
                    select(transactions.c.hash).where(transactions.c.settled == 0)
                ).scalars()
            ]
        if not unsettled:
            return 0
        final = self._engine.final_height()
        found = [receipt for tx in unsettled if (receipt := self._engine.receipt(tx)) is not None]
        gone = set(unsettled) - {receipt.tx_hash for receipt in found}
        first = self._first_entries([receipt.tx_hash for receipt in found if receipt.succeeded])
        # One in a block that the indexer has not read yet, or without an entry, waits for the next time.
        done = [receipt for receipt in found if receipt.succeeded and receipt.tx_hash in first]
        seen = [receipt for receipt in found if receipt.succeeded and receipt.block > final]
        undone = [receipt for receipt in found if not receipt.succeeded and receipt.block <= final]
        moved = len(done)
        with self._office.begin() as connection:
            _unanchor(connection, gone)
            _anchor(connection, seen)
            _settle_successes(connection, done, first)
            for receipt in undone:
                moved += _settle_failure(connection, receipt.tx_hash)
        return moved

    def _first_entries(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """The number of the first entry that each of these transactions appended, as far as they are indexed."""
        found: dict[bytes, int] = {}
        with self._ledger.connect() as ledger:
            for start in range(0, len(hashes), LOOKED_UP_TOGETHER):
                part = hashes[start : start + LOOKED_UP_TOGETHER]
                rows = ledger.execute(
                    select(entries.c.tx, func.min(entries.c.idx))
                    .where(entries.c.tx.in_(part))
                    .group_by(entries.c.tx)
                )
                found.update({bytes(tx): int(idx) for tx, idx in rows})
        return found


def settle_by_record(office: Database, done: Mapping[bytes, int], undone: Collection[bytes]) -> None:
    """Settle what was sent to a chain that is gone, and is known from its record: `done` are transactions with the
    number of their first entry, `undone` those that the chain undid. All others wait to be sent to the next chain.
    """
    with office.begin() as connection:
        waiting = connection.execute(select(transactions.c.hash).where(transactions.c.settled == 0)).scalars()
        for tx in [bytes(one) for one in waiting]:
            if tx in done:
                _settle_successes(connection, [Receipt(tx, 0, True, 0, None)], done)
            elif tx in undone:
                _settle_failure(connection, tx)
            else:
                _unanchor(connection, {tx})


def _settle_failure(connection: Connection, tx: bytes) -> int:
    """A transaction that passed its preflight was undone: the chain changed in between. Judge each act
    again, alone; one that is undone time and again is refused.
    """
    connection.execute(update(transactions).where(transactions.c.hash == tx).values(settled=1))
    mine = outbox.c.tx == tx
    connection.execute(
        update(outbox)
        .where(mine, outbox.c.alone >= TRIES)
        .values(state="refused", code=Undone.code, message="the chain undid the act's transaction each time")
    )
    result = connection.execute(
        update(outbox)
        .where(mine, outbox.c.state != "refused")
        .values(state="accepted", tx=None, place=0, alone=outbox.c.alone + 1)
    )
    return int(result.rowcount)


def _anchor(connection: Connection, receipts: Sequence[Receipt]) -> None:
    """Note the blocks of these transactions, which may yet change: so their entries have no numbers."""
    if receipts:
        connection.execute(
            update(outbox)
            .where(outbox.c.tx == bindparam("b_tx"))
            .values(state="anchored", block=bindparam("b_block")),
            [{"b_tx": receipt.tx_hash, "b_block": receipt.block} for receipt in receipts],
        )


def _settle_successes(
    connection: Connection, receipts: Sequence[Receipt], first: Mapping[bytes, int]
) -> None:
    """Number the acts of these transactions, which are final, as the log does."""
    if not receipts:
        return
    connection.execute(
        update(outbox)
        .where(outbox.c.tx == bindparam("b_tx"))
        .values(
            state="final",
            block=bindparam("b_block"),
            entry=outbox.c.place + bindparam("b_first"),
        ),
        [
            {
                "b_tx": receipt.tx_hash,
                "b_block": receipt.block,
                "b_first": first[receipt.tx_hash],
            }
            for receipt in receipts
        ],
    )
    connection.execute(
        update(transactions).where(transactions.c.hash == bindparam("b_hash")).values(settled=1),
        [{"b_hash": receipt.tx_hash} for receipt in receipts],
    )


def _unanchor(connection: Connection, gone: set[bytes]) -> None:
    """A reorganisation took these transactions out of their blocks: their acts are only signed again."""
    if gone:
        connection.execute(
            update(outbox)
            .where(outbox.c.state == "anchored", outbox.c.tx == bindparam("b_tx"))
            .values(state="signed", block=None, entry=None),
            [{"b_tx": tx} for tx in gone],
        )


def _refuse(connection: Connection, number: int, refusal: Refusal) -> None:
    connection.execute(
        update(outbox)
        .where(outbox.c.id == number)
        .values(state="refused", code=refusal.code, message=refusal.message)
    )


def _by_signer(acts: Sequence[Row[Any]]) -> dict[bytes, list[Row[Any]]]:
    lanes: dict[bytes, list[Row[Any]]] = {}
    for act in acts:
        lanes.setdefault(act.signer, []).append(act)
    return lanes


def _doc_type(act: Row[Any]) -> bytes:
    """The type word of an `issue` call: its first argument."""
    return bytes(act.calldata[4:36])
