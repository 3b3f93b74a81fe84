"""Sets of validators: how many of them speak for a network, and which set did at a height."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from sanad_verifier.chain.errors import ChainProofInvalid, ValidatorsUnknown
from sanad_verifier.chain.keccak import ADDRESS_SIZE
from sanad_verifier.chain.rlp import Item, members, text

LARGEST_SET = 128


@dataclass(frozen=True, slots=True)
class Validators:
    """Addresses in ascending order, each once."""

    addresses: tuple[bytes, ...]

    @property
    def quorum(self) -> int:
        """How many seals make a block of QBFT final: ⌈2N/3⌉, with which two quorums share an honest validator."""
        return -(-2 * len(self.addresses) // 3)

    @property
    def majority(self) -> int:
        """More than half of them: with so many later signers a Clique block stands."""
        return len(self.addresses) // 2 + 1

    @property
    def one_honest(self) -> int:
        """So many of them hold at least one honest one, if fewer than a third are not: ⌊(N-1)/3⌋ + 1."""
        return (len(self.addresses) - 1) // 3 + 1

    def differs_by(self, other: "Validators") -> int:
        """How many joined and left between this set and another."""
        return len(set(self.addresses) ^ set(other.addresses))

    def in_order(self) -> bool:
        """Whether there is one address at least and not too many, in ascending order, each once."""
        ordered = all(one < following for one, following in pairwise(self.addresses))
        return ordered and 1 <= len(self.addresses) <= LARGEST_SET


class Consensus(Enum):
    """How a network seals its blocks."""

    QBFT = b"qbft"
    CLIQUE = b"clique"


@dataclass(frozen=True, slots=True)
class Pinned:
    """The set that seals from a height on, until the next pinned one."""

    since: int
    validators: Validators


@dataclass(frozen=True, slots=True)
class ChainTrust:
    """How a network seals its blocks, and the sets that do, in the order of their heights."""

    consensus: Consensus
    pinned: tuple[Pinned, ...]


def validators_of(item: Item) -> Validators:
    """The set in an RLP list, as QBFT writes it."""
    return validators([text(element, ADDRESS_SIZE) for element in members(item)])


def validators(addresses: Iterable[bytes]) -> Validators:
    """The set of some addresses, which must be in ascending order, each once."""
    found = Validators(tuple(addresses))
    if not found.in_order():
        raise ChainProofInvalid("the validators are none, too many, or not in order", field="validators")
    return found


def pinned_at(pinned: Iterable[Pinned], height: int) -> Validators:
    """The set the trust root names for a height."""
    known = [one for one in pinned if one.since <= height]
    if not known:
        raise ValidatorsUnknown("the trust root names no validators for so early a block", field="validators")
    return max(known, key=lambda one: one.since).validators
