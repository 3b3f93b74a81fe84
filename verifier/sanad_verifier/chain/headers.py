"""Block headers: what was sealed, and under which hash (Yellow Paper §4.3; the fields that later forks append)."""

from dataclasses import dataclass, replace

from sanad_verifier.chain.errors import ChainProofInvalid
from sanad_verifier.chain.keccak import ADDRESS_SIZE, HASH_SIZE, keccak
from sanad_verifier.chain.rlp import Item, decode, encode, members, number, text

BASE_FIELDS = 15
"""Up to Berlin. London appends `baseFeePerGas`, later forks more, always in one order."""
APPENDED: tuple[int | None, ...] = (None, HASH_SIZE, None, None, HASH_SIZE, HASH_SIZE, HASH_SIZE, None)
"""baseFeePerGas, withdrawalsRoot, blobGasUsed, excessBlobGas, parentBeaconBlockRoot, requestsHash,
blockAccessListHash, slotNumber: numbers (None), or texts of a size.
"""
NO_UNCLES = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")
BLOOM_SIZE, NONCE_SIZE = 256, 8
_SIZES = {
    0: HASH_SIZE,
    1: HASH_SIZE,
    2: ADDRESS_SIZE,
    3: HASH_SIZE,
    4: HASH_SIZE,
    5: HASH_SIZE,
    6: BLOOM_SIZE,
}
_SIZES |= {13: HASH_SIZE, 14: NONCE_SIZE}
_NUMBERS = (7, 8, 9, 10, 11)
_EXTRA = 12


@dataclass(frozen=True, slots=True)
class Header:
    """A header's fields as they stand, and those a proof speaks of by name. Times in seconds."""

    fields: tuple[bytes, ...]

    @property
    def parent(self) -> bytes:
        """The hash of the block before it."""
        return self.fields[0]

    @property
    def uncles(self) -> bytes:
        """The hash of the list of uncles."""
        return self.fields[1]

    @property
    def coinbase(self) -> bytes:
        """An address: of the proposer (QBFT), or voted about (Clique)."""
        return self.fields[2]

    @property
    def receipts(self) -> bytes:
        """The root of the block's receipt trie."""
        return self.fields[5]

    @property
    def difficulty(self) -> int:
        """How heavy the block weighs in the choice between branches."""
        return int.from_bytes(self.fields[7])

    @property
    def height(self) -> int:
        """The block's number."""
        return int.from_bytes(self.fields[8])

    @property
    def time(self) -> int:
        """When the proposer says it was made."""
        return int.from_bytes(self.fields[11])

    @property
    def extra(self) -> bytes:
        """What the consensus writes: vanity, validators, seals."""
        return self.fields[_EXTRA]

    @property
    def mix(self) -> bytes:
        """The mix hash."""
        return self.fields[13]

    @property
    def nonce(self) -> bytes:
        """Eight bytes: of a Clique vote, or zero."""
        return self.fields[14]

    def with_extra(self, extra: bytes) -> "Header":
        """The same header with other extra data: what is signed leaves the seals out."""
        return replace(self, fields=(*self.fields[:_EXTRA], extra, *self.fields[_EXTRA + 1 :]))

    def item(self) -> Item:
        """The header as an RLP item."""
        return list(self.fields)

    def keccak(self) -> bytes:
        """Keccak-256 of the header as it stands."""
        return keccak(encode(self.item()))


def header_of(item: Item) -> Header:
    """The header in an RLP item; `ChainProofInvalid` unless its fields have their sizes."""
    elements = members(item)
    if not BASE_FIELDS <= len(elements) <= BASE_FIELDS + len(APPENDED):
        raise ChainProofInvalid("a header has another number of fields", field="header")
    for place, size in _SIZES.items():
        text(elements[place], size)
    for place in _NUMBERS:
        number(elements[place])
    for element, fixed in zip(elements[BASE_FIELDS:], APPENDED, strict=False):
        if fixed is None:
            number(element)
        else:
            text(element, fixed)
    return Header(tuple(text(element) for element in elements))


def parse_header(data: bytes) -> Header:
    """The header whose RLP encoding is `data`."""
    return header_of(decode(data))
