"""Reading and writing the bytes of a printed code: numbers, counted strings, and nothing twice (docs/spec/qr.md)."""

from sanad_verifier.errors import EvidenceError

NUMBER_AT_MOST = 2**63 - 1
_SEVEN = 0x7F


class QrInvalid(EvidenceError):
    """A text that is no printed code of this version."""

    code = "QR_INVALID"


_ONE_BYTE = [bytes([value]) for value in range(_SEVEN + 1)]


def number(value: int) -> bytes:
    """A number as LEB128: seven bits a byte, the lowest first, the eighth bit set where more follow."""
    if 0 <= value <= _SEVEN:
        return _ONE_BYTE[value]
    if not 0 <= value <= NUMBER_AT_MOST:
        raise QrInvalid("a number is out of range", field="qr")
    told = bytearray()
    while value > _SEVEN:
        told.append(value & _SEVEN | 0x80)
        value >>= 7
    told.append(value)
    return bytes(told)


def counted(data: bytes) -> bytes:
    """A string of bytes after its length."""
    return number(len(data)) + data


class Reader:
    """Takes one part after the other from some bytes; `QrInvalid` where they end too early."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        at = self._at
        taken = self._data[at : at + size]
        if len(taken) != size:
            raise QrInvalid("the code ends too early", field="qr")
        self._at = at + size
        return taken

    def byte(self) -> int:
        """The next byte."""
        at = self._at
        try:
            byte = self._data[at]
        except IndexError:
            raise QrInvalid("the code ends too early", field="qr") from None
        self._at = at + 1
        return byte

    def number(self) -> int:
        """The next number, in its shortest form."""
        data, at = self._data, self._at
        try:
            byte = data[at]
            if byte > _SEVEN:
                value, shift = 0, 0
                while byte > _SEVEN:
                    value |= (byte & _SEVEN) << shift
                    shift += 7
                    at += 1
                    byte = data[at]
                value |= byte << shift
                if byte == 0 or value > NUMBER_AT_MOST:
                    raise QrInvalid("a number is not in its shortest form, or out of range", field="qr")
                byte = value
        except IndexError:
            raise QrInvalid("the code ends too early", field="qr") from None
        self._at = at + 1
        return byte

    def counted(self) -> bytes:
        """The next string of bytes."""
        return self.take(self.number())

    def value(self) -> tuple[bytes, int]:
        """The next string of bytes whose length is told together with one bit (twice the length, and the bit)."""
        data, at = self._data, self._at
        if at < len(data) and (told := data[at]) <= _SEVEN:  # nearly all are short
            start, end = at + 1, at + 1 + (told >> 1)
            taken = data[start:end]
            if len(taken) == end - start:
                self._at = end
                return taken, told & 1
        told = self.number()
        return self.take(told >> 1), told & 1

    def must_be_over(self) -> None:
        """Raise `QrInvalid` if something is left."""
        if self._at != len(self._data):
            raise QrInvalid("something follows the end of the code", field="qr")
