"""Clique headers: one signer each, so a block stands by the blocks that others put on it (EIP-225).

Final, as far as Clique knows it: more than half of the signers have made blocks after this one, on it. None of them
may sign again before so many others have, so each of these blocks has another signer.
"""

from collections.abc import Sequence

from sanad_verifier.chain.errors import ChainProofInvalid, SealsMissing, ValidatorsUnknown
from sanad_verifier.chain.headers import NO_UNCLES, Header
from sanad_verifier.chain.keccak import ADDRESS_SIZE, HASH_SIZE, SEAL_SIZE, signer
from sanad_verifier.chain.validators import Validators

VANITY_SIZE = 32
VOTES = (bytes(8), b"\xff" * 8)


def signer_of(header: Header, trusted: Validators) -> bytes:
    """Who sealed a header: one of the trusted signers, in turn if the difficulty says so; raises otherwise."""
    if header.mix != bytes(HASH_SIZE) or header.uncles != NO_UNCLES or header.nonce not in VOTES:
        raise ChainProofInvalid("the header is not one of Clique", field="header")
    unsealed = header.extra[:-SEAL_SIZE]
    if len(header.extra) < VANITY_SIZE + SEAL_SIZE:
        raise ChainProofInvalid("the header bears no seal", field="seal")
    listed = unsealed[VANITY_SIZE:]
    if listed and listed != b"".join(trusted.addresses):
        raise ValidatorsUnknown("an epoch's block names other signers than are trusted", field="validators")
    if listed and (header.coinbase != bytes(ADDRESS_SIZE) or header.nonce != VOTES[0]):
        raise ChainProofInvalid("an epoch's block holds no vote", field="header")
    found = signer(header.with_extra(unsealed).keccak(), header.extra[-SEAL_SIZE:])
    if found not in trusted.addresses:
        raise ValidatorsUnknown("the block was sealed by no trusted signer", field="seal")
    in_turn = trusted.addresses[header.height % len(trusted.addresses)] == found
    if header.difficulty != (2 if in_turn else 1):
        raise ChainProofInvalid("the difficulty does not fit whose turn it was", field="header")
    return found


def must_stand(header: Header, later: Sequence[Header], trusted: Validators) -> None:
    """Raise unless more than half of the signers have made blocks after `header`, each on the one before it."""
    if len(later) > len(trusted.addresses):
        raise ChainProofInvalid("there are more later blocks than signers", field="later")
    signers = [signer_of(header, trusted)]
    before = header
    for block in later:
        if block.parent != before.keccak() or block.height != before.height + 1:
            raise ChainProofInvalid("a later block is not the next one", field="later")
        if block.time < before.time:
            raise ChainProofInvalid("a later block is earlier", field="later")
        one = signer_of(block, trusted)
        if one in signers[max(0, len(signers) + 1 - trusted.majority) :]:
            raise ChainProofInvalid("a signer signed again too soon", field="later")
        signers.append(one)
        before = block
    distinct = len(set(signers[1:]))
    if distinct < trusted.majority:
        raise SealsMissing(f"{distinct} of {trusted.majority} later signers are there", field="later")
