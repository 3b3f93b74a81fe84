"""The pipeline on a simulated chain: nothing acknowledged is lost, nothing happens twice, whatever fails
and whenever.
"""

import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select, update

from sanad_node.acting import word
from sanad_node.continuing import record
from sanad_node.continuing.carried import ENTRIES, FACTS, Carried
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.datadir import DataDirectoryDamaged
from sanad_node.engines.base import ChainUnavailable, ConsensusViolation
from sanad_node.keyring import Keyring
from sanad_node.pipeline.indexer import Indexer
from sanad_node.pipeline.outbox import Act, IdempotencyKeyReused, Outbox, Request
from sanad_node.pipeline.submitter import TRIES, Submitter, settle_by_record
from sanad_node.reindexing import projection_digest
from sanad_node.signing import Transaction
from sanad_node.store.ledger_tables import documents, entries, sent
from sanad_node.store.office_tables import outbox, transactions
from sanad_testkit.chain import SimulatedChain, SimulatedKeyring, SimulatedSigner, Unreachable, network
from sanad_testkit.stores import Databases
from sanad_verifier.chain.keccak import keccak

ALICE, BOB = bytes.fromhex("aa" * 20), bytes.fromhex("bb" * 20)


class Office:
    """An office's databases on disk with a pipeline over them; `restart` forgets everything that was only
    in memory.
    """

    def __init__(self, databases: Databases, chain: SimulatedChain) -> None:
        self.databases = databases
        folder = self.folder = databases.folder
        self.chain = chain
        (folder / "batches").mkdir(exist_ok=True)
        self.restart()

    def restart(self) -> None:
        self.office = self.databases.open("office")
        self.ledger = self.databases.open("ledger")
        self.outbox = Outbox(self.office, lambda: 1_700_000_000)
        keyring = cast(Keyring, SimulatedKeyring())
        self.indexer = Indexer(self.ledger, self.chain, network(), self.folder / "batches")
        self.submitter = Submitter(self.office, self.ledger, self.chain, keyring, network())

    def accept(self, name: str, signer: bytes = ALICE) -> Act:
        return self.outbox.accept(issue(name, signer))

    def pump(self) -> None:
        self.indexer.sync()
        self.submitter.settle()
        self.submitter.resend()
        while True:
            self.indexer.sync()
            self.submitter.settle()
            if not self.submitter.step():
                return

    def states(self, acts: list[Act]) -> list[str]:
        return [self.outbox.get(act.id).state for act in acts]


def digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def issue(name: str, signer: bytes = ALICE, key: str | None = None) -> Request:
    call = encode_call(load("Ledger"), "issue", word("FILE"), digest(name), bytes(32), bytes(32))
    return Request(key or name, digest(name), signer, "Ledger", call)


@pytest.fixture
def office(databases: Databases) -> Office:
    return Office(databases, SimulatedChain())


def test_accepted_acts_become_final_entries_in_the_order_they_were_accepted(office: Office) -> None:
    acts = [office.accept(f"document {n}") for n in range(7)]
    assert office.states(acts) == ["accepted"] * 7
    office.pump()
    assert office.states(acts) == ["final"] * 7
    assert [office.outbox.get(act.id).entry for act in acts] == list(range(7))
    assert office.chain.issued() == [digest(f"document {n}") for n in range(7)]


def test_issues_that_wait_together_share_a_transaction(office: Office) -> None:
    for n in range(40):
        office.accept(f"document {n}")
    office.pump()
    assert sum(len(block.raw) for block in office.chain.blocks) == 1


def test_the_same_key_with_the_same_request_is_the_same_act(office: Office) -> None:
    first = office.accept("document")
    again = office.accept("document")
    assert (again.id, again.replayed) == (first.id, True)
    office.pump()
    assert office.accept("document").state == "final"
    assert office.chain.issued() == [digest("document")]


