"""The journal's rows, digests and refusals, without any chain."""

import hashlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.engines.base import ChainUnavailable, WrongChain
from sanad_node.engines.journal import (
    Journal,
    JournalDamaged,
    JournalNewer,
    Origin,
    extend_prefix,
    pack_transactions,
    unpack_transactions,
)

ORIGIN = Origin(chain_id=7, genesis_time=1_000, flags=("--no-mining",), anvil="1.7.1", binary="00")
BLOCKS = [(1_000, [b"a"]), (1_000, [b"bb", b""]), (1_005, [b"c" * 300])]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def filled(path: Path) -> Journal:
    journal = Journal.create(path, ORIGIN)
    journal.record(0, b"\x00" * 32, b"genesis", [])
    for at, (time, transactions) in enumerate(BLOCKS, start=1):
        journal.append(time, transactions)
        journal.record(at, bytes([at]) * 32, b"outcome", [b"tx%d" % at])
    return journal


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_packed_transactions_unpack_to_what_was_packed(transactions: list[bytes]) -> None:
    packed = pack_transactions(transactions)
    assert unpack_transactions(packed) == tuple(transactions)
    assert len(packed) == sum(4 + len(raw) for raw in transactions)


@given(st.binary(max_size=40))
def test_bytes_that_are_no_sequence_of_transactions_are_refused(packed: bytes) -> None:
    """Whatever unpacks was packed so: one byte string per meaning."""
    try:
        found = unpack_transactions(packed)
    except JournalDamaged:
        return
    assert pack_transactions(found) == packed


def test_the_running_digest_is_the_documented_one(path: Path) -> None:
    settled = b'{"chainId": 7, "flags": ["--no-mining"], "genesisTime": 1000}'
    digest = hashlib.sha256(b"sanad journal v1\n" + settled).digest()
    assert ORIGIN.prefix() == digest
    journal = filled(path)
    for number, (time, transactions) in enumerate(BLOCKS, start=1):
        packed = b"".join(len(raw).to_bytes(4, "big") + raw for raw in transactions)
        digest = hashlib.sha256(
            digest + number.to_bytes(8, "big") + time.to_bytes(8, "big") + packed
        ).digest()
        assert journal.prefix_at(number) == digest
        assert extend_prefix(journal.prefix_at(number - 1), number, time, packed) == digest
    assert journal.prefix == digest


def test_another_origin_gives_another_digest_but_another_binary_does_not() -> None:
    for other in (replace(ORIGIN, chain_id=8), replace(ORIGIN, genesis_time=1), replace(ORIGIN, flags=())):
        assert other.prefix() != ORIGIN.prefix()
    assert replace(ORIGIN, anvil="1.8.0", binary="ff").prefix() == ORIGIN.prefix()


def test_a_journal_opened_again_goes_on_where_it_ended(path: Path) -> None:
    journal = filled(path)
    journal.close()
    again = Journal(path)
    assert again.origin == ORIGIN
    assert (again.height, again.time, again.prefix) == (journal.height, journal.time, journal.prefix)
    assert [(block.time, list(block.transactions)) for block in again.blocks(1)] == BLOCKS
    assert [block.hash for block in again.blocks(2)] == [b"\x02" * 32, b"\x03" * 32]
    assert again.append(1_006, [b"d"]).number == 4


def test_a_block_is_unmined_until_its_outcome_is_recorded(path: Path) -> None:
    journal = filled(path)
    journal.append(1_006, [b"d"])
    assert (journal.height, journal.recorded_height()) == (4, 3)
    assert journal.hash_at(4) is None
    assert journal.outcome(4) is None
    journal.record(4, b"\x04" * 32, b"told", [b"d1", b"d2"])
    assert (journal.recorded_height(), journal.hash_at(4), journal.outcome(4)) == (4, b"\x04" * 32, b"told")
    assert (journal.place(b"d1"), journal.place(b"d2"), journal.place(b"d3")) == (4, 4, None)
    assert (journal.number_of(b"\x04" * 32), journal.number_of(b"\x05" * 32)) == (4, None)
    journal.flush()
    assert journal.check() == 4


def test_a_row_is_flushed_before_append_returns(path: Path) -> None:
    """Read by another connection, as another process would after a crash."""
    journal = filled(path)
    journal.append(1_006, [b"d"])
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT max(number) FROM blocks").fetchone() == (4,)
    other.close()
    assert journal._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert journal._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    journal.record(4, b"\x04" * 32, b"", [])
    assert journal._writer.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.parametrize("edit", [
    pytest.param("DELETE FROM blocks WHERE number = 2", id="a-row-missing"),
    pytest.param("UPDATE blocks SET number = 9 WHERE number = 3", id="a-gap"),
    pytest.param("UPDATE blocks SET time = 999 WHERE number = 1", id="a-time"),
    pytest.param("UPDATE blocks SET transactions = x'0000000162' WHERE number = 1", id="a-transaction"),
    pytest.param("UPDATE blocks SET transactions = x'00000009' WHERE number = 1", id="cut-short"),
    pytest.param("UPDATE blocks SET hash = NULL WHERE number = 2", id="a-hash-missing"),
    pytest.param("DELETE FROM outcomes WHERE number = 2", id="an-outcome-missing"),
])  # fmt: skip
def test_a_check_finds_any_row_missing_or_altered(path: Path, edit: str) -> None:
    journal = filled(path)
    assert journal.check() == 3
    journal.close()
    with sqlite3.connect(path) as other:
        other.execute(edit)
    other.close()
    with pytest.raises(JournalDamaged):
        Journal(path).check()


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    filled(path).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (json.dumps(2),))
    other.close()
    before = path.read_bytes()
    with pytest.raises(JournalNewer):
        Journal(path)
    assert path.read_bytes() == before


def test_a_journal_is_never_created_over_another(path: Path) -> None:
    filled(path).close()
    with pytest.raises(WrongChain):
        Journal.create(path, ORIGIN)
    assert Journal(path).height == 3


def test_a_creation_cut_short_leaves_no_journal_and_does_not_hinder_the_next(path: Path) -> None:
    (path.parent / ".journal.db.part").write_bytes(b"half of something")
    with pytest.raises(JournalDamaged):
        Journal(path)
    assert Journal.create(path, ORIGIN).height == 0


def test_a_closed_journal_says_so(path: Path) -> None:
    journal = filled(path)
    journal.close()
    with pytest.raises(ChainUnavailable):
        journal.append(1_010, [b"x"])
    with pytest.raises(ChainUnavailable):
        journal.hash_at(1)
