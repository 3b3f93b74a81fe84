"""Sanad's JSON: a strict subset of I-JSON with exactly one byte string for each value (RFC 8785).

Whatever could be read in two ways is refused, never repaired: floats, big integers, duplicate keys, text
that is not NFC, lone surrogates, a byte order mark. Amounts are decimal strings. The rules and their codes
are in docs/spec/json-profile.md.
"""

import json
import re
import unicodedata
from itertools import chain
from typing import Any, NamedTuple

import rfc8785

from sanad_verifier.errors import InputError

try:
    import orjson
except ImportError:  # the fast path only; results are the same without it
    orjson = None  # type: ignore[assignment]

SIZE_AT_MOST = 16 << 20
"""Bytes of a JSON text. Larger things are files, and certified by their bytes."""
DEPTH_AT_MOST = 64
"""Arrays and objects within each other: far below what makes any reader's stack overflow."""
INTEGER_AT_MOST = 2**53 - 1
"""The largest integer that every JSON reader takes for the same number."""
Json = Any
"""None, bool, int, str, list or dict of these."""

_BOM = b"\xef\xbb\xbf"
_DIGITS_AT_MOST = 17  # a sign and sixteen digits hold every integer of the profile
_KEY_SHOWN = 64  # characters of a key that an error's pointer repeats
_ASTRAL = re.compile(rb"[\xf0-\xff]")
_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)
NESTING_READ = 200
"""What the standard library's reader is given at most: it recurses, and how far a process lets it is not ours to say.
More than the profile allows, so that a text a little too deep is told where."""
_LONE = re.compile("[\ud800-\udfff]")
_FLAT = {str, bool, type(None)}
_NESTING = {dict, list}
_KNOWN = _FLAT | _NESTING | {int}
_WORDS = {
    "JSON_FLOAT": "numbers with a fraction or exponent are written as text",
    "JSON_NOT_FINITE": "NaN and Infinity are not JSON",
    "JSON_NEGATIVE_ZERO": "zero has no sign",
    "JSON_INTEGER_RANGE": "an integer is beyond ±(2^53−1)",
    "JSON_DUPLICATE_KEY": "an object has a key twice",
    "JSON_TOO_DEEP": "arrays and objects are nested more than 64 deep",
    "JSON_TYPE": "a value is of no JSON type",
    "JSON_SURROGATE": "a text holds a lone surrogate",
    "JSON_NOT_NFC": "a text is not in Unicode's NFC form",
}


class JsonRefused(InputError):
    """The bytes are not JSON in Sanad's profile; `code` says which rule, `field` is a JSON pointer where
    there is one.
    """

    code = "JSON_INVALID"


def parse(data: bytes) -> Json:
    """The value in `data`; `JsonRefused` if it is outside the profile."""
    _check_size(data)
    value = _if_canonical(data)
    if value is _UNSURE:
        value = _read(data)
        if _dumps_if_plain(value) is None:
            _check(value, "", 0)
    return value


def canonicalise(value: Json) -> bytes:
    """The RFC 8785 bytes of a value; `JsonRefused` if it is outside the profile."""
    canonical = _dumps_if_plain(value)
    if canonical is None:
        _check(value, "", 0)
        canonical = rfc8785.dumps(value)
    _check_size(canonical)
    return canonical


def canonicalise_texts(value: Json) -> bytes:
    """The same of a value in which there are only texts, booleans and lists of those, in few levels."""
    canonical = None if orjson is None else _dumps_plain(value)
    return canonicalise(value) if canonical is None else canonical


def canonical_bytes(data: bytes) -> bytes:
    """The canonical form of a JSON text; `JsonRefused` if it is outside the profile."""
    _check_size(data)
    value = _if_canonical(data)
    return canonicalise(_read(data)) if value is _UNSURE else data


# -- the fast path: what is beyond doubt, at the speed of orjson ---------------------------------------------------

_UNSURE = object()


def _if_canonical(data: bytes) -> Json:
    """The value, if `data` is beyond doubt the canonical form of one in the profile; `_UNSURE` otherwise.

    Writing the value again and getting the same bytes rules out duplicate keys and every second spelling.
    """
    if orjson is None:
        return _UNSURE
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _UNSURE
    return value if _dumps_if_plain(value) == data else _UNSURE


def _dumps_if_plain(value: Json) -> bytes | None:
    """The canonical bytes, if orjson can be trusted to write them; None if a closer look is needed.

    orjson differs from RFC 8785 in floats (which `_is_plain` rules out) and in the order of keys with
    characters beyond the Basic Multilingual Plane. Text of the whole is NFC only if each text in it is: the
    characters between texts combine with nothing.
    """
    return _dumps_plain(value) if orjson is not None and _is_plain(value) else None


