"""The councils of Clique and QBFT: who may seal the next block, and who is voted in and out.

The scenarios of Clique are those that EIP-225 lists for implementations; a scenario is written as the sealers of its
blocks, each with what it votes: `A` (no vote), `A+C` (to add C), `A-B` (to drop B).
"""

import string
from collections.abc import Sequence
from typing import Any

import pytest
from coincurve import PrivateKey
from coincurve.utils import GROUP_ORDER_INT
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.engines.base import EngineLied
from sanad_node.engines.consensus import ADD, Clique, Confirmed, Council, Qbft
from sanad_testkit.qbft_chain import Chain
from sanad_testkit.sealing import Block, address_of, clique, keys, set_of
from sanad_verifier.chain.headers import Header
from sanad_verifier.chain.rlp import decode, encode
from sanad_verifier.chain.validators import Validators

SIX = keys(6)
NAMED = dict(zip(string.ascii_uppercase, SIX, strict=False))
NAME_OF = {address_of(key): name for name, key in NAMED.items()}
NO_EPOCH = 30_000


def start(names: str) -> Council:
    listed = set_of([NAMED[name] for name in names])
    extra = bytes(32) + b"".join(listed.addresses) + bytes(65)
    return Clique(NO_EPOCH).first(Block(height=0, extra=extra).header())


def block(council: Council, step: str, epoch: int) -> Header:
    """The next header, sealed and voting as a step says."""
    height = council.height + 1
    made = Block(height, council.hash, time=council.time + 1)
    if len(step) > 1:
        made.coinbase = address_of(NAMED[step[2]])
        made.nonce = ADD if step[1] == "+" else bytes(8)
    return clique(made, council.validators, NAMED[step[0]], names=height % epoch == 0)


def names(council: Council) -> str:
    return "".join(sorted(NAME_OF[one] for one in council.validators.addresses))


SCENARIOS = [
    ("one signer without votes", "A", "A A", "A"),
    ("the first to be added needs one vote, the second two", "A", "A+B B A+C", "AB"),
    ("of three to be added, the third needs three votes", "AB", "A+C B+C A+D B+D C A+E B+E", "ABCD"),
    ("two signers drop one only together: one vote is too few", "AB", "A-B B", "AB"),
    ("two signers drop one together", "AB", "A-B B-B", "A"),
    ("two of three drop the third", "ABC", "A-C B-C", "AB"),
    ("two of four drop nobody", "ABCD", "A-C B-C", "ABCD"),
    ("three of four drop the fourth", "ABCD", "A-D B-D C-D", "ABC"),
    ("a vote to add counts once for each signer", "AB", "A+C B A+C B A+C", "AB"),
    ("votes on several to be added go on side by side", "AB", "A+C B A+D B A B+D A B+C", "ABCD"),
    ("a vote to drop counts once for each signer", "AB", "A-B B A-B B A-B", "AB"),
    (
        "votes on several to be dropped go on side by side",
        "ABCD",
        "A-C B C A-D B C A B-D C-D A B-C",
        "AB",
    ),
    ("votes to drop of one who is dropped are lost", "ABC", "C-B A-C B-C A-B", "AB"),
    ("votes to add of one who is dropped are lost", "ABC", "C+D A-C B-C A+D", "AB"),
    (
        "a change of the majority changes nobody else",
        "ABCD",
        "A-C B C A-D B-C C A B-D C-D",
        "ABC",
    ),
    (
        "who has enough votes since the majority changed is dropped at the next vote",
        "ABCD",
        "A-C B C A-D B-C C A B-D C-D A C-C",
        "AB",
    ),
    (
        "who would have enough votes, but loses one, stays",
        "ABCD",
        "A-C B C A-D B-C C A B-D C-D A B+C",
        "ABC",
    ),
]


@pytest.mark.parametrize(
    ("before", "steps", "after"), [s[1:] for s in SCENARIOS], ids=[s[0] for s in SCENARIOS]
)
def test_votes_of_clique_lead_to_the_signers_they_should(before: str, steps: str, after: str) -> None:
    council = start(before)
    for step in steps.split():
        council = Clique(NO_EPOCH).after(council, block(council, step, NO_EPOCH))
    assert names(council) == after


