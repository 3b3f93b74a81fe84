"""Where in a document is that value? JSON pointers (RFC 6901), and patterns of them.

A pattern is a pointer in which a segment `*` stands for every element of an array: `/items/*/hsCode`.
Nothing here raises on a document: a value that is not there is simply not found.
"""

from collections.abc import Iterator
from typing import Any

JsonValue = Any
"""What the JSON profile's parser returns: dict, list, str, int, bool or None."""


def join(segments: Iterator[str | int] | list[str | int] | tuple[str | int, ...]) -> str:
    """The pointer that leads through `segments`."""
    return "".join("/" + str(segment).replace("~", "~0").replace("/", "~1") for segment in segments)


def split(pointer: str) -> tuple[str, ...]:
    """The segments of a pointer, unescaped. The caller made sure that it is empty or begins with a slash."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def find(value: JsonValue, pattern: str) -> Iterator[tuple[str, JsonValue]]:
    """Every (pointer, value) the pattern leads to, in the order of the document."""
    return _walk(value, split(pattern), ())


def first(value: JsonValue, pattern: str) -> JsonValue | None:
    """The first value the pattern leads to, or None."""
    return next((found for _, found in find(value, pattern)), None)


def _walk(
    value: JsonValue, left: tuple[str, ...], gone: tuple[str | int, ...]
) -> Iterator[tuple[str, JsonValue]]:
    if not left:
        yield join(gone), value
    elif isinstance(value, dict) and left[0] in value:
        yield from _walk(value[left[0]], left[1:], (*gone, left[0]))
    elif isinstance(value, list) and left[0] == "*":
        for place, element in enumerate(value):
            yield from _walk(element, left[1:], (*gone, place))
    elif isinstance(value, list) and left[0].isascii() and left[0].isdecimal() and int(left[0]) < len(value):
        place = int(left[0])
        yield from _walk(value[place], left[1:], (*gone, place))
