"""Blocks that a test seals itself: keys, QBFT and Clique headers, receipts in a trie that another library builds."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import rlp
from coincurve import PrivateKey
from trie.hexary import HexaryTrie

from sanad_verifier.chain.headers import NO_UNCLES, Header
from sanad_verifier.chain.keccak import ADDRESS_SIZE, keccak
from sanad_verifier.chain.proof import ChainProof
from sanad_verifier.chain.qbft import MIX
from sanad_verifier.chain.validators import Consensus, Validators, validators

LEDGER = bytes.fromhex("5fbdb2315678afecb367f032d93f642f64180aa3")
TOPIC = keccak(b"an event")
Events = Sequence[tuple[bytes, Sequence[bytes], bytes]]


def address_of(key: PrivateKey) -> bytes:
    return keccak(key.public_key.format(compressed=False)[1:])[-ADDRESS_SIZE:]


def keys(count: int, first: int = 1) -> list[PrivateKey]:
    """Keys in the order of their addresses."""
    return sorted((PrivateKey.from_int(number) for number in range(first, first + count)), key=address_of)


def set_of(signers: Sequence[PrivateKey]) -> Validators:
    return validators(sorted(map(address_of, signers)))


def receipt(events: Events, *, succeeded: bool = True, kind: int = 0) -> bytes:
    """A receipt as a trie holds it."""
    body: bytes = rlp.encode(
        [
            b"\1" if succeeded else b"",
            b"\x52\x08",
            bytes(256),
            [[address, list(topics), data] for address, topics, data in events],
        ]
    )
    return (bytes([kind]) if kind else b"") + body


def trie_of(receipts: Sequence[bytes]) -> HexaryTrie:
    """The receipt trie of a block."""
    made = HexaryTrie({})
    for place, one in enumerate(receipts):
        made[rlp.encode(place)] = one
    return made


def path_in(made: HexaryTrie, place: int) -> tuple[bytes, ...]:
    """The nodes that show the receipt at a place, each that has a hash of its own."""
    nodes = (rlp.encode(node) for node in made.get_proof(rlp.encode(place)))  # type: ignore[no-untyped-call]
    return tuple(node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32)


@dataclass
class Block:
    """A header in the making: its defaults are those both kinds share."""

    height: int = 9
    parent: bytes = bytes(32)
    coinbase: bytes = bytes(20)
    receipts: bytes = keccak(b"\x80")
    difficulty: int = 1
    time: int = 1_790_000_000
    extra: bytes = b""
    mix: bytes = bytes(32)
    nonce: bytes = bytes(8)
    more: tuple[bytes, ...] = field(default=())
    transactions: bytes = bytes(32)

    def header(self) -> Header:
        numbers = (self.difficulty, self.height, 30_000_000, 0, self.time)
        return Header(
            (
                self.parent, NO_UNCLES, self.coinbase, bytes(32), self.transactions, self.receipts, bytes(256),
                *(number.to_bytes((number.bit_length() + 7) // 8) for number in numbers),
                self.extra, self.mix, self.nonce, *self.more,
            )
        )  # fmt: skip


def qbft(
    block: Block,
    listed: Validators,
    signers: Sequence[PrivateKey],
    *,
    round_: bytes = b"",
    seals: Sequence[bytes] = (),
    vote: Sequence[bytes] = (),
) -> Header:
    """The block with a QBFT seal of each signer (and others as given)."""
    block.mix = MIX

    def extra(all_seals: Sequence[bytes]) -> bytes:
        told: bytes = rlp.encode([bytes(32), list(listed.addresses), list(vote), round_, list(all_seals)])
        return told

    block.extra = extra(())
    digest = block.header().keccak()
    own = [key.sign_recoverable(digest, hasher=None) for key in signers]
    block.extra = extra([*own, *seals])
    return block.header()


def clique(block: Block, listed: Validators, key: PrivateKey, *, names: bool = False) -> Header:
    """The block with a Clique seal; the difficulty is that of whose turn it is."""
    in_turn = listed.addresses[block.height % len(listed.addresses)] == address_of(key)
    block.difficulty = 2 if in_turn else 1
    block.extra = bytes(32) + (b"".join(listed.addresses) if names else b"")
    block.extra += key.sign_recoverable(block.header().keccak(), hasher=None)
    return block.header()


def clique_line(first: Header, listed: Validators, signers: Sequence[PrivateKey]) -> list[Header]:
    """Headers that follow `first`, each sealed by the next signer."""
    made = [first]
    for key in signers:
        before = made[-1]
        made.append(clique(Block(before.height + 1, before.keccak(), time=before.time + 1), listed, key))
    return made[1:]


def events_block(events: Events, others: int = 3) -> tuple[Block, tuple[bytes, ...], int]:
    """A block with a transaction of these events among others; the path to its receipt, and its place."""
    filler = [receipt([(bytes(20), [], bytes([number]))], kind=2 * (number % 2)) for number in range(others)]
    place = others // 2
    made = trie_of([*filler[:place], receipt(events), *filler[place:]])
    return Block(receipts=made.root_hash, more=(b"\7",)), path_in(made, place), place


def qbft_proof(
    events: Events, signers: Sequence[PrivateKey], listed: Validators, *, others: int = 3, log: int = 0
) -> ChainProof:
    """A chain proof of an event in a block that `signers` sealed."""
    block, path, place = events_block(events, others)
    return ChainProof(Consensus.QBFT, qbft(block, listed, signers), (), place, log, path)
