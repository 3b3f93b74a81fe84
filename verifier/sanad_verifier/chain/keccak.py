"""Keccak-256 as Ethereum uses it (the original padding, not FIPS 202's), and who signed a digest."""

from coincurve import PublicKey
from coincurve.utils import GROUP_ORDER_INT
from sha3 import keccak_256

from sanad_verifier.chain.errors import ChainProofInvalid

ADDRESS_SIZE, HASH_SIZE, SEAL_SIZE = 20, 32, 65
_HALF_ORDER = GROUP_ORDER_INT // 2


def keccak(data: bytes) -> bytes:
    """The 32 bytes of Keccak-256."""
    digest: bytes = keccak_256(data).digest()
    return digest


def signer(digest: bytes, seal: bytes) -> bytes:
    """The address whose key made a seal: r ‖ s ‖ v over a digest, v 0 or 1, s in the lower half of the order (EIP-2).

    Anybody can turn a seal into its high-s twin, so that one is refused: there is one seal of a key for a digest.
    """
    if len(seal) != SEAL_SIZE or seal[-1] > 1 or int.from_bytes(seal[32:64]) > _HALF_ORDER:
        raise ChainProofInvalid("a seal is not in its one form", field="seal")
    try:
        public = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    except Exception as error:  # the library raises plain exceptions for whatever libsecp256k1 refuses
        raise ChainProofInvalid("a seal is no signature", field="seal") from error
    return keccak(public.format(compressed=False)[1:])[-ADDRESS_SIZE:]
