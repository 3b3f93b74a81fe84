"""Show a person exactly what a text holds: characters that would hide, reorder or imitate others are
spelled out.

A name with a right-to-left override, a zero-width space or a line feed in it must not look like another
name. What is seen instead is the character's number, `⟨U+202E⟩`.
"""

import unicodedata

_ZWNJ = "\u200c"


def visible(text: str) -> str:
    """The text with every control, format, private and unassigned character, and odd white space, spelled
    out.

    The zero-width non-joiner stays between letters of the Arabic script: Urdu is written with it.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(text, place) for place in range(len(text)))


def _shown(text: str, place: int) -> str:
    char = text[place]
    if (
        char == _ZWNJ
        and 0 < place < len(text) - 1
        and _is_arabic(text[place - 1])
        and _is_arabic(text[place + 1])
    ):
        return char
    category = unicodedata.category(char)
    if char == " " or category[0] not in "CZ":
        return char
    return f"⟨U+{ord(char):04X}⟩"


def _is_arabic(char: str) -> bool:
    return unicodedata.bidirectional(char) == "AL"
