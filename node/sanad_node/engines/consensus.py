"""Who may seal the next block, and from when on a block stands: the rules of Clique and QBFT for a node that follows
the chain.

A `Council` is the state after a block: the validators, the votes that are open, and who sealed lately. Each rule makes
the council after a header from the one before it, or raises `EngineLied`: a header that the council could not have
sealed is not of this network, whoever tells it. Pure: no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sanad_node.engines.base import EngineLied
from sanad_verifier.chain import clique, qbft
from sanad_verifier.chain.headers import Header
from sanad_verifier.chain.validators import Consensus, Validators
from sanad_verifier.errors import EvidenceError

ADD = b"\xff" * 8
VANITY, SEAL = 32, 65


@dataclass(frozen=True, slots=True)
class Vote:
    """An open vote of Clique: `voter` wants `about` added or dropped (EIP-225)."""

    voter: bytes
    about: bytes
    add: bool


@dataclass(frozen=True, slots=True)
class Council:
    """What the chain has agreed on after the block of this height and hash. `recent` are the sealers of the last
    blocks, the newest last, none of whom may seal the next one (Clique). `since` is the height from which these
    validators seal.
    """

    height: int
    hash: bytes
    time: int
    validators: Validators
    since: int
    votes: tuple[Vote, ...] = ()
    recent: tuple[bytes, ...] = ()


class Rule(Protocol):
    """A consensus, as far as who reads a chain needs it."""

    @property
    def kind(self) -> Consensus | None:
        """None where the seals are not checked."""

    def first(self, genesis: Header) -> Council:
        """The council after block 0."""

    def hash_of(self, header: Header) -> bytes:
        """The block's hash."""

    def after(self, council: Council, header: Header) -> Council:
        """The council after a header that continues the chain; `EngineLied` for one that does not."""

    def round_of(self, header: Header) -> int:
        """In which round a block was agreed on: 0 if at once."""

    def final(self, councils: Sequence[Council]) -> int:
        """The highest block that stands, given the councils of the newest blocks, the oldest first; -1 if none."""


def _must_follow(council: Council, header: Header) -> None:
    if header.parent != council.hash or header.height != council.height + 1 or header.time < council.time:
        raise EngineLied("a header does not follow the one before it", field="header")


class Clique:
    """EIP-225. `epoch` is the number of blocks after which all open votes lapse."""

    kind = Consensus.CLIQUE

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def first(self, genesis: Header) -> Council:
        listed = genesis.extra[VANITY:-SEAL]
        addresses = tuple(listed[at : at + 20] for at in range(0, len(listed), 20))
        validators = Validators(addresses)
        if len(listed) % 20 or not validators.in_order():
            raise EngineLied("the genesis block names no signers in their order", field="genesis")
        return Council(0, genesis.keccak(), genesis.time, validators, 1)

    def hash_of(self, header: Header) -> bytes:
        return header.keccak()

    def after(self, council: Council, header: Header) -> Council:
        _must_follow(council, header)
        try:
            sealer = clique.signer_of(header, council.validators)
        except EvidenceError as error:
            raise EngineLied(
                f"a header is not sealed as it must be: {error.message}", field="seal"
            ) from error
        waiting = len(council.validators.addresses) // 2
        if waiting and sealer in council.recent[-waiting:]:
            raise EngineLied("a signer has signed again too soon", field="seal")
        recent = (*council.recent, sealer)[-waiting:] if waiting else ()
        votes = () if header.height % self._epoch == 0 else council.votes
        after = replace(
            council, height=header.height, hash=header.keccak(), time=header.time, votes=votes, recent=recent
        )
        return _counted(after, sealer, header)

    def round_of(self, header: Header) -> int:
        """There are none; 1 where another than the signer whose turn it was made the block."""
        return int(header.difficulty == 1)

    def final(self, councils: Sequence[Council]) -> int:
        """With more than half of the signers after it, each another: so many blocks, since none signs again before."""
        if not councils:
            return -1
        newest = councils[-1]
        # A block stands by the set that was to seal after it; a change of the set lies within the last few blocks.
        most = max(one.validators.majority for one in councils[-2 * newest.validators.majority - 1 :])
        return newest.height - most


def _counted(council: Council, sealer: bytes, header: Header) -> Council:
    """The council after a header's vote, if that was one."""
    about, add = header.coinbase, header.nonce == ADD
    present = about in council.validators.addresses
    votes = tuple(vote for vote in council.votes if (vote.voter, vote.about) != (sealer, about))
    if add != present:
        votes = (*votes, Vote(sealer, about, add))
    total = sum(vote.about == about for vote in votes)
    if total <= len(council.validators.addresses) // 2:
        return replace(council, votes=votes)
    addresses = set(council.validators.addresses) ^ {about}
    votes = tuple(vote for vote in votes if vote.about != about and (add or vote.voter != about))
    validators = Validators(tuple(sorted(addresses)))
    waiting = len(addresses) // 2
    recent = council.recent[-waiting:] if waiting else ()
    return replace(council, validators=validators, since=council.height + 1, votes=votes, recent=recent)


class Qbft:
    """EEA QBFT v1 with validators in the headers, as Besu and GoQuorum write them. A sealed block is final."""

    kind = Consensus.QBFT

    def first(self, genesis: Header) -> Council:
        try:
            listed = qbft.sealed(genesis).validators
        except EvidenceError as error:
            raise EngineLied("the genesis block names no validators", field="genesis") from error
        return Council(0, self.hash_of(genesis), genesis.time, listed, 1)

    def hash_of(self, header: Header) -> bytes:
        if header.height == 0:
            return header.keccak()  # of the genesis block as it stands
        try:
            return qbft.sealed(header).hash
        except EvidenceError as error:
            raise EngineLied("the header is not one of QBFT", field="header") from error

    def after(self, council: Council, header: Header) -> Council:
        _must_follow(council, header)
        try:
            block = qbft.sealed(header)
            if block.validators == council.validators:
                qbft.committers(block)
                since = council.since
            else:
                qbft.follow(council.validators, (block,))
                since = header.height
        except EvidenceError as error:
            raise EngineLied(
                f"a header is not sealed as it must be: {error.message}", field="seal"
            ) from error
        return replace(
            council,
            height=header.height,
            hash=block.hash,
            time=header.time,
            validators=block.validators,
            since=since,
        )

    def round_of(self, header: Header) -> int:
        return qbft.sealed(header).round

    def final(self, councils: Sequence[Council]) -> int:
        return councils[-1].height if councils else -1


class Confirmed:
    """A chain whose seals this version cannot check: each header leads to the next by its hash, and a block is said to
    stand when `confirmations` others are on it. Nothing shows that the network's validators made any of them.
    """

    kind = None

    def __init__(self, confirmations: int) -> None:
        self._confirmations = confirmations

    def first(self, genesis: Header) -> Council:
        return Council(0, genesis.keccak(), genesis.time, Validators(()), 1)

    def hash_of(self, header: Header) -> bytes:
        return header.keccak()

    def after(self, council: Council, header: Header) -> Council:
        _must_follow(council, header)
        return replace(council, height=header.height, hash=header.keccak(), time=header.time)

    def round_of(self, header: Header) -> int:  # noqa: ARG002 - not known of such a chain
        return 0

    def final(self, councils: Sequence[Council]) -> int:
        return councils[-1].height - self._confirmations if councils else -1