def test_at_the_end_of_an_epoch_open_votes_lapse_and_the_signers_stand_in_the_header() -> None:
    council, rule = start("AB"), Clique(3)
    for step in ("A+C", "B", "A", "B+C"):
        council = rule.after(council, block(council, step, 3))
    assert names(council) == "AB"


@pytest.mark.parametrize(
    ("before", "steps"),
    [
        pytest.param("A", "B", id="a-stranger"),
        pytest.param("AB", "A A", id="again-too-soon"),
        pytest.param("ABCD", "A B A", id="again-too-soon-among-four"),
        pytest.param("ABC", "A-C B-C C", id="one-who-was-dropped"),
    ],
)
def test_a_block_of_clique_by_who_may_not_seal_it_is_refused(before: str, steps: str) -> None:
    council = start(before)
    *fit, last = steps.split()
    for step in fit:
        council = Clique(NO_EPOCH).after(council, block(council, step, NO_EPOCH))
    header = block(council, last, NO_EPOCH) if last[0] in names(council) else strange(council, last)
    with pytest.raises(EngineLied):
        Clique(NO_EPOCH).after(council, header)


def strange(council: Council, step: str) -> Header:
    made = Block(council.height + 1, council.hash, time=council.time + 1)
    return clique(made, council.validators, NAMED[step[0]])


class Obvious:
    """EIP-225's counting, with a table of votes and no thought of time."""

    def __init__(self, signers: str) -> None:
        self.signers, self.recent = set(signers), list[str]()
        self.votes: dict[str, set[str]] = {}

    def may(self) -> list[str]:
        waiting = len(self.signers) // 2
        return sorted(self.signers - set(self.recent[len(self.recent) - waiting :] if waiting else []))

    def seal(self, who: str, about: str, add: bool) -> None:
        self.recent.append(who)
        votes = self.votes.setdefault(about, set())
        votes.discard(who)
        if add != (about in self.signers):
            votes.add(who)
        if len(votes) > len(self.signers) // 2:
            self.signers ^= {about}
            self.votes.pop(about)
            if about not in self.signers:
                for others in self.votes.values():
                    others.discard(about)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ABCDEF"), st.booleans()), max_size=40))
@settings(max_examples=40, deadline=None)
def test_clique_counts_as_a_plain_table_of_votes_does(steps: list[tuple[int, str, bool]]) -> None:
    council, plain = start("ABC"), Obvious("ABC")
    for which, about, add in steps:
        may = plain.may()
        if not may or (len(plain.signers) == 1 and not add):
            break  # nobody left to seal: a network ends so, and neither says what follows
        who = may[which % len(may)]
        step = f"{who}{'+' if add else '-'}{about}"
        council = Clique(NO_EPOCH).after(council, block(council, step, NO_EPOCH))
        plain.seal(who, about, add)
        assert names(council) == "".join(sorted(plain.signers))


def test_a_block_of_clique_stands_when_more_than_half_of_the_signers_are_on_it() -> None:
    rule, council = Clique(NO_EPOCH), start("ABCD")
    councils = [council]
    for step in ["A", "B", "C", "D", "A"]:
        council = rule.after(council, block(council, step, NO_EPOCH))
        councils.append(council)
    assert [rule.final(councils[: n + 1]) for n in range(6)] == [-3, -2, -1, 0, 1, 2]


# -- QBFT -------------------------------------------------------------------------------------------------------------


def after(chain: Chain, header: Header) -> Council:
    """The council after the chain's blocks and one more header."""
    rule = Qbft()
    council = rule.first(chain.blocks[0].header)
    for made in chain.blocks[1:]:
        council = rule.after(council, made.header)
    return rule.after(council, header)


@pytest.fixture
def chain() -> Chain:
    made = Chain(SIX[:4])
    made.grow(2)
    return made


def with_set(chain: Chain, signers: Sequence[PrivateKey], **how: Any) -> Header:
    """A header that lists these validators."""
    chain.validators = set_of(signers)
    return chain.seal(**how)


