"""A chain that is begun again: the record's one form, the state's root, and which next version may begin it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sanad_node.consortium.beginning import must_begin_so
from sanad_node.consortium.bundle import (
    BundleUnfit,
    Continued,
    NetworkBundle,
    SignedBundle,
    read_bundle,
)
from sanad_node.consortium.genesis import clique_genesis, genesis_hash
from sanad_node.continuing import record
from sanad_node.continuing.record import HEAD, RAW_AT_MOST, RecordInvalid, RecordUnreadable, Sent
from sanad_node.durable import DiskFull, write_through
from sanad_node.engines.block_facts import EMPTY_TRIE
from sanad_node.engines.state import alloc_of, state_root
from sanad_testkit import vectors

SOME = [Sent(5, b"one"), Sent(5, b"two"), Sent(9, b"three")]


# -- the record --------------------------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written_and_named_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "some.record"
    digest = record.write(path, SOME)
    assert list(record.read(path)) == SOME
    assert digest == record.digest_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.read_bytes() == HEAD + b"".join(
        one.time.to_bytes(8) + len(one.raw).to_bytes(4) + one.raw for one in SOME
    )


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: b"x" + data, id="another-head"),
        pytest.param(lambda data: data[:-1], id="cut-off-in-a-transaction"),
        pytest.param(lambda data: data + b"\0", id="cut-off-before-one"),
        pytest.param(lambda data: data + (9).to_bytes(8) + (0).to_bytes(4), id="an-empty-transaction"),
        pytest.param(
            lambda data: data + (9).to_bytes(8) + (RAW_AT_MOST + 1).to_bytes(4), id="one-that-is-too-long"
        ),
        pytest.param(lambda data: data + (8).to_bytes(8) + (1).to_bytes(4) + b"x", id="a-time-before"),
    ],
)
def test_a_record_with_one_thing_wrong_is_refused(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "some.record"
    record.write(path, SOME)
    assert list(record.read(path)) == SOME
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(RecordInvalid):
        list(record.read(path))


def test_a_record_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(RecordUnreadable):
        list(record.read(tmp_path / "none"))
    with pytest.raises(RecordUnreadable):
        record.digest_of(tmp_path / "none")


def test_a_file_whose_parts_fail_in_the_middle_is_left_as_it_was(tmp_path: Path) -> None:
    def full() -> Any:
        yield b"new"
        raise OSError(28, "no space")

    def stopped() -> Any:
        yield b"new"
        raise KeyboardInterrupt

    path = tmp_path / "some"
    write_through(path, [b"old ", b"bytes"])
    for parts, error in ((full, DiskFull), (stopped, KeyboardInterrupt)):
        with pytest.raises(error):
            write_through(path, parts())
        assert path.read_bytes() == b"old bytes"
        assert [one.name for one in tmp_path.iterdir()] == ["some"]


# -- the state ---------------------------------------------------------------------------------------------------------


def test_a_state_without_accounts_has_the_root_of_an_empty_trie() -> None:
    assert alloc_of({}) == {}
    assert state_root({}) == EMPTY_TRIE


def test_the_root_of_a_state_is_that_of_geth() -> None:
    """The root is the `stateRoot` of the block 0 that geth 1.13.15 made of this alloc."""
    alloc = {
        "0x" + "11" * 20: {"balance": "0x0", "nonce": "0x1"},
        "0x" + "22" * 20: {
            "balance": "0x0",
            "nonce": "0x1",
            "code": "0x6001",
            "storage": {"0x" + "00" * 31 + "01": "0x" + "00" * 31 + "ff"},
        },
    }
    assert state_root(alloc).hex() == "34f7cf4cce274450a10e9002b445f21daa44bd45c082130ed616aed7a073d7d3"


def test_empty_accounts_and_slots_are_no_part_of_a_state() -> None:
    account = {"nonce": 1, "balance": "0x0", "code": "0x6001", "storage": {"0x1": "0x2"}}
    whole = alloc_of({"0x" + "AA" * 20: account})
    emptier = {
        "0x" + "aa" * 20: {**account, "storage": {"0x1": "0x2", "0x3": "0x0"}},
        "0x" + "00" * 20: {"nonce": 0, "balance": "0x0", "code": "0x", "storage": {}},
    }
    assert alloc_of(emptier) == whole
    assert list(whole) == ["0x" + "aa" * 20]


# -- the bundle --------------------------------------------------------------------------------------------------------


def begun_again(known: NetworkBundle, **changed: Any) -> NetworkBundle:
    validators = [bytes.fromhex(one.validator) for one in known.nodes]
    genesis = clique_genesis(known.chain_id, validators, known.period, 1_790_000_500)
    state = b"\5" * 32
    told = Continued(
        genesis_hash=known.genesis_hash,
        first_genesis=known.genesis_hash,
        size=7,
        root="11" * 32,
        state_root=state.hex(),
        record="22" * 32,
    )
    values = {
        "version": known.version + 1,
        "previous": known.digest().hex(),
        "genesis": genesis,
        "genesis_hash": genesis_hash(genesis, state).hex(),
        "continues": told,
        **changed,
    }
    return known.model_copy(update=values)


@pytest.fixture(scope="module")
def known() -> SignedBundle:
    """A network as it was founded."""
    told = json.loads((vectors.FOLDER / "networks.json").read_text())["bundles"]
    return read_bundle(told[0]["note"].encode())


def test_the_next_version_may_begin_the_chain_again_and_is_no_usual_next_version(known: SignedBundle) -> None:
    following = SignedBundle(begun_again(known.bundle), b"")
    following.must_begin_anew(known)
    must_begin_so(following.bundle)
    with pytest.raises(BundleUnfit, match="another network"):
        following.must_follow(known)
    with pytest.raises(BundleUnfit, match="does not begin"):
        known.must_begin_anew(known)
    assert "continues" not in known.bundle.told()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("version", lambda b: b.version + 1),
        ("previous", lambda _: "00" * 32),
        ("chain_id", lambda _: 8),
        ("name", lambda _: "other"),
        ("threshold", lambda _: 1),
        ("members", lambda b: b.members[:-1]),
        ("contracts", lambda b: b.contracts[:-1]),
        ("founding", lambda _: ["c1"]),
        ("nodes", lambda b: [b.nodes[0].model_copy(update={"sealing_key": "33" * 32}), *b.nodes[1:]]),
        ("continues", lambda b: b.continues.model_copy(update={"genesis_hash": "44" * 32})),
        ("continues", lambda b: b.continues.model_copy(update={"first_genesis": "44" * 32})),
    ],
)
def test_a_version_that_changes_anything_else_does_not_begin_the_chain_again(
    known: SignedBundle,
    field: str,
    change: Callable[[NetworkBundle], Any],
) -> None:
    honest = begun_again(known.bundle)
    SignedBundle(honest, b"").must_begin_anew(known)
    changed = honest.model_copy(update={field: change(honest)})
    with pytest.raises(BundleUnfit):
        SignedBundle(changed, b"").must_begin_anew(known)


def test_a_node_that_is_gone_may_be_left_out_and_the_first_block_0_is_remembered(known: SignedBundle) -> None:
    second = SignedBundle(begun_again(known.bundle, nodes=known.bundle.nodes[:-1]), b"")
    second.must_begin_anew(known)
    third = begun_again(second.bundle)
    with pytest.raises(BundleUnfit):
        SignedBundle(third, b"").must_begin_anew(second)
    assert third.continues is not None
    told = third.continues.model_copy(update={"first_genesis": known.bundle.genesis_hash})
    SignedBundle(third.model_copy(update={"continues": told}), b"").must_begin_anew(second)


def test_a_block_0_with_another_state_than_the_bundle_says_is_refused(known: SignedBundle) -> None:
    honest = begun_again(known.bundle)
    must_begin_so(honest)
    assert honest.continues is not None
    told = honest.continues.model_copy(update={"state_root": "66" * 32})
    with pytest.raises(BundleUnfit):
        must_begin_so(honest.model_copy(update={"continues": told}))