def test_the_same_key_with_another_request_is_refused(office: Office) -> None:
    office.outbox.accept(issue("one", key="k"))
    with pytest.raises(IdempotencyKeyReused) as refused:
        office.outbox.accept(issue("two", key="k"))
    assert (refused.value.code, refused.value.field) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    office.pump()
    assert office.chain.issued() == [digest("one")]


def test_one_bad_act_among_many_is_refused_alone(office: Office) -> None:
    office.chain.forbidden.add(digest("document 13"))
    acts = [office.accept(f"document {n}") for n in range(30)]
    office.pump()
    states = office.states(acts)
    assert states.count("final") == 29
    assert states[13] == "refused"
    assert office.outbox.get(acts[13].id).code == "ACT_REFUSED"


def test_an_act_that_needs_an_earlier_one_of_another_key_waits_for_it(office: Office) -> None:
    office.chain.needs[digest("second")] = digest("first")
    first, second = office.accept("first", ALICE), office.accept("second", BOB)
    office.pump()
    assert office.states([first, second]) == ["final", "final"]


def test_an_act_that_needs_a_later_one_is_refused(office: Office) -> None:
    office.chain.needs[digest("early")] = digest("late")
    early, late = office.accept("early", ALICE), office.accept("late", BOB)
    office.pump()
    assert office.states([early, late]) == ["refused", "final"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["broadcast", "receipt", "head", "block", "logs", "nonce", "call"])
def test_a_call_that_fails_loses_nothing_and_doubles_nothing(office: Office, call: str, when: str) -> None:
    acts = [
        office.accept(f"document {n}", signer)
        for n in range(3)
        for signer in (ALICE, BOB)
        if n or signer == ALICE
    ]
    office.chain.fault = fault = Unreachable(call, when)
    try:
        office.pump()
    except ChainUnavailable:
        office.restart()
        office.pump()
    assert fault.fired or when == "after", "the call was never made"
    assert sorted(office.chain.issued()) == sorted({digest(act.key) for act in acts})
    assert office.states(acts) == ["final"] * len(acts)


def test_acts_whose_transaction_was_undone_are_tried_again_one_by_one(office: Office) -> None:
    acts = [office.accept(f"document {n}") for n in range(3)]
    office.chain.undoing = 1
    office.pump()
    assert office.states(acts) == ["final"] * 3
    assert [len(block.raw) for block in office.chain.blocks[1:]] == [1, 1, 1, 1]


def test_an_act_that_is_undone_every_time_is_refused_in_the_end(office: Office) -> None:
    act = office.accept("document")
    office.chain.undoing = 100
    office.pump()
    assert (office.states([act]), office.outbox.get(act.id).code) == (["refused"], "TRANSACTION_UNDONE")
    assert office.chain.issued() == []


def test_a_fault_nobody_foresaw_reaches_everybody_who_waits_for_the_commit(office: Office) -> None:
    broken = replace(issue("broken"), calldata=cast(bytes, object()))
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(office.outbox.accept, request) for request in (issue("a"), broken, issue("b"))]
        failed = [future.exception(timeout=30) for future in waiting]
    assert failed[1] is not None
    office.pump()
    told = {name for name, error in zip(("a", "broken", "b"), failed, strict=True) if error is None}
    assert {digest(name) for name in told} == set(office.chain.issued())


def test_an_act_whose_nonce_was_used_elsewhere_is_signed_anew(office: Office) -> None:
    act = office.accept("document")
    office.chain.fault = Unreachable("broadcast", "before")
    with pytest.raises(ChainUnavailable):
        office.pump()
    foreign = SimulatedSigner(ALICE).sign_transaction(Transaction(0, None, issue("elsewhere").calldata, 0, 7))
    office.chain.broadcast([foreign.raw])
    office.pump()
    assert office.states([act]) == ["final"]
    assert office.chain.issued() == [digest("elsewhere"), digest("document")]


