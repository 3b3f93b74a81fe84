"""Chain proofs that show an event, and what shows none."""

from dataclasses import replace

from sanad_testkit.evidence import VALIDATORS as FOUR
from sanad_testkit.sealing import (
    LEDGER,
    TOPIC,
    Block,
    clique,
    clique_line,
    events_block,
    keys,
    qbft,
    qbft_proof,
    set_of,
)
from sanad_verifier.chain.keccak import keccak
from sanad_verifier.chain.proof import ChainProof
from sanad_verifier.chain.rlp import Item, decode, encode
from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned

SET, FIVE = set_of(FOUR), keys(5)
EVENT = (LEDGER, [TOPIC], b"what happened")
TRUSTS = {
    "qbft": ChainTrust(Consensus.QBFT, (Pinned(0, SET),)),
    "clique": ChainTrust(Consensus.CLIQUE, (Pinned(0, SET),)),
    "qbft from block 10": ChainTrust(Consensus.QBFT, (Pinned(10, SET),)),
}
"""Whom the reader trusts."""


def of_clique(later: int = 3) -> ChainProof:
    """An event in a Clique block that so many other signers built on."""
    block, path, place = events_block([EVENT])
    header = clique(block, SET, FOUR[1])
    order = [FOUR[2], FOUR[3], FOUR[0]][:later]
    return ChainProof(Consensus.CLIQUE, header, tuple(clique_line(header, SET, order)), place, 0, path)


SEALED = qbft_proof([EVENT], FOUR, SET)
JOINED = replace(
    qbft_proof([EVENT], FIVE[:4], set_of(FIVE)), others=(qbft(Block(height=7), set_of(FIVE), FIVE[:4]),)
)
SHOWN: dict[str, tuple[str, bytes]] = {
    "all four validators": ("qbft", SEALED.encode()),
    "three of four": ("qbft", qbft_proof([EVENT], FOUR[1:], SET).encode()),
    "the second event of its receipt, among others": (
        "qbft",
        qbft_proof([EVENT, (LEDGER, [TOPIC], b"second")], FOUR, SET, others=3, log=1).encode(),
    ),
    "one of 201 receipts": ("qbft", qbft_proof([EVENT], FOUR, SET, others=200).encode()),
    "a validator that joined since": ("qbft", JOINED.encode()),
    "three Clique signers after the first": ("clique", of_clique().encode()),
}
"""By name: the trust it is shown to, and the proof."""


def _with_item(place: int, item: Item) -> bytes:
    told = decode(SEALED.encode())
    if not isinstance(told, list):
        raise TypeError("a proof is a list")
    return encode([*told[:place], item, *told[place + 1 :]])


REFUSED: dict[str, tuple[str, bytes]] = {
    "two seals of four": ("qbft", qbft_proof([EVENT], FOUR[:2], SET).encode()),
    "two Clique signers after the first": ("clique", of_clique(2).encode()),
    "another consensus than the network's": ("clique", SEALED.encode()),
    "validators that nobody trusts": (
        "qbft",
        qbft_proof([EVENT], keys(4, first=40), set_of(keys(4, first=40))).encode(),
    ),
    "a block from before the trusted set": ("qbft from block 10", SEALED.encode()),
    "a validator that joined, not shown": ("qbft", replace(JOINED, others=()).encode()),
    "an event that the receipt has not": ("qbft", replace(SEALED, log=1).encode()),
    "a transaction that the block has not": ("qbft", replace(SEALED, transaction=9).encode()),
    "a path that ends early": ("qbft", replace(SEALED, path=SEALED.path[:-1]).encode()),
    "a path with a node too many": ("qbft", replace(SEALED, path=(*SEALED.path, b"\x80")).encode()),
    "another receipt root": (
        "qbft",
        replace(
            SEALED,
            header=replace(
                SEALED.header,
                fields=(*SEALED.header.fields[:5], keccak(b"another"), *SEALED.header.fields[6:]),
            ),
        ).encode(),
    ),
    "a version that nobody knows": ("qbft", _with_item(0, b"sanad-chain-proof-2")),
    "a header that is cut off": ("qbft", _with_item(2, b"")),
    "a number with a leading zero": ("qbft", _with_item(4, b"\0")),
    "129 other headers": ("qbft", _with_item(3, [b""] * 129)),
    "a byte more": ("qbft", SEALED.encode() + b"\0"),
    "a byte less": ("qbft", SEALED.encode()[:-1]),
    "nothing": ("qbft", b""),
}
