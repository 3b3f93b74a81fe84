"""Who sealed a block: QBFT and Clique headers of real networks, and headers with one thing wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from coincurve import PrivateKey
from coincurve.utils import GROUP_ORDER_INT

from sanad_testkit import vectors
from sanad_testkit.sealing import Block, address_of, clique, clique_line, keys, qbft, set_of
from sanad_verifier.chain import qbft as consensus
from sanad_verifier.chain.clique import must_stand, signer_of
from sanad_verifier.chain.errors import ChainProofInvalid, SealsMissing, ValidatorsUnknown
from sanad_verifier.chain.headers import APPENDED, Header, header_of, parse_header
from sanad_verifier.chain.keccak import keccak, signer
from sanad_verifier.chain.rlp import decode, encode
from sanad_verifier.chain.validators import Pinned, Validators, pinned_at, validators

TOLD = json.loads((vectors.FOLDER / "sealed-headers.json").read_text())
NAMES = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty",
    "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas",
)  # fmt: skip
NUMBERS = frozenset({"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"})
FOUR = keys(4)
SET = set_of(FOUR)


def header_told(told: dict[str, str]) -> Header:
    """A header as `eth_getBlockByNumber` tells it."""
    return header_of([_field(name, told[name]) for name in NAMES if name in told])


def _field(name: str, value: str) -> bytes:
    digits = value[2:].lstrip("0") if name in NUMBERS else value[2:]
    return bytes.fromhex("0" * (len(digits) % 2) + digits)


def raw(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))


@pytest.mark.parametrize("name", TOLD["qbft"])
def test_a_header_of_a_real_qbft_network_has_the_hash_digest_and_signers_it_should(name: str) -> None:
    told = TOLD["qbft"][name]
    block, expected = consensus.sealed(header_told(told["header"])), told["expect"]
    assert block.hash == raw(told["header"]["hash"])
    assert block.digest == raw(expected["digest"])
    assert [*block.validators.addresses] == [raw(one) for one in expected["validators"]]
    assert consensus.committers(block) == {raw(one) for one in expected["seal_signers"]}
    assert block.validators.quorum == expected["quorum"]


def test_a_header_of_a_real_clique_network_has_the_hash_and_signer_it_should() -> None:
    told = TOLD["clique"]
    header = header_told(told["header"])
    trusted = validators(sorted(raw(one) for one in told["genesis_signers"]))
    assert header.keccak() == raw(told["header"]["hash"])
    assert signer_of(header, trusted) == raw(told["expect"]["signer"])


@pytest.mark.parametrize("name", [*TOLD["qbft"], "clique"])
def test_every_changed_byte_of_a_real_header_loses_its_seals(name: str) -> None:
    told = TOLD["clique"] if name == "clique" else TOLD["qbft"][name]
    header = header_told(told["header"])
    data = encode(header.item())
    assert encode(parse_header(data).item()) == data
    trusted = validators(sorted(raw(one) for one in TOLD["clique"]["genesis_signers"]))
    for at in range(0, len(data), 3):
        changed = bytes([*data[:at], data[at] ^ 1 << at % 8, *data[at + 1 :]])
        with pytest.raises((ChainProofInvalid, SealsMissing, ValidatorsUnknown)):
            examined(parse_header(changed), name, trusted)


def examined(header: Header, name: str, trusted: Validators) -> None:
    if name == "clique":
        signer_of(header, trusted)
        return
    block = consensus.sealed(header)
    consensus.committers(block)
    if block.validators != validators(sorted(raw(one) for one in TOLD["qbft"][name]["expect"]["validators"])):
        raise ValidatorsUnknown("other validators")


# -- QBFT ----------------------------------------------------------------------------------------------------------


def committed(header: Header) -> frozenset[bytes]:
    return consensus.committers(consensus.sealed(header))


def test_a_block_is_final_with_two_thirds_of_the_seals_rounded_up() -> None:
    for count in range(1, 11):
        some, quorum = keys(count), -(-2 * count // 3)
        assert set_of(some).quorum == quorum
        assert committed(qbft(Block(), set_of(some), some[:quorum])) == set(map(address_of, some[:quorum]))
        with pytest.raises(SealsMissing):
            committed(qbft(Block(), set_of(some), some[: quorum - 1]))


def test_the_hash_knows_neither_round_nor_seals_and_what_is_signed_knows_the_round() -> None:
    first, later = (consensus.sealed(qbft(Block(), SET, FOUR, round_=round_)) for round_ in (b"", b"\2"))
    assert first.hash == later.hash == first.digest
    assert later.digest != later.hash


def twin(seal: bytes) -> bytes:
    """The other signature of the same key over the same digest."""
    return seal[:32] + (GROUP_ORDER_INT - int.from_bytes(seal[32:64])).to_bytes(32) + bytes([seal[64] ^ 1])


def extra_changed(header: Header, change: Callable[[list[Any]], Any]) -> Header:
    told = decode(header.extra)
    assert isinstance(told, list)
    change(told)
    return header.with_extra(encode(told))


def _first_seal(make: Callable[[bytes], bytes]) -> Callable[[list[Any]], Any]:
    def change(told: list[Any]) -> None:
        told[4][0] = make(told[4][0])

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told[4].append(told[4][0]),
        lambda told: told[4].append(twin(told[4][0])),
        _first_seal(twin),
        _first_seal(lambda seal: seal[:64] + bytes([seal[64] + 27])),
        _first_seal(lambda _seal: bytes(65)),
        _first_seal(lambda seal: seal[:-1]),
        lambda told: told[4].extend([bytes(65)] * 5),
        lambda told: told[1].reverse(),
        lambda told: told[1].append(told[1][-1]),
        lambda told: told[1].clear(),
        lambda told: told.append(b""),
        lambda told: told.__setitem__(0, bytes(31)),
        lambda told: told.__setitem__(2, [bytes(20)]),
        lambda told: told.__setitem__(2, [bytes(20), b"\1"]),
        lambda told: told.__setitem__(3, b"\0"),
        lambda told: told.__setitem__(3, b"\1" * 5),
    ],
)
def test_a_seal_twice_or_in_another_form_and_a_list_that_is_none_are_refused(
    change: Callable[[list[Any]], Any],
) -> None:
    header = qbft(Block(), SET, FOUR[:3])
    assert committed(header)
    with pytest.raises(ChainProofInvalid):
        committed(extra_changed(header, change))


def test_a_seal_of_another_round_of_a_stranger_or_over_another_block_is_refused() -> None:
    of_round_1 = decode(qbft(Block(), SET, FOUR[:1], round_=b"\1").extra)
    other_block = decode(qbft(Block(height=10), SET, FOUR[:1]).extra)
    stranger = keys(1, first=77)
    for seals in (of_round_1[4], other_block[4], decode(qbft(Block(), SET, stranger).extra)[4]):
        with pytest.raises(ChainProofInvalid):
            committed(qbft(Block(), SET, FOUR[:3], seals=seals))  # type: ignore[arg-type]


@pytest.mark.parametrize(("place", "value"), [(13, bytes(32)), (7, b"\2"), (14, b"\1" * 8), (1, bytes(32))])
def test_a_header_that_qbft_does_not_make_is_refused(place: int, value: bytes) -> None:
    header = qbft(Block(), SET, FOUR)
    fields = list(header.fields)
    fields[place] = value
    with pytest.raises(ChainProofInvalid):
        consensus.sealed(Header(tuple(fields)))


def step(height: int, listed: Validators, signers: list[PrivateKey]) -> consensus.Sealed:
    return consensus.sealed(qbft(Block(height=height), listed, signers))


def test_a_set_that_changes_by_one_validator_at_a_time_is_followed() -> None:
    five = keys(5)
    without = sorted([*five[:2], *five[3:]], key=address_of)
    followed = consensus.follow(
        SET, (step(10, set_of(five), five[:4]), step(20, set_of(without), without[:3]))
    )
    assert followed == set_of(without)
    assert consensus.follow(SET, ()) == SET


def test_a_set_that_jumps_or_is_out_of_order_is_not_followed() -> None:
    five, six, strangers = keys(5), keys(6), keys(4, first=50)
    with pytest.raises(ValidatorsUnknown):
        consensus.follow(SET, (step(10, set_of(six), six),))
    with pytest.raises(ValidatorsUnknown):
        consensus.follow(SET, (step(10, set_of(strangers), strangers),))
    with pytest.raises(ValidatorsUnknown):
        consensus.follow(SET, (step(10, SET, FOUR),))
    ordered = (step(20, set_of(five), five), step(20, SET, FOUR))
    with pytest.raises(ChainProofInvalid):
        consensus.follow(SET, ordered)


# -- Clique --------------------------------------------------------------------------------------------------------


def test_a_clique_block_stands_when_more_than_half_have_built_on_it() -> None:
    for count in range(1, 8):
        some, listed = keys(count), set_of(keys(count))
        first = clique(Block(), listed, some[9 % count])
        order = [some[(10 + place) % count] for place in range(listed.majority)]
        later = clique_line(first, listed, order)
        must_stand(first, later, listed)
        with pytest.raises(SealsMissing):
            must_stand(first, later[:-1], listed)


def line() -> tuple[Header, list[Header]]:
    first = clique(Block(), SET, FOUR[1])
    return first, clique_line(first, SET, [FOUR[2], FOUR[3], FOUR[0]])


def test_a_later_block_of_another_line_out_of_order_or_by_the_same_signer_is_refused() -> None:
    first, later = line()
    must_stand(first, later, SET)
    other = clique_line(clique(Block(time=5), SET, FOUR[1]), SET, [FOUR[2]])
    for wrong in (
        [*other, *later[1:]], later[1:], [later[1], later[0], later[2]], [later[0], *later],
        clique_line(first, SET, [FOUR[2], FOUR[2], FOUR[3]]), clique_line(first, SET, [FOUR[1], FOUR[2], FOUR[3]]),
        [*later, *clique_line(later[-1], SET, [FOUR[1], FOUR[2]])],
    ):  # fmt: skip
        with pytest.raises(ChainProofInvalid):
            must_stand(first, wrong, SET)


def test_a_later_block_that_is_earlier_is_refused() -> None:
    first, later = line()
    early = clique(Block(first.height + 1, first.keccak(), time=first.time - 1), SET, FOUR[2])
    with pytest.raises(ChainProofInvalid):
        must_stand(first, [early, *clique_line(early, SET, [FOUR[3], FOUR[0]])], SET)
    assert later


def test_a_block_by_no_signer_or_with_the_weight_of_another_turn_is_refused() -> None:
    stranger = keys(1, first=77)[0]
    with pytest.raises(ValidatorsUnknown):
        signer_of(clique(Block(), SET, stranger), SET)
    block = Block(difficulty=1, extra=bytes(32))
    in_turn = FOUR[9 % 4]
    block.extra += in_turn.sign_recoverable(block.header().keccak(), hasher=None)
    with pytest.raises(ChainProofInvalid):
        signer_of(block.header(), SET)
    for place, value in ((13, b"\1" * 32), (14, b"\1" * 8), (1, bytes(32)), (12, bytes(96))):
        fields = list(clique(Block(), SET, FOUR[0]).fields)
        fields[place] = value
        with pytest.raises(ChainProofInvalid):
            signer_of(Header(tuple(fields)), SET)


def test_the_block_of_an_epoch_names_the_trusted_signers() -> None:
    assert signer_of(clique(Block(), SET, FOUR[0], names=True), SET) == address_of(FOUR[0])
    other = set_of(keys(5))
    five = keys(5)
    with pytest.raises(ValidatorsUnknown):
        signer_of(clique(Block(), other, five[0], names=True), SET)
    with pytest.raises(ChainProofInvalid):
        signer_of(clique(Block(coinbase=b"\1" * 20), SET, FOUR[0], names=True), SET)


# -- headers, sets, seals ------------------------------------------------------------------------------------------


def test_a_header_has_its_fields_in_their_sizes() -> None:
    header = qbft(Block(), SET, FOUR)
    appended = [b"\7" if size is None else bytes(size) for size in APPENDED]
    for count in range(len(APPENDED) + 1):
        header_of([*header.fields, *appended[:count]])
    for fields in (
        header.fields[:-1], (*header.fields, *appended, b""), (*header.fields, b"\0"), (*header.fields, b"", b""),
        (header.fields[0][1:], *header.fields[1:]), (*header.fields[:8], b"\0", *header.fields[9:]),
        (*header.fields[:6], bytes(255), *header.fields[7:]), (*header.fields[:14], bytes(7)),
    ):  # fmt: skip
        with pytest.raises(ChainProofInvalid):
            header_of(list(fields))


def test_the_set_of_a_height_is_the_last_one_pinned_before_it() -> None:
    known = (Pinned(5, SET), Pinned(100, set_of(keys(5))))
    assert pinned_at(known, 5) == pinned_at(known, 99) == SET
    assert pinned_at(known, 100) == set_of(keys(5))
    with pytest.raises(ValidatorsUnknown):
        pinned_at(known, 4)


def test_more_validators_than_a_network_can_have_are_refused() -> None:
    with pytest.raises(ChainProofInvalid):
        validators(number.to_bytes(20) for number in range(129))


def test_a_seal_names_its_key_and_has_one_form() -> None:
    digest = keccak(b"x")
    seal = FOUR[0].sign_recoverable(digest, hasher=None)
    assert signer(digest, seal) == address_of(FOUR[0])
    assert signer(keccak(b"y"), seal) != address_of(FOUR[0])
    assert replace(Pinned(0, SET), since=1).since == 1
    for wrong in (twin(seal), seal[:-1], seal + b"\0", seal[:64] + b"\x1b", bytes(65), b"\xff" * 64 + b"\0"):
        with pytest.raises(ChainProofInvalid):
            signer(digest, wrong)