def test_an_act_in_a_block_that_is_not_final_is_anchored_only(databases: Databases) -> None:
    office = Office(databases, SimulatedChain(confirmations=2))
    act = office.accept("document")
    office.pump()
    assert office.states([act]) == ["anchored"]
    office.chain.mine()
    office.chain.mine()
    office.pump()
    assert office.states([act]) == ["final"]


def test_a_reorganised_act_is_signed_again_and_lands_once(databases: Databases) -> None:
    office = Office(databases, SimulatedChain(confirmations=5, automatic=False))
    act = office.accept("document")
    office.pump()
    office.chain.mine()
    office.pump()
    assert office.states([act]) == ["anchored"]
    office.chain.blocks.pop()  # gone, and not even waiting any more
    office.chain.mine()
    office.pump()
    assert office.states([act]) == ["signed"]
    for _ in range(7):
        office.chain.mine()
        office.pump()
    assert office.states([act]) == ["final"]
    assert office.chain.issued() == [digest("document")]


def test_a_final_block_that_disappears_stops_the_node(databases: Databases) -> None:
    office = Office(databases, SimulatedChain(confirmations=0))
    office.accept("document")
    office.pump()
    office.chain.confirmations = 9  # it now denies what it had declared final
    office.chain.reorganise(1)
    before = projection_digest(office.ledger)
    with pytest.raises(ConsensusViolation):
        office.indexer.sync()
    assert projection_digest(office.ledger) == before


def test_projections_after_a_reorganisation_are_those_of_a_fresh_index(databases: Databases) -> None:
    office = Office(databases, SimulatedChain(confirmations=8))
    for n in range(5):
        office.accept(f"document {n}")
        office.pump()
    office.chain.reorganise(3)
    office.pump()
    assert projection_digest(office.ledger) == _fresh_digest(office)


def _fresh_digest(office: Office) -> str:
    fresh = office.databases.empty_ledger()
    Indexer(fresh, office.chain, network(), office.folder / "batches").sync()
    found = projection_digest(fresh)
    fresh.dispose()
    return found


@pytest.mark.parametrize(
    ("databases", "seed"),
    [
        *(("sqlite", n) for n in range(8)),
        *(("postgresql", n) for n in range(3)),
        *(pytest.param("sqlite", n, marks=pytest.mark.slow) for n in range(8, 60)),
    ],
    indirect=["databases"],
)
def test_whatever_fails_every_acknowledged_act_is_on_the_chain_once(databases: Databases, seed: int) -> None:
    """A seeded run of acts, blocks, reorganisations, faults and restarts; then everything heals and is
    compared.
    """
    choose = random.Random(seed)
    chain = SimulatedChain(confirmations=choose.choice([0, 2, 4]), automatic=choose.random() < 0.5)
    office = Office(databases, chain)
    acts: list[Act] = []
    for step in range(40):
        match choose.randrange(6):
            case 0 | 1:
                acts += [
                    office.accept(f"{seed}/{step}/{n}", choose.choice([ALICE, BOB]))
                    for n in range(choose.randrange(1, 6))
                ]
            case 2:
                chain.mine()
            case 3:
                chain.reorganise(choose.randrange(1, 4))
            case 4:
                call = choose.choice(["broadcast", "receipt", "head", "block", "logs", "nonce", "call"])
                chain.fault = Unreachable(call, choose.choice(["before", "after"]))
            case _:
                pass
        try:
            office.pump()
        except ChainUnavailable:
            office.restart()
    chain.fault = lambda _call, _when: None
    for _ in range(20):
        office.pump()
        chain.mine()
    office.pump()
    assert office.states(acts) == ["final"] * len(acts), f"seed {seed}"
    assert sorted(chain.issued()) == sorted(digest(act.key) for act in acts), f"seed {seed}"
    with office.ledger.connect() as connection:
        rows = connection.execute(
            select(documents.c.entry, documents.c.digest).order_by(documents.c.entry)
        ).all()
    assert [bytes(row.digest) for row in rows] == chain.issued(), f"seed {seed}"
    for act in acts:
        now = office.outbox.get(act.id)
        assert rows[now.entry or 0].digest == digest(act.key), f"seed {seed}"
    with office.office.connect() as connection:
        nonces = (
            connection.execute(select(transactions.c.nonce).where(transactions.c.signer == ALICE))
            .scalars()
            .all()
        )
    assert sorted(nonces) == list(range(len(nonces))), f"seed {seed}"
    assert projection_digest(office.ledger) == _fresh_digest(office), f"seed {seed}"


