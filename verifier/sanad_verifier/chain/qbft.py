"""QBFT headers: who committed to this block? (Besu and GoQuorum write the same bytes; EEA QBFT v1.)

The extra data is the RLP list [vanity, validators, vote, round, seals]. A block's hash is of the header with round 0
and no seals, so honest nodes hold different headers for one hash; what validators sign has the real round.
"""

from dataclasses import dataclass

from sanad_verifier.chain.errors import ChainProofInvalid, SealsMissing, ValidatorsUnknown
from sanad_verifier.chain.headers import NO_UNCLES, NONCE_SIZE, Header
from sanad_verifier.chain.keccak import ADDRESS_SIZE, SEAL_SIZE, signer
from sanad_verifier.chain.rlp import Item, decode, encode, members, number, of_number, text
from sanad_verifier.chain.validators import Validators, validators_of

MIX = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
VANITY_SIZE = 32
HIGHEST_ROUND = 2**32 - 1
ADD, DROP = b"\xff", b""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A QBFT header taken apart: the set it says sealed it, the seals, and the two hashes."""

    header: Header
    validators: Validators
    seals: tuple[bytes, ...]
    hash: bytes
    digest: bytes
    """What the seals are over."""
    round: int
    """In which it was agreed on."""


def sealed(header: Header) -> Sealed:
    """Take a header apart; `ChainProofInvalid` unless it is one that QBFT makes."""
    if header.mix != MIX or header.difficulty != 1 or header.nonce != bytes(NONCE_SIZE):
        raise ChainProofInvalid("the header is not one of QBFT", field="header")
    if header.uncles != NO_UNCLES:
        raise ChainProofInvalid("a block of QBFT has no uncles", field="header")
    vanity, listed, vote, round_, seals = members(decode(header.extra), 5)
    text(vanity, VANITY_SIZE)
    _check_vote(vote)
    rounds = of_number(number(round_, HIGHEST_ROUND))

    def hashed(with_round: bytes) -> bytes:
        return header.with_extra(encode([vanity, listed, vote, with_round, []])).keccak()

    return Sealed(
        header,
        validators_of(listed),
        tuple(text(seal, SEAL_SIZE) for seal in members(seals)),
        hashed(b""),
        hashed(rounds),
        int.from_bytes(rounds),
    )


def committers(block: Sealed) -> frozenset[bytes]:
    """The validators whose seals a header bears, at least ⌈2N/3⌉ of the set it names; raises otherwise.

    That set proves nothing by itself: whoever asks compares it with one that is trusted.
    """
    if len(block.seals) > len(block.validators.addresses):
        raise ChainProofInvalid("there are more seals than validators", field="seal")
    found = [signer(block.digest, seal) for seal in block.seals]
    if len(set(found)) != len(found):
        raise ChainProofInvalid("a validator sealed twice", field="seal")
    if not set(found) <= set(block.validators.addresses):
        raise ChainProofInvalid("a seal is not a validator's", field="seal")
    if len(found) < block.validators.quorum:
        raise SealsMissing(f"{len(found)} of {block.validators.quorum} seals are there", field="seal")
    return frozenset(found)


def follow(trusted: Validators, steps: tuple[Sealed, ...]) -> Validators:
    """The set that is reached from a trusted one by headers at which it changed, one address at a time.

    A step is taken if enough of the set before it have sealed it too, that one of them is honest.
    """
    height = -1
    for step in steps:
        if step.header.height <= height:
            raise ChainProofInvalid("the steps between sets are not in order", field="steps")
        height = step.header.height
        if trusted.differs_by(step.validators) != 1:
            raise ValidatorsUnknown("a step changes the set by other than one validator", field="steps")
        if len(committers(step) & set(trusted.addresses)) < trusted.one_honest:
            raise ValidatorsUnknown("too few of the set before have sealed a step", field="steps")
        trusted = step.validators
    return trusted


def _check_vote(vote: Item) -> None:
    """A vote is nothing, or an address and whether to add it."""
    told = members(vote)
    if not told:
        return
    who, what = members(told, 2)
    text(who, ADDRESS_SIZE)
    if what not in (ADD, DROP):
        raise ChainProofInvalid("a vote is of no known kind", field="header")