def test_a_validator_is_added_and_dropped_one_at_a_time_and_seals_from_then_on(chain: Chain) -> None:
    chain.add(with_set(chain, SIX[:5], by=SIX[:4]))
    chain.add(with_set(chain, SIX[:5], by=SIX[1:5]))
    council = after(chain, with_set(chain, SIX[1:5], by=SIX[1:5]))
    assert council.validators == set_of(SIX[1:5])
    assert (council.since, Qbft().final([council])) == (5, 5)


def test_a_block_of_a_later_round_is_taken_by_its_seals_and_keeps_its_hash(chain: Chain) -> None:
    first, later = chain.seal(), chain.seal(round_=b"\3")
    assert after(chain, first).hash == after(chain, later).hash
    assert first.keccak() != later.keccak()


def twin(seal: bytes) -> bytes:
    """The other signature of the same key over the same digest."""
    return seal[:32] + (GROUP_ORDER_INT - int.from_bytes(seal[32:64])).to_bytes(32) + bytes([seal[64] ^ 1])


def edited(header: Header, change: Any) -> Header:
    told: Any = decode(header.extra)
    change(told)
    return header.with_extra(encode(told))


WRONG = {
    "too-few-seals": lambda c: c.seal(by=SIX[:2]),
    "a-seal-twice": lambda c: c.seal(by=[SIX[0], SIX[1], SIX[1]]),
    "a-seal-and-its-high-s-twin": lambda c: edited(
        c.seal(by=SIX[:2]), lambda told: told[4].append(twin(told[4][0]))
    ),
    "a-high-s-seal": lambda c: edited(c.seal(), lambda told: told[4].__setitem__(0, twin(told[4][0]))),
    "a-stranger-s-seal": lambda c: c.seal(by=[*SIX[:2], SIX[5]]),
    "another-round-than-was-signed": lambda c: edited(
        c.seal(round_=b"\1"), lambda told: told.__setitem__(3, b"\2")
    ),
    "a-set-of-its-own": lambda c: with_set(c, SIX[2:6], by=SIX[2:6]),
    "two-changes-at-once": lambda c: with_set(c, SIX, by=SIX[:4]),
    "added-by-strangers": lambda c: with_set(c, SIX[:5], by=SIX[4:]),
    "another-parent": lambda c: c.seal(parent=bytes(32)),
    "earlier-than-its-parent": lambda c: c.seal(at=c.blocks[-1].header.time - 1),
    "no-mix-hash": lambda c: _field(c.seal(), 13, bytes(32)),
    "a-nonce": lambda c: _field(c.seal(), 14, b"\1" * 8),
    "another-difficulty": lambda c: _field(c.seal(), 7, b"\2"),
}


def _field(header: Header, place: int, value: bytes) -> Header:
    return Header((*header.fields[:place], value, *header.fields[place + 1 :]))


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG.keys())
def test_a_header_of_qbft_with_one_thing_wrong_is_refused(make: Any, chain: Chain) -> None:
    after(chain, chain.seal())  # honest: so only what is changed can fail
    with pytest.raises(EngineLied):
        after(chain, make(chain))


@given(st.integers(1, 6), st.sets(st.integers(0, 5)))
@settings(max_examples=40, deadline=None)
def test_qbft_takes_a_header_exactly_when_two_thirds_of_its_set_have_sealed(
    count: int, who: set[int]
) -> None:
    chain = Chain(SIX[:count])
    header = chain.seal(by=[SIX[number] for number in sorted(who)])
    fit = all(number < count for number in who) and 3 * len(who) >= 2 * count
    if fit:
        assert after(chain, header).height == 1
    else:
        with pytest.raises(EngineLied):
            after(chain, header)


def test_without_seals_a_header_has_to_follow_and_no_more() -> None:
    rule = Confirmed(2)
    council = rule.first(Block(height=0).header())
    assert council.validators == Validators(())
    following = Block(1, council.hash, time=council.time).header()
    assert rule.after(council, following).hash == following.keccak()
    for wrong in (Block(1, bytes(32)), Block(2, council.hash), Block(1, council.hash, time=1)):
        with pytest.raises(EngineLied):
            rule.after(council, wrong.header())