# -- the record, and a chain that is begun again -----------------------------------------------------------------------


def test_the_indexer_keeps_every_transaction_in_the_order_of_the_chain(office: Office) -> None:
    for name in ("a", "b", "c"):
        office.accept(name)
        office.pump()
    made = [raw for block in office.chain.blocks for raw in block.raw]
    assert len(made) == 3
    assert [one.raw for one in record.kept(office.ledger)] == made
    with office.ledger.connect() as connection:
        assert connection.execute(select(sent.c.hash).order_by(sent.c.place)).scalars().all() == [
            keccak(raw) for raw in made
        ]


def test_a_chain_that_takes_over_begins_with_the_entries_and_the_record_of_the_one_before(
    office: Office,
    databases: Databases,
    tmp_path: Path,
) -> None:
    office.accept("a")
    office.pump()
    with office.ledger.connect() as connection:
        rows = connection.execute(select(entries.c.tx, entries.c.raw).order_by(entries.c.idx)).all()
    folder = tmp_path / "carried" / "ab"
    folder.mkdir(parents=True)
    (folder / ENTRIES).write_bytes(b"".join(bytes(row.tx) + bytes(row.raw) for row in rows))
    (folder / FACTS).write_text('{"size": 1}')
    record.write(folder / "record", record.kept(office.ledger))
    assert Carried.of(tmp_path, "cd") is None
    carried = Carried.of(tmp_path, "ab")
    assert carried is not None
    fresh = databases.empty_ledger()
    assert Indexer(fresh, SimulatedChain(), network(), tmp_path, carried).sync() == 1
    assert list(record.kept(fresh)) == list(record.kept(office.ledger))
    with fresh.connect() as connection:
        again = connection.execute(select(entries.c.tx, entries.c.raw, entries.c.block)).all()
    assert [tuple(row) for row in again] == [(rows[0].tx, rows[0].raw, 0)]
    (folder / ENTRIES).write_bytes(b"cut off")
    with pytest.raises(DataDirectoryDamaged):
        list(carried.entries())


def test_what_was_sent_is_settled_by_the_record_and_all_else_waits_for_the_next_chain(
    databases: Databases,
) -> None:
    office = databases.open("office")
    acts = Outbox(office, lambda: 1)
    states = ("done", "undone", "undone-again", "waiting")
    for number, name in enumerate(states):
        act = acts.accept(issue(name))
        alone = TRIES if name == "undone-again" else 0
        tx = hashlib.sha256(name.encode()).digest()
        with office.begin() as connection:
            connection.execute(
                transactions.insert().values(hash=tx, signer=ALICE, nonce=number, raw=b"x", settled=0)
            )
            connection.execute(
                update(outbox)
                .where(outbox.c.id == act.id)
                .values(state="anchored", tx=tx, block=9, place=2, alone=alone)
            )
    names = {name: hashlib.sha256(name.encode()).digest() for name in states}
    for _ in range(2):  # done again after an interruption, it comes to the same
        settle_by_record(office, {names["done"]: 40}, {names["undone"], names["undone-again"]})
        found = {act.key: (act.state, act.entry) for act in acts.many([1, 2, 3, 4])}
        assert found == {
            "done": ("final", 42),
            "undone": ("accepted", None),
            "undone-again": ("refused", None),
            "waiting": ("signed", None),
        }
