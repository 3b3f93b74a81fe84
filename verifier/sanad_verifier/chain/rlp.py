"""RLP, strictly: each item has one encoding, and every other is refused (Ethereum Yellow Paper, appendix B).

An item is `bytes` or a list of items. Depth and size are bounded, since what is read may come from anybody.
"""

from sanad_verifier.chain.errors import ChainProofInvalid

Item = bytes | list["Item"]
DEEPEST = 8
_STRING, _LONG_STRING, _LIST, _LONG_LIST = 0x80, 0xB7, 0xC0, 0xF7
_SHORT = 55


def encode(item: Item) -> bytes:
    """The encoding of an item."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < _STRING:
            return item
        return _head(len(item), _STRING, _LONG_STRING) + item
    body = b"".join(encode(element) for element in item)
    return _head(len(body), _LIST, _LONG_LIST) + body


def decode(data: bytes) -> Item:
    """The item that `data` is the encoding of; `ChainProofInvalid` unless encoding it again gives the same bytes."""
    item, end = _item(data, 0, len(data), 0)
    if end != len(data):
        raise _refused()
    return item


def number(item: Item, most: int = 2**64 - 1) -> int:
    """The integer an item stands for: big-endian, no leading zero, at most `most`."""
    if not isinstance(item, bytes) or item[:1] == b"\0":
        raise ChainProofInvalid("a number is not in its shortest form", field="chain")
    value = int.from_bytes(item)
    if value > most:
        raise ChainProofInvalid("a number is out of range", field="chain")
    return value


def of_number(value: int) -> bytes:
    """The item of an integer of at least 0."""
    return value.to_bytes((value.bit_length() + 7) // 8)


def text(item: Item, size: int | None = None) -> bytes:
    """The bytes of an item that is no list, of a size where one is given."""
    if not isinstance(item, bytes) or (size is not None and len(item) != size):
        raise ChainProofInvalid("an item is not of the size it should be", field="chain")
    return item


def members(item: Item, count: int | None = None) -> list[Item]:
    """The elements of an item that is a list, of a length where one is given."""
    if not isinstance(item, list) or (count is not None and len(item) != count):
        raise ChainProofInvalid("an item is not the list it should be", field="chain")
    return item


def _head(size: int, short: int, long: int) -> bytes:
    if size <= _SHORT:
        return bytes([short + size])
    length = of_number(size)
    return bytes([long + len(length)]) + length


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """The item that begins at `at`, and where it ends."""
    if at >= end or depth > DEEPEST:
        raise _refused()
    first = data[at]
    if first < _STRING:
        return data[at : at + 1], at + 1
    if first < _LIST:
        start, stop = _body(data, at, end, _STRING, _LONG_STRING)
        if stop - start == 1 and data[start] < _STRING:
            raise _refused()
        return data[start:stop], stop
    start, stop = _body(data, at, end, _LIST, _LONG_LIST)
    elements: list[Item] = []
    while start < stop:
        element, start = _item(data, start, stop, depth + 1)
        elements.append(element)
    return elements, stop


def _body(data: bytes, at: int, end: int, short: int, long: int) -> tuple[int, int]:
    """Where an item's body begins and ends."""
    first = data[at]
    if first <= long:
        start, size = at + 1, first - short
    else:
        start = at + 1 + first - long
        length = data[at + 1 : start]
        if start > end or length[:1] == b"\0":
            raise _refused()
        size = int.from_bytes(length)
        if size <= _SHORT:
            raise _refused()
    if size > end - start:
        raise _refused()
    return start, start + size


def _refused() -> ChainProofInvalid:
    return ChainProofInvalid("these bytes are not RLP in its one encoding", field="chain")
