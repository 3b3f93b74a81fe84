"""The indexer needs bounded memory, and what it writes does not depend on where it pauses to write."""

import hashlib

import pytest
from sqlalchemy import Engine, select

from sanad_node.acting import word
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.pipeline import indexer as indexer_module
from sanad_node.pipeline.indexer import BLOCKS_AT_MOST, ENTRIES_ENOUGH, Indexer, _next_stride
from sanad_node.projection import apply
from sanad_node.reindexing import projection_digest
from sanad_node.signing import Transaction
from sanad_node.store.ledger_tables import cursor
from sanad_testkit.chain import SimulatedChain, SimulatedSigner, network
from sanad_testkit.stores import Databases

SENDER = bytes.fromhex("aa" * 20)
LOTS = (1, 7, 2, 30, 1, 1, 12, 25, 3)


@pytest.fixture
def chain() -> SimulatedChain:
    """A chain whose blocks hold one transaction each, of several documents."""
    made = SimulatedChain(confirmations=6)
    for nonce, lot in enumerate(LOTS):
        documents = [(_digest(f"{nonce}/{n}"), bytes(32), bytes(32)) for n in range(lot)]
        call = encode_call(load("Ledger"), "issueMany", word("FILE"), documents)
        signed = SimulatedSigner(SENDER).sign_transaction(Transaction(nonce, None, call, 0, 7))
        made.broadcast([signed.raw])
    return made


@pytest.fixture
def ledger(databases: Databases) -> Engine:
    return databases.open("ledger")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _indexed(databases: Databases, chain: SimulatedChain) -> str:
    fresh = databases.empty_ledger()
    Indexer(fresh, chain, network(), databases.folder).sync()
    told = projection_digest(fresh)
    fresh.dispose()
    return told


@pytest.mark.parametrize("rows", [1, 2, 5, 31])
def test_projections_are_the_same_however_few_rows_may_wait(
    databases: Databases, chain: SimulatedChain, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = _indexed(databases, chain)
    monkeypatch.setattr(apply, "ROWS_AT_MOST", rows)
    monkeypatch.setattr(indexer_module, "ENTRIES_ENOUGH", rows)
    assert _indexed(databases, chain) == at_once


def test_blocks_that_may_change_are_not_read_and_a_reorganisation_leaves_the_projections_as_they_are(
    databases: Databases, chain: SimulatedChain, ledger: Engine
) -> None:
    indexer = Indexer(ledger, chain, network(), databases.folder)
    indexer.sync()
    with ledger.connect() as connection:
        assert connection.execute(select(cursor.c.block)).scalar() == chain.final_height()
    before = projection_digest(ledger)
    assert before == _indexed(databases, chain)
    chain.reorganise(4)
    indexer.sync()
    assert projection_digest(ledger) == _indexed(databases, chain)
    chain.confirmations = 0
    indexer.sync()
    assert projection_digest(ledger) == _indexed(databases, chain) != before


def test_fewer_blocks_are_read_where_they_are_full_and_more_where_they_are_empty() -> None:
    assert _next_stride(64, 2 * ENTRIES_ENOUGH) == 32
    assert _next_stride(1, 100 * ENTRIES_ENOUGH) == 1
    assert _next_stride(64, 0) == 128
    assert _next_stride(BLOCKS_AT_MOST, 0) == BLOCKS_AT_MOST
    assert _next_stride(64, ENTRIES_ENOUGH) == 64
