"""Sanad's JSON: a strict subset of I-JSON with exactly one byte string for each value (RFC 8785).

Whatever could be read in two ways is refused, never repaired: floats, big integers, duplicate keys, text
that is not NFC, lone surrogates, a byte order mark. Amounts are decimal strings. See
docs/spec/json-profile.md.
"""

import json
import unicodedata
from typing import Any, NoReturn

import rfc8785

from sanad_verifier.errors import InputError

try:
    import orjson
except ImportError:  # the fast path only; results are the same without it
    orjson = None  # type: ignore[assignment]

SIZE_AT_MOST = 16 << 20
DEPTH_AT_MOST = 64
INTEGER_AT_MOST = 2**53 - 1
Json = Any
"""None, bool, int, str, list or dict of these."""


class JsonRefused(InputError):
    """The bytes are not JSON in Sanad's profile; `code` says which rule, `field` is a JSON pointer where
    there is one.
    """

    code = "JSON_INVALID"


def parse(data: bytes) -> Json:
    """The value in `data`; `JsonRefused` if it is outside the profile."""
    if len(data) > SIZE_AT_MOST:
        raise JsonRefused("the JSON text is larger than 16 MiB", code="JSON_TOO_LARGE")
    if data.startswith(b"\xef\xbb\xbf"):
        raise JsonRefused("the JSON text begins with a byte order mark", code="JSON_BOM")
    value = _fast(data)
    if value is not _SLOW:
        return value
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonRefused("the JSON text is not UTF-8", code="JSON_NOT_UTF8") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_no_float,
            parse_int=_integer,
            parse_constant=_no_float,
        )
    except json.JSONDecodeError as error:
        raise JsonRefused("the text is not JSON", code="JSON_INVALID") from error
    except RecursionError as error:
        raise JsonRefused("the JSON value is nested too deeply", code="JSON_TOO_DEEP") from error
    _check(value, "", 0, strings=True)
    return value


def canonicalise(value: Json) -> bytes:
    """The RFC 8785 bytes of a value; `JsonRefused` if it is outside the profile."""
    plain_keys = _check(value, "", 0, strings=True)
    if orjson is not None and plain_keys:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(value)


def canonical_bytes(data: bytes) -> bytes:
    """The canonical form of a JSON text."""
    return canonicalise(parse(data))


_SLOW = object()


def _fast(data: bytes) -> Json:
    """The value, if `data` is canonical already and holds nothing that needs a closer look; `_SLOW`
    otherwise.

    Writing the value again and getting the same bytes rules out duplicate keys and every second spelling.
    """
    if orjson is None:
        return _SLOW
    try:
        value = orjson.loads(data)
        if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
            return _SLOW
        if not _check(value, "", 0, strings=not data.isascii()):
            return _SLOW
    except (orjson.JSONDecodeError, TypeError, RecursionError):
        return _SLOW
    return value


def _check(value: Json, pointer: str, depth: int, *, strings: bool) -> bool:
    """Refuse what the profile does not have. Returns whether all keys sort alike by code point and by
    UTF-16 unit.
    """
    kind = type(value)
    if kind is str:
        if strings:
            _check_text(value, pointer)
        return True
    if kind is bool or value is None:
        return True
    if kind is int:
        if not -INTEGER_AT_MOST <= value <= INTEGER_AT_MOST:
            raise JsonRefused("an integer is beyond ±(2^53−1)", field=pointer, code="JSON_INTEGER_RANGE")
        return True
    if depth >= DEPTH_AT_MOST:
        raise JsonRefused("the JSON value is nested too deeply", field=pointer, code="JSON_TOO_DEEP")
    plain = True
    if kind is dict:
        for key, member in value.items():
            if type(key) is not str:
                raise JsonRefused("a key is not text", field=pointer, code="JSON_TYPE")
            if strings and not key.isascii():
                _check_text(key, pointer)
                plain = plain and max(key) < "\ud800"
            plain &= _check(
                member, f"{pointer}/{_escape(key)}" if strings else pointer, depth + 1, strings=strings
            )
        return plain
    if kind is list:
        for index, member in enumerate(value):
            plain &= _check(member, f"{pointer}/{index}" if strings else pointer, depth + 1, strings=strings)
        return plain
    if kind is float:
        raise JsonRefused(
            "numbers with a fraction or exponent are written as text", field=pointer, code="JSON_FLOAT"
        )
    raise JsonRefused("a value is of no JSON type", field=pointer, code="JSON_TYPE")


def _check_text(text: str, pointer: str) -> None:
    if text.isascii():
        return
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise JsonRefused("a text holds a lone surrogate", field=pointer, code="JSON_SURROGATE")
    if not unicodedata.is_normalized("NFC", text):
        raise JsonRefused("a text is not in Unicode's NFC form", field=pointer, code="JSON_NOT_NFC")


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1") if key.isprintable() and key.isascii() else "?"


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise JsonRefused("an object has a key twice", code="JSON_DUPLICATE_KEY")
    return made


def _no_float(_text: str) -> NoReturn:
    raise JsonRefused("numbers with a fraction or exponent are written as text", code="JSON_FLOAT")


def _integer(text: str) -> int:
    if len(text) > 17 or text == "-0":
        raise JsonRefused("an integer is beyond ±(2^53−1)", code="JSON_INTEGER_RANGE")
    return int(text)