def _dumps_plain(value: Json) -> bytes | None:
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a key that is not text, a lone surrogate
        return None
    if not written.isascii() and (
        _ASTRAL.search(written) or not unicodedata.is_normalized("NFC", written.decode())
    ):
        return None
    return written


def _is_plain(value: Json) -> bool:
    """Whether all in a value is of the profile's types, its integers in range, its depth allowed: level by level."""
    level: list[Json] = [value]
    for _ in range(DEPTH_AT_MOST + 1):
        kinds = set(map(type, level))
        if kinds <= _FLAT:
            return True
        if not kinds <= _KNOWN:
            return False
        if int in kinds and any(type(one) is int and abs(one) > INTEGER_AT_MOST for one in level):
            return False
        nesting = [one.values() if type(one) is dict else one for one in level if type(one) in _NESTING]
        if not nesting:
            return True
        level = list(chain.from_iterable(nesting))
    return False


# -- the careful path: says what is wrong, and where ------------------------------------------------------------------


class _Wrong(NamedTuple):
    """Stands in a parsed value for what the profile does not have, until its place is known."""

    code: str
    key: str | None = None


def _check_size(data: bytes) -> None:
    if len(data) > SIZE_AT_MOST:
        raise JsonRefused("the JSON text is larger than 16 MiB", code="JSON_TOO_LARGE")


def _read(data: bytes) -> Json:
    """The value of any JSON text; what the profile does not have is marked in it, for `_check` to refuse."""
    if data.startswith(_BOM):
        raise JsonRefused("the JSON text begins with a byte order mark", code="JSON_BOM")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonRefused("the JSON text is not UTF-8", code="JSON_NOT_UTF8") from error
    if nesting(data) > NESTING_READ:
        raise JsonRefused(_WORDS["JSON_TOO_DEEP"], code="JSON_TOO_DEEP")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonRefused(f"the text is not JSON (line {error.lineno}, column {error.colno})") from error
    except RecursionError as error:
        raise JsonRefused(_WORDS["JSON_TOO_DEEP"], code="JSON_TOO_DEEP") from error


def nesting(data: bytes) -> int:
    """How deep the brackets of a text nest, or less if there are too few to matter."""
    if data.count(b"[") + data.count(b"{") <= NESTING_READ:
        return 0
    depth = deepest = 0
    for token in _BRACKETS.finditer(data):
        if token[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif token[2]:
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json] | _Wrong:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return _Wrong("JSON_DUPLICATE_KEY", twice)


def _integer(text: str) -> int | _Wrong:
    if text == "-0":
        return _Wrong("JSON_NEGATIVE_ZERO")
    return int(text) if len(text) <= _DIGITS_AT_MOST else _Wrong("JSON_INTEGER_RANGE")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=lambda _: _Wrong("JSON_FLOAT"),
    parse_int=_integer,
    parse_constant=lambda _: _Wrong("JSON_NOT_FINITE"),
)


def _check(value: Json, pointer: str, depth: int) -> None:
    """Refuse what the profile does not have, with the JSON pointer to it."""
    kind = type(value)
    if kind is str:
        _check_text(value, pointer)
    elif kind is int:
        if not -INTEGER_AT_MOST <= value <= INTEGER_AT_MOST:
            raise _refused("JSON_INTEGER_RANGE", pointer)
    elif kind is dict or kind is list:
        if depth >= DEPTH_AT_MOST:
            raise _refused("JSON_TOO_DEEP", pointer)
        if kind is dict:
            _check_object(value, pointer, depth)
        else:
            for index, member in enumerate(value):
                _check(member, f"{pointer}/{index}", depth + 1)
    elif kind is _Wrong:
        raise _refused(value.code, pointer if value.key is None else f"{pointer}/{_shown(value.key)}")
    elif kind is float:
        raise _refused("JSON_FLOAT", pointer)
    elif value is not None and kind is not bool:
        raise _refused("JSON_TYPE", pointer)


def _check_object(value: dict[Any, Json], pointer: str, depth: int) -> None:
    for key, member in value.items():
        if type(key) is not str:
            raise _refused("JSON_TYPE", pointer)
        place = f"{pointer}/{_shown(key)}"
        _check_text(key, place)
        _check(member, place, depth + 1)


def _check_text(text: str, pointer: str) -> None:
    if text.isascii():
        return
    if _LONE.search(text):
        raise _refused("JSON_SURROGATE", pointer)
    if not unicodedata.is_normalized("NFC", text):
        raise _refused("JSON_NOT_NFC", pointer)


def _shown(key: str) -> str:
    """A key as errors may show it: what somebody sent in must not write into logs as it likes."""
    if not key.isprintable() or not key.isascii() or len(key) > _KEY_SHOWN:
        return "?"
    return key.replace("~", "~0").replace("/", "~1")


def _refused(code: str, pointer: str) -> JsonRefused:
    return JsonRefused(_WORDS[code], field=pointer, code=code)
