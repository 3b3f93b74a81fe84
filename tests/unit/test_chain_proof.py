"""Chain proofs: an event shown by a receipt's place in a block that enough validators sealed, or not at all."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import rlp
from eth_abi.abi import encode as abi_encode
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from sanad_testkit.sealing import (
    LEDGER,
    TOPIC,
    Block,
    address_of,
    clique,
    clique_line,
    events_block,
    keys,
    path_in,
    qbft,
    qbft_proof,
    receipt,
    set_of,
    trie_of,
)
from sanad_verifier.chain.errors import ChainProofInvalid, SealsMissing, ValidatorsUnknown
from sanad_verifier.chain.ledger_events import (
    APPENDED,
    APPENDED_MANY,
    CHECKPOINT,
    SealedEntries,
    SealedRoot,
    meaning,
)
from sanad_verifier.chain.proof import ChainProof, parse_chain_proof, verify_chain_proof
from sanad_verifier.chain.receipts import Log, logs_of
from sanad_verifier.chain.rlp import Item, decode, encode
from sanad_verifier.chain.trie import value_at
from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned
from sanad_verifier.errors import EvidenceError

FOUR = keys(4)
SET = set_of(FOUR)
EVENT = (LEDGER, [TOPIC], b"what happened")
QBFT, CLIQUE = (ChainTrust(kind, (Pinned(0, SET),)) for kind in (Consensus.QBFT, Consensus.CLIQUE))


# -- the receipt trie ----------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.binary(min_size=1, max_size=120), min_size=1, max_size=300), st.data())
def test_a_value_is_shown_where_another_library_put_it_and_nowhere_else(
    values: list[bytes], data: st.DataObject
) -> None:
    made = trie_of(values)
    place = data.draw(st.integers(0, len(values) - 1))
    path = path_in(made, place)
    assert value_at(made.root_hash, rlp.encode(place), path) == values[place]
    other = data.draw(st.integers(0, len(values)))
    try:
        shown = value_at(made.root_hash, rlp.encode(other), path)
    except ChainProofInvalid:
        assert other != place
    else:  # a small value stands in its parent, beside its neighbours
        assert shown == values[other]
    for wrong in (path[:-1], (*path, path[-1]), (b"\x80", *path), path[1:]):
        with pytest.raises(ChainProofInvalid):
            value_at(made.root_hash, rlp.encode(place), wrong)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.binary(min_size=1, max_size=3), st.binary(min_size=1, max_size=8), min_size=1, max_size=40
    )
)
def test_nodes_that_stand_within_their_parent_are_read(values: dict[bytes, bytes]) -> None:
    made = HexaryTrie({})
    for key, value in values.items():
        made[key] = value
    for key, value in values.items():
        nodes = [rlp.encode(node) for node in made.get_proof(key)]  # type: ignore[no-untyped-call]
        path = tuple(node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32)
        assert value_at(made.root_hash, key, path) == value


def test_a_node_that_is_none_is_refused() -> None:
    from sanad_verifier.chain.keccak import keccak  # noqa: PLC0415

    key, leaf = b"\1", [b"\x20\1", b"v" * 40]
    assert value_at(keccak(encode(list(leaf))), key, [encode(list(leaf))]) == b"v" * 40
    wrong: list[Item] = [
        [b"\x00\1", b"v" * 40], [b"\x40\1", b"v" * 40],
        [b"", b"v"], [b"\x21\1", b"v"], [b"\x30", b"v"], [b"\x20\1", b""],
        [b"\x20\1", [b"v"]], [b"\x20\1"], b"v" * 40, [b""] * 17, [b"\x00", encode([b"\x20\1", b"v"])],
        [b"\x00", [b"\x20\1", b"v" * 40]], [*[b""] * 16, b"v"],
    ]  # fmt: skip
    for node in wrong:
        with pytest.raises(ChainProofInvalid):
            value_at(keccak(encode(node)), key, [encode(node)])
    with pytest.raises(ChainProofInvalid):
        value_at(keccak(b"\x80"), key, [])


# -- receipts ------------------------------------------------------------------------------------------------------


def test_a_receipt_tells_the_events_of_a_transaction_that_succeeded() -> None:
    for kind in (0, 1, 2, 3, 4):
        (log,) = logs_of(receipt([EVENT], kind=kind))
        assert log == Log(LEDGER, (TOPIC,), b"what happened")
    for wrong in (
        receipt([EVENT], succeeded=False), receipt([EVENT], kind=5), b"", b"\2", rlp.encode([b"\1", b"", bytes(256)]),
        rlp.encode([b"\1", b"", bytes(255), []]), receipt([(LEDGER[1:], [TOPIC], b"")]),
        receipt([(LEDGER, [TOPIC[1:]], b"")]), receipt([(LEDGER, [TOPIC] * 5, b"")]),
        rlp.encode([bytes(32), b"", bytes(256), []]),
    ):  # fmt: skip
        with pytest.raises(ChainProofInvalid):
            logs_of(wrong)


# -- the proof -----------------------------------------------------------------------------------------------------


def test_an_event_in_a_block_of_qbft_is_shown_by_its_seals() -> None:
    for others in (0, 3, 200):
        proof = qbft_proof([EVENT, (LEDGER, [TOPIC], b"second")], FOUR[1:], SET, others=others, log=1)
        read = parse_chain_proof(proof.encode())
        shown = verify_chain_proof(read, QBFT)
        assert read == proof
        assert shown.event == Log(LEDGER, (TOPIC,), b"second")
        assert (shown.height, shown.time) == (9, 1_790_000_000)


def clique_proof(later: int = 3) -> ChainProof:
    block, path, place = events_block([EVENT])
    header = clique(block, SET, FOUR[1])
    order = [FOUR[2], FOUR[3], FOUR[0]][:later]
    return ChainProof(Consensus.CLIQUE, header, tuple(clique_line(header, SET, order)), place, 0, path)


def test_an_event_in_a_block_of_clique_is_shown_by_those_who_built_on_it() -> None:
    proof = clique_proof()
    shown = verify_chain_proof(parse_chain_proof(proof.encode()), CLIQUE)
    assert shown.event.data == b"what happened"
    assert shown.hash == proof.header.keccak()
    with pytest.raises(SealsMissing):
        verify_chain_proof(clique_proof(2), CLIQUE)


def test_a_proof_of_another_consensus_set_or_height_is_refused() -> None:
    proof = qbft_proof([EVENT], FOUR, SET)
    with pytest.raises(ChainProofInvalid):
        verify_chain_proof(proof, CLIQUE)
    with pytest.raises(ChainProofInvalid):
        verify_chain_proof(clique_proof(), QBFT)
    strangers = keys(4, first=40)
    with pytest.raises(ValidatorsUnknown):
        verify_chain_proof(qbft_proof([EVENT], strangers, set_of(strangers)), QBFT)
    with pytest.raises(ValidatorsUnknown):
        verify_chain_proof(proof, ChainTrust(Consensus.QBFT, (Pinned(10, SET),)))
    with pytest.raises(SealsMissing):
        verify_chain_proof(qbft_proof([EVENT], FOUR[:2], SET), QBFT)


def test_a_set_that_changed_since_is_reached_by_the_headers_in_the_proof() -> None:
    five = keys(5)
    joined = qbft(Block(height=7), set_of(five), five[:4])
    proof = replace(qbft_proof([EVENT], five[:4], set_of(five)), others=(joined,))
    assert verify_chain_proof(parse_chain_proof(proof.encode()), QBFT).height == 9
    with pytest.raises(ValidatorsUnknown):
        verify_chain_proof(replace(proof, others=()), QBFT)
    late = qbft(Block(height=10), set_of(five), five[:4])
    with pytest.raises(ChainProofInvalid):
        verify_chain_proof(replace(proof, others=(late,)), QBFT)


def test_an_event_or_a_receipt_that_is_not_there_is_refused() -> None:
    proof = qbft_proof([EVENT], FOUR, SET)
    for wrong in (
        replace(proof, log=1), replace(proof, transaction=0), replace(proof, transaction=9),
        replace(proof, path=proof.path[:-1]), replace(proof, path=()),
    ):  # fmt: skip
        with pytest.raises(ChainProofInvalid):
            verify_chain_proof(wrong, QBFT)


def test_a_proof_has_one_encoding() -> None:
    proof = qbft_proof([EVENT], FOUR, SET)
    told = decode(proof.encode())
    assert isinstance(told, list)
    for place, value in (
        (0, b"sanad-chain-proof-2"), (1, b"poa"), (2, told[2][:-8]), (3, b""), (3, [told[2]] * 129), (4, b"\0"),
        (5, b"\1" * 5), (6, b""), (6, [[b"x"]]),
    ):  # fmt: skip
        changed: list[Item] = [*told[:place], value, *told[place + 1 :]]  # type: ignore[list-item]
        with pytest.raises(ChainProofInvalid):
            parse_chain_proof(encode(changed))
    for data in (
        proof.encode() + b"\0",
        proof.encode()[:-1],
        encode(told[:-1]),
        b"\xc0",
        b"",
        bytes(1 << 21),
    ):
        with pytest.raises(ChainProofInvalid):
            parse_chain_proof(data)


@pytest.mark.parametrize(
    "make", [lambda: qbft_proof([EVENT], FOUR, SET), clique_proof], ids=["qbft", "clique"]
)
def test_no_changed_bit_of_a_proof_shows_anything(make: object) -> None:
    proof: ChainProof = make()  # type: ignore[operator]
    data = proof.encode()
    verify_chain_proof(parse_chain_proof(data), QBFT if proof.consensus is Consensus.QBFT else CLIQUE)
    shown = []
    for at in range(len(data)):
        changed = bytes([*data[:at], data[at] ^ 1 << at % 8, *data[at + 1 :]])
        try:
            verify_chain_proof(
                parse_chain_proof(changed), QBFT if proof.consensus is Consensus.QBFT else CLIQUE
            )
        except EvidenceError:
            continue
        shown.append(at)
    assert shown == []


# -- what the ledger says ------------------------------------------------------------------------------------------


def place(number: int) -> bytes:
    return number.to_bytes(32)


def test_the_events_of_the_ledger_are_entries_at_their_places_or_a_root() -> None:
    entry, other = bytes(range(224)), bytes(224)
    assert meaning(Log(LEDGER, (APPENDED, place(7)), entry), LEDGER) == SealedEntries(7, (entry,))
    many = abi_encode(["bytes"], [entry + other])
    assert meaning(Log(LEDGER, (APPENDED_MANY, place(7)), many), LEDGER) == SealedEntries(7, (entry, other))
    root = bytes(range(32))
    assert meaning(Log(LEDGER, (CHECKPOINT, place(9)), root), LEDGER) == SealedRoot(9, root)  # type: ignore[arg-type]


def wrong_events() -> Sequence[Log]:
    entry = bytes(224)
    many = abi_encode(["bytes"], [entry * 2])
    return [
        Log(bytes(20), (APPENDED, place(7)), entry), Log(LEDGER, (APPENDED,), entry), Log(LEDGER, (), entry),
        Log(LEDGER, (APPENDED, place(7), place(7)), entry), Log(LEDGER, (TOPIC, place(7)), entry),
        Log(LEDGER, (APPENDED, place(7)), entry[1:]), Log(LEDGER, (APPENDED, place(2**63)), entry),
        Log(LEDGER, (CHECKPOINT, place(7)), entry), Log(LEDGER, (APPENDED_MANY, place(7)), many[:-1]),
        Log(LEDGER, (APPENDED_MANY, place(7)), many + bytes(32)), Log(LEDGER, (APPENDED_MANY, place(7)), b""),
        Log(LEDGER, (APPENDED_MANY, place(7)), abi_encode(["bytes"], [b""])),
        Log(LEDGER, (APPENDED_MANY, place(7)), abi_encode(["bytes"], [entry[1:]])),
        Log(LEDGER, (APPENDED_MANY, place(7)), place(64) + many[32:]),
        Log(LEDGER, (APPENDED_MANY, place(7)), abi_encode(["bytes"], [bytes(224)[:223]])[:-1] + b"\1"),
    ]  # fmt: skip


@pytest.mark.parametrize("event", wrong_events(), ids=range(len(wrong_events())))
def test_an_event_of_another_contract_kind_or_form_says_nothing(event: Log) -> None:
    with pytest.raises(ChainProofInvalid):
        meaning(event, LEDGER)


def test_the_topics_are_those_of_the_contract() -> None:
    import json  # noqa: PLC0415
    from importlib.resources import files  # noqa: PLC0415

    assert address_of(FOUR[0]) in SET.addresses
    artifact = json.loads((files("sanad_node.contracts") / "artifacts" / "Ledger.json").read_text())
    from sanad_verifier.chain.keccak import keccak  # noqa: PLC0415

    topics = {
        keccak(f"{one['name']}({','.join(part['type'] for part in one['inputs'])})".encode())
        for one in artifact["abi"]
        if one["type"] == "event"
    }
    assert {APPENDED, APPENDED_MANY, CHECKPOINT} <= topics
