"""Following a chain: only what the council may seal is taken, another branch is followed, what is final stays."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from coincurve import PrivateKey

from sanad_node.engines.base import ConsensusViolation, EngineLied
from sanad_node.engines.consensus import Clique, Council, Qbft
from sanad_node.engines.followed import SAVED_EVERY, FollowedChain
from sanad_testkit.sealing import Block, address_of, clique, keys, qbft, set_of
from sanad_verifier.chain.headers import Header
from sanad_verifier.chain.validators import Validators

EPOCH = 100
ADD, DROP = b"\xff" * 8, bytes(8)


class Chain:
    """Headers as a node tells them; `grow` seals the next with whose turn allows it."""

    def __init__(self, signers: Sequence[PrivateKey]) -> None:
        self.keys = {address_of(key): key for key in signers}
        self.listed = set_of(signers)
        genesis = Block(height=0, time=1000)
        genesis.extra = bytes(32) + b"".join(self.listed.addresses) + bytes(65)
        self.headers = [genesis.header()]
        self.recent: list[bytes] = []
        self.fetched: list[tuple[int, int]] = []

    def fetch(self, first: int, last: int) -> list[Header]:
        self.fetched.append((first, last))
        return self.headers[first : last + 1]

    def grow(
        self, count: int = 1, *, by: bytes | None = None, coinbase: bytes = bytes(20), nonce: bytes = DROP
    ) -> None:
        for _ in range(count):
            before = self.headers[-1]
            height = before.height + 1
            waiting = (
                self.recent[-(len(self.listed.addresses) // 2) :] if len(self.listed.addresses) > 1 else []
            )
            turn = height % len(self.listed.addresses)
            order = [*self.listed.addresses[turn:], *self.listed.addresses[:turn]]
            sealer = by or next(one for one in order if one not in waiting)
            block = Block(height, before.keccak(), coinbase, time=before.time + 1, nonce=nonce)
            names = height % EPOCH == 0
            self.headers.append(clique(block, self.listed, self.keys[sealer], names=names))
            self.recent.append(sealer)

    def branch(self, depth: int, count: int) -> None:
        """Take the last blocks away, and seal others in another order."""
        del self.headers[-depth:]
        del self.recent[-depth:]
        waiting = self.recent[-(len(self.listed.addresses) // 2) :]
        self.grow(by=next(one for one in reversed(self.listed.addresses) if one not in waiting))
        self.grow(count - 1)


@pytest.fixture
def chain() -> Chain:
    return Chain(keys(4))


def follow(chain: Chain, folder: Path) -> FollowedChain:
    return FollowedChain(folder / "councils.json", Clique(EPOCH), chain.headers[0], chain.fetch)


def test_a_block_is_final_once_more_than_half_of_the_signers_have_sealed_after_it(
    chain: Chain, tmp_path: Path
) -> None:
    followed = follow(chain, tmp_path)
    for height in range(1, 20):
        chain.grow()
        followed.follow(height)
        last = range(max(1, height - 2), height + 1)
        later = {Clique(EPOCH).after(council_before(chain, h), chain.headers[h]).recent[-1] for h in last}
        assert followed.tip.height == height
        assert followed.final.height == max(0, height - 3)
        assert len(later) == min(3, height)


def council_before(chain: Chain, height: int) -> Council:
    """Slowly: every header from the first."""
    council = Clique(EPOCH).first(chain.headers[0])
    for header in chain.headers[1:height]:
        council = Clique(EPOCH).after(council, header)
    return council


def test_a_change_of_branch_above_the_final_block_is_followed(chain: Chain, tmp_path: Path) -> None:
    followed = follow(chain, tmp_path)
    chain.grow(10)
    followed.follow(10)
    before = followed.final
    chain.branch(2, 3)
    followed.follow(11)
    assert followed.tip.hash == chain.headers[11].keccak()
    assert followed.final.height >= before.height
    assert chain.headers[before.height].keccak() == before.hash


def test_a_branch_from_below_the_final_block_is_a_violation_and_nothing_is_taken_back(
    chain: Chain, tmp_path: Path
) -> None:
    followed = follow(chain, tmp_path)
    chain.grow(10)
    followed.follow(10)
    final = followed.final
    chain.branch(5, 8)
    with pytest.raises(ConsensusViolation):
        followed.follow(13)
    assert followed.final == final


@pytest.mark.parametrize("lie", [
    pytest.param(lambda h: h.with_extra(h.extra[:-1] + bytes([h.extra[-1] ^ 1])), id="another-seal"),
    pytest.param(lambda h: h.with_extra(h.extra[:-65] + bytes(65)), id="no-seal"),
    pytest.param(lambda h: Header((*h.fields[:5], bytes(32), *h.fields[6:])), id="other-receipts"),
    pytest.param(lambda h: Header((*h.fields[:11], b"\1", *h.fields[12:])), id="an-earlier-time"),
    pytest.param(lambda h: Header((bytes(32), *h.fields[1:])), id="another-parent"),
    pytest.param(lambda h: Header((*h.fields[:8], b"\x63", *h.fields[9:])), id="another-height"),
])  # fmt: skip
def test_a_header_that_nobody_sealed_so_is_refused(
    chain: Chain, tmp_path: Path, lie: Callable[[Header], Header]
) -> None:
    followed = follow(chain, tmp_path)
    chain.grow(6)
    followed.follow(5)
    chain.headers[6] = lie(chain.headers[6])
    with pytest.raises(EngineLied):
        followed.follow(6)
    assert followed.tip.height <= 5


def test_a_stranger_and_one_who_signs_again_too_soon_are_refused(chain: Chain, tmp_path: Path) -> None:
    chain.grow(5)
    followed = follow(chain, tmp_path)
    followed.follow(5)
    chain.grow(by=chain.recent[-1])
    with pytest.raises(EngineLied, match="too soon"):
        followed.follow(6)
    del chain.headers[6]
    (stranger,) = keys(1, first=99)
    chain.keys[address_of(stranger)] = stranger
    chain.grow(by=address_of(stranger))
    with pytest.raises(EngineLied, match="no trusted signer"):
        followed.follow(6)


def test_a_signer_is_added_and_dropped_by_more_than_half_and_open_votes_lapse_at_an_epoch(
    chain: Chain, tmp_path: Path
) -> None:
    followed = follow(chain, tmp_path)
    (newcomer,) = keys(1, first=50)
    address = address_of(newcomer)
    chain.keys[address] = newcomer
    chain.grow(2, coinbase=address, nonce=ADD)
    followed.follow(2)
    assert address not in followed.tip.validators.addresses
    chain.grow(EPOCH - 2)
    followed.follow(EPOCH)
    assert followed.tip.votes == ()
    chain.grow(3, coinbase=address, nonce=ADD)
    chain.listed = Validators(tuple(sorted((*chain.listed.addresses, address))))
    chain.grow(5)
    followed.follow(EPOCH + 8)
    assert address in followed.tip.validators.addresses
    assert [one.since for one in followed.sets()] == [1, EPOCH + 4]
    chain.grow(3, coinbase=address, nonce=DROP)
    chain.listed = Validators(tuple(one for one in chain.listed.addresses if one != address))
    chain.grow(4)
    followed.follow(EPOCH + 15)
    assert address not in followed.tip.validators.addresses
    assert [len(one.validators.addresses) for one in followed.sets()] == [4, 5, 4]


def test_what_was_final_is_known_after_a_restart_and_not_asked_again(chain: Chain, tmp_path: Path) -> None:
    chain.grow(SAVED_EVERY + 10)
    first = follow(chain, tmp_path)
    first.follow(SAVED_EVERY + 10)
    chain.fetched.clear()
    again = follow(chain, tmp_path)
    assert again.final.height >= SAVED_EVERY
    again.follow(SAVED_EVERY + 10)
    assert (again.tip, again.final) == (first.tip, first.final)
    assert min(first for first, _ in chain.fetched) > again.final.height - SAVED_EVERY


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version":9}', b'{"version":1,"genesis":"00"}'])
def test_a_damaged_memory_is_made_again_from_the_headers(chain: Chain, tmp_path: Path, damage: bytes) -> None:
    chain.grow(12)
    (tmp_path / "councils.json").write_bytes(damage)
    followed = follow(chain, tmp_path)
    followed.follow(12)
    assert followed.final.height == 9


def test_a_block_of_qbft_is_final_at_once_and_sets_change_by_one(tmp_path: Path) -> None:
    four = keys(4)
    listed = set_of(four)
    rule = Qbft()
    headers = [qbft(Block(height=0, time=1000), listed, [])]
    for height, signers in ((1, four[:3]), (2, four), (3, four[1:])):
        parent = rule.hash_of(headers[-1])
        headers.append(qbft(Block(height, parent, time=1000 + height), listed, signers))
    smaller = set_of(four[:3])
    headers.append(qbft(Block(4, rule.hash_of(headers[-1]), time=1004), smaller, four[:2]))
    followed = FollowedChain(
        tmp_path / "c.json", rule, headers[0], lambda first, last: headers[first : last + 1]
    )
    followed.follow(4)
    assert followed.final.height == followed.tip.height == 4
    assert [(one.since, len(one.validators.addresses)) for one in followed.sets()] == [(1, 4), (4, 3)]
    too_few = qbft(Block(5, rule.hash_of(headers[-1]), time=1005), smaller, four[:1])
    headers.append(too_few)
    with pytest.raises(EngineLied):
        followed.follow(5)
