"""Do these two people mean the same number?

The business number of a document is what people call it by: the declaration's, the instrument's, the
receipt's number. Its blinded key goes on the chain, so the same number written differently must become the
same text. The rule `text`: Unicode NFC, white space at the ends removed, inner runs of white space made one
space, upper case. Dashes, slashes and leading zeros stay: `KAPW-HC-22012-18-08-2022` and
`KAPW-HC-022012-18-08-2022` are two numbers.
"""

import unicodedata

from sanad_verifier.errors import InputError

LONGEST_NUMBER = 256
PART_SEPARATOR = "/"


class NumberInvalid(InputError):
    """A business number is empty, too long, or holds characters nobody can see."""

    code = "NUMBER_INVALID"


def normalise_number(*parts: str) -> str:
    """The business number made of `parts`, as every office writes it; `NumberInvalid` if there is none."""
    number = PART_SEPARATOR.join(_normalise(part) for part in parts)
    if not number or len(number) > LONGEST_NUMBER or not all(_normalise(part) for part in parts):
        raise NumberInvalid(f"a number has 1 to {LONGEST_NUMBER} characters", field="number")
    if any(unicodedata.category(char)[0] == "C" for char in number):
        raise NumberInvalid("a number holds only characters that can be seen", field="number")
    return number


def _normalise(text: str) -> str:
    """To a fixed point: upper-casing some letters yields sequences that compose differently."""
    before = None
    while text != before:
        before = text
        text = " ".join(unicodedata.normalize("NFC", text.upper()).split())
    return text
