"""The printed fields inside a printed code: places by number, values as they are (docs/spec/qr.md).

The places that certificates of the built-in types print stand in a table, so that a code need not spell them out;
any other is spelled. The table is part of the version `SND1`: places are added at its end, and never changed.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import cast

from sanad_verifier.fields import SALT_SIZE, Field
from sanad_verifier.json_profile import Json, JsonRefused, canonicalise, parse
from sanad_verifier.printed import PrintedFields
from sanad_verifier.qr_bytes import QrInvalid, Reader, counted, number

PLACES = (
    "/receiptNumber",
    "/auctionNumber",
    "/lotNumber",
    "/auctionDate",
    "/collectorate",
    "/vehicle/make",
    "/vehicle/model",
    "/vehicle/year",
    "/vehicle/chassisNumber",
    "/vehicle/engineNumber",
    "/saleAmount",
    "/currency",
    "/psid",
    "/issueDate",
    "/transportDocumentReference",
    "/carrierCode",
    "/shippedOnBoardDate",
    "/transports/portOfLoading/UNLocationCode",
    "/transports/portOfDischarge/UNLocationCode",
    "/utilizedTransportEquipments/*/equipment/equipmentReference",
    "/finInsUniqueNumber",
    "/trader/ntn",
    "/financialInstrumentValue",
    "/financialInstrumentCurrency",
    "/lcContractNo",
    "/expiryDate",
    "/invoiceNumber",
    "/invoiceDate",
    "/totalPaymentDue",
    "/gdNumber",
    "/gdVersion",
    "/declarationDate",
    "/consignee/ntn",
    "/containers/*/number",
    "/items/*/chassisNumber",
)
"""Code 1 is the first; `*` stands for the place of an element."""
_SPELLED = 0
_FIELD = cast(Callable[[tuple[str, Json]], Field], partial(tuple.__new__, Field))
"""A field of its two parts, as `Field(*parts)` is: there are many in a code."""
_WHOLE = 0x80
FIELDS_AT_MOST = 0x7F
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_ELEMENT = re.compile(r"0|[1-9][0-9]{0,8}")
_BEYOND_ELEMENTS = 10**9
_PATTERNS = tuple(re.compile(re.escape(place).replace(r"\*", f"({_ELEMENT.pattern})")) for place in PLACES)
_WITHOUT_ELEMENTS = {code: place for code, place in enumerate(PLACES, start=1) if "*" not in place}


def write_fields(printed: PrintedFields) -> bytes:
    """Salt, number of fields and whether they are whole, then each place and value."""
    if len(printed.fields) > FIELDS_AT_MOST:
        raise QrInvalid("a code has at most 127 printed fields", field="qr")
    parts = [printed.salt, bytes([_WHOLE * printed.whole | len(printed.fields)])]
    for one in printed.fields:
        parts += [_place(one.pointer), _value(one.value)]
    return b"".join(parts)


def read_fields(told: Reader) -> PrintedFields:
    """The printed fields at this place of a code: only what `write_fields` writes, so that each has one spelling."""
    salt, head = told.take(SALT_SIZE), told.byte()
    values: dict[str, Json] = {}
    try:
        for _ in range(head & FIELDS_AT_MOST):
            code = told.byte()
            pointer = _WITHOUT_ELEMENTS.get(code) or _read_place(code, told)
            if pointer in values:
                raise QrInvalid("a field is printed twice", field="qr")
            raw, is_json = told.value()
            values[pointer] = _read_json(raw) if is_json else raw.decode()
    except UnicodeDecodeError as error:
        raise QrInvalid("a text is not UTF-8", field="qr") from error
    return PrintedFields(salt, tuple(map(_FIELD, values.items())), bool(head & _WHOLE))


@lru_cache(maxsize=1024)
def _place(pointer: str) -> bytes:
    for code, pattern in enumerate(_PATTERNS, start=1):
        match = pattern.fullmatch(pointer)
        if match is not None:
            return bytes([code]) + b"".join(number(int(element)) for element in match.groups())
    return bytes([_SPELLED]) + counted(pointer.encode())


def _read_place(code: int, told: Reader) -> str:
    if code > len(PLACES):
        raise QrInvalid("a field is at a place this version does not know", field="qr")
    if code == _SPELLED:
        return _read_spelled(told)
    pointer, *rest = PLACES[code - 1].split("*")
    for after in rest:
        element = told.number()
        if element >= _BEYOND_ELEMENTS:  # those are spelled
            raise QrInvalid("an element has more than nine digits", field="qr")
        pointer += f"{element}{after}"
    return pointer


def _read_spelled(told: Reader) -> str:
    pointer = told.counted().decode()
    if not _POINTER.fullmatch(pointer):
        raise QrInvalid("a place is no JSON pointer", field="qr")
    if _place(pointer)[0] != _SPELLED:
        raise QrInvalid("a place that has a number is spelled", field="qr")
    return pointer


def _value(value: Json) -> bytes:
    """The length twice, plus one for what is not text, and then the text or the JSON."""
    if isinstance(value, str):
        raw = value.encode()
        return number(len(raw) << 1) + raw
    raw = canonicalise(value)
    return number(len(raw) << 1 | 1) + raw


def _read_json(raw: bytes) -> Json:
    try:
        value = parse(raw)
        if canonicalise(value) != raw:
            raise QrInvalid("a value is not in its one spelling", field="qr")
    except JsonRefused as error:
        raise QrInvalid("a value is not JSON in Sanad's profile", field="qr") from error
    if isinstance(value, (str, dict, list)):
        raise QrInvalid("a value is a single one, and text is told as text", field="qr")
    return value
