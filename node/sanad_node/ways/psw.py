"""Messages of Pakistan Single Window (PSW): financial instruments and goods declarations, as documents.

A message is a JSON object: `messageId`, `timestamp`, `senderId`, `receiverId`, `processingCode`, `data`, `signature`.
What is called its signature is the Base64 of the SHA-256 of the text of `data`, made without a key: it shows that the
text arrived as it was written, and nothing about who wrote it. So a message whose digest is wrong is refused, and one
whose digest is right is told with a note that says what this is worth. The text is what was sent: the same numbers
written in another way (`1.0000`, `1.0`) have another digest, so numbers are never read as binary fractions here.

Public samples and data classes are all that is known of the form (docs/spec/ways-in.md): a member that is in none of
them is refused, so that nothing is dropped unseen.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any, BinaryIO

from sanad_node.identifiers import IdentifierWarning
from sanad_node.ways import declarations
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source, finished
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.json_profile import DEPTH_AT_MOST, nesting

MESSAGE_AT_MOST = 1 << 20
ITEMS_AT_MOST = 500
LONGEST_NUMBER = 40
_PIECE = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_FI = re.compile(r"[A-Z0-9]{2,5}-(IMP|EXP)-[0-9]{1,10}-([0-9]{2})([0-9]{2})([0-9]{4})")
ENVELOPE = frozenset(
    {"messageId", "timestamp", "senderId", "receiverId", "processingCode", "methodId", "data", "signature"}
)
UNSIGNED = IdentifierWarning(
    "/signature",
    "pswDigest",
    "PSW_UNSIGNED",
    "the digest fits, and was made without a key: it proves nothing about who sent the message",
)
NO_DIGEST = IdentifierWarning(
    "/signature",
    "pswDigest",
    "PSW_NO_DIGEST",
    "the message has no digest: nothing shows that it arrived whole",
)


Made = Callable[[Mapping[str, Any], Reading], dict[str, Any]]
"""What makes a document of a message's data, without schema name and salt."""


class MessageInvalid(InputError):
    """The bytes are no PSW message that could be taken. `field` is a JSON pointer to what is wrong."""

    code = "PSW_MESSAGE_INVALID"


class DigestWrong(InputError):
    """The message's digest is not that of its data: it was changed or damaged after it was written."""

    code = "PSW_DIGEST_WRONG"


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def read_messages(path: Path, reading: Reading, to: Made) -> Iterator[Source]:
    """Each message of a file (one, or one a line) as a document; `to` is `instrument` or `declaration`."""
    for place, (name, text) in enumerate(_texts(path)):
        if place >= reading.first:
            yield _source(name, text, reading, to)


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """The messages of a file: if its first line is one, each line is; else the whole file is. Of one that is too large
    only as much as is refused.
    """
    try:
        with path.open("rb") as file:
            head = file.readline(MESSAGE_AT_MOST + 3)
            if not head.strip() or _is_whole(head):
                yield from _lines(head, file)
            else:
                yield "message", head + file.read(MESSAGE_AT_MOST + 3)
    except OSError as error:
        raise BatchSourceInvalid("the file cannot be read", field=path.name) from error


def _lines(line: bytes, file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    number = 1
    while line:
        if line.strip():
            yield f"line {number}", line
        while line and not line.endswith(b"\n"):
            line = file.readline(_PIECE)
        number, line = number + 1, file.readline(MESSAGE_AT_MOST + 3)


def _is_whole(line: bytes) -> bool:
    """Whether a line is a value of its own, well-formed or not: it ends where it began."""
    text = line.strip()
    return text.startswith(b"{") and text.endswith(b"}")


def _source(name: str, text: bytes, reading: Reading, to: Made) -> Source:
    try:
        data, notes = open_message(text)
        return Source(name, finished(reading, to(data, reading)), notes=notes)
    except SanadError as error:
        return Source(name, None, error)


def open_message(text: bytes) -> tuple[dict[str, Any], tuple[IdentifierWarning, ...]]:
    """The data of a message whose digest fits, numbers as they were written, and what there is to say of the digest.

    `MessageInvalid` for what is no message, `DigestWrong` for another text than the digest is of.
    """
    members = _members(text)
    if surplus := members.keys() - ENVELOPE:
        raise MessageInvalid("no message known has this member", field=_pointer(min(surplus)))
    data, written = members.get("data", (None, ""))
    if not isinstance(data, dict):
        raise MessageInvalid("a message has its data in an object", field="/data")
    if "signature" not in members:
        return data, (NO_DIGEST,)
    told, _ = members["signature"]
    if not isinstance(told, str) or isinstance(told, _Number):
        raise MessageInvalid("the digest is 32 bytes in Base64", field="/signature")
    try:
        digest = b64decode(told, validate=True)
    except ValueError as error:
        raise MessageInvalid("the digest is 32 bytes in Base64", field="/signature") from error
    if not compare_digest(digest, sha256(written.encode()).digest()):
        raise DigestWrong(
            "the data is not what the digest was made of: it was changed or damaged on its way",
            field="/signature",
        )
    return data, (UNSIGNED,)


def digest_of(written: str) -> str:
    """What PSW calls the signature of a text of `data`."""
    return b64encode(sha256(written.encode()).digest()).decode()


def _members(text: bytes) -> dict[str, tuple[Any, str]]:
    """The members of the outermost object: each value, and its text as it was written."""
    if len(text) > MESSAGE_AT_MOST:
        raise MessageInvalid(f"a message has at most {MESSAGE_AT_MOST} bytes", field="/")
    try:
        if nesting(text) > DEPTH_AT_MOST:
            raise MessageInvalid("the message is nested too deep", field="/")
        return _walk(text.decode("utf-8").strip(" \t\r\n"))
    except (ValueError, IndexError, StopIteration, RecursionError) as error:
        raise MessageInvalid("this is no JSON that could be read in one way only", field="/") from error


def _walk(text: str) -> dict[str, tuple[Any, str]]:
    decoder = json.JSONDecoder(
        parse_float=_number, parse_int=_number, parse_constant=_constant, object_pairs_hook=_once
    )
    members: dict[str, tuple[Any, str]] = {}
    at = _expect(text, 0, "{")
    while True:
        name, at = decoder.raw_decode(text, _expect(text, at, '"') - 1)
        at = _blank(text, _expect(text, at, ":"))
        value, end = decoder.raw_decode(text, at)
        if name in members:
            raise ValueError("a key is there twice")
        members[name] = (value, text[at:end])
        at = _blank(text, end)
        if text[at] == "}":
            if at + 1 != len(text):
                raise ValueError("something follows")
            return members
        at = _expect(text, at, ",")


def _expect(text: str, at: int, mark: str) -> int:
    at = _blank(text, at)
    if text[at] != mark:
        raise ValueError("malformed")
    return at + 1


def _blank(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _number(text: str) -> _Number:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number has too many digits")
    return _Number(text)


def _constant(_: str) -> None:
    raise ValueError("not a number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key is there twice")
    return told


# -- what is in a message -------------------------------------------------------------------------------------------


class _Taking:
    """The members of one object, taken out one by one, so that one that is unknown or of the wrong form is noticed."""

    def __init__(self, told: Any, pointer: str, left_out: frozenset[str] = frozenset()) -> None:
        if not isinstance(told, dict):
            raise MessageInvalid("an object is wanted here", field=pointer or "/")
        self._left = {name: value for name, value in told.items() if name not in left_out}
        self._pointer = pointer

    def text(self, name: str) -> str:
        """A text without white space around it; empty for one that is not there or null."""
        value = self._left.pop(name, None)
        if value is None:
            return ""
        if not isinstance(value, str) or isinstance(value, _Number):
            raise self._wrong(name, "a text is wanted here")
        return value.strip()

    def amount(self, name: str) -> str:
        """A decimal number as it was written, as a number or as a text; empty for one that is not there."""
        value = self._left.pop(name, None)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name, "a number is wanted here")
        return str(value).strip()

    def day(self, name: str) -> str:
        """A day written yyyymmdd."""
        told = self.text(name)
        if not told:
            return ""
        found = _DAY.fullmatch(told)
        if found is None:
            raise self._wrong(name, "a day is written yyyymmdd")
        return declarations.calendar_day(found[1], found[2], found[3], f"/data{self._pointer}/{name}")

    def object(self, name: str, left_out: frozenset[str] = frozenset()) -> "_Taking":
        value = self._left.pop(name, None)
        return _Taking({} if value is None else value, f"{self._pointer}/{name}", left_out)

    def each(self, name: str, left_out: frozenset[str] = frozenset()) -> "list[_Taking]":
        value = self._left.pop(name, None)
        told = [] if value is None else value
        if not isinstance(told, list) or len(told) > ITEMS_AT_MOST:
            raise self._wrong(name, f"a list of at most {ITEMS_AT_MOST} is wanted here")
        return [_Taking(one, f"{self._pointer}/{name}/{place}", left_out) for place, one in enumerate(told)]

    def has(self, name: str) -> bool:
        return self._left.get(name) is not None

    def done(self) -> None:
        if self._left:
            raise self._wrong(min(self._left), "no message known has this member")

    def _wrong(self, name: str, message: str) -> MessageInvalid:
        return MessageInvalid(message, field=f"/data{self._pointer}{_pointer(name)}")


def _pointer(name: str) -> str:
    """A member's place; a name that could be anything is not repeated."""
    return f"/{name}" if re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) else "/"


_FI_LEFT = frozenset({"lcData", "contractCollectionData", "remarks", "remittanceFromPak"})
_FI_ITEM_LEFT = frozenset({"sample", "sampleValue", "importValue"})


def instrument(told: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A `PSW_FI` for imports, from the message by which a bank tells PSW of it. The message does not name the bank:
    that is in `reading.fill`. The day of issue is that in the instrument's number.
    """
    data = _Taking(told, "", _FI_LEFT)
    number = data.text("finInsUniqueNumber")
    found = _FI.fullmatch(number)
    if found is None:
        raise MessageInvalid(
            "an instrument's number is like BNK-IMP-000003-22062021", field="/data/finInsUniqueNumber"
        )
    direction, day, month, year = found.groups()
    if direction != "IMP" or data.has("exporterNtn"):
        raise MessageInvalid(
            "instruments for exports are not taken: no message of one is known",
            field="/data/finInsUniqueNumber",
        )
    paid = data.object(
        "paymentInformation", frozenset({"exporterName", "exporterAddress", "exporterCountry"})
    )
    dates = data.object("financialTranInformation", frozenset({"transportDocDate"}))
    made: dict[str, Any] = {
        "finInsUniqueNumber": number,
        "direction": "IMPORT",
        "trader": {name: data.text(f"importer{name.title()}") for name in ("ntn", "name", "iban")},
        "counterparty": {
            name: paid.text(f"beneficiary{name.title()}") for name in ("name", "address", "country", "iban")
        },
        "modeOfPayment": data.text("modeOfPayment"),
        "lcContractNo": paid.text("lcContractNo"),
        "portOfShipment": paid.text("portOfShipment"),
        "deliveryTerms": paid.text("deliveryTerms"),
        "financialInstrumentValue": paid.amount("financialInstrumentValue"),
        "financialInstrumentCurrency": paid.text("financialInstrumentCurrency"),
        "exchangeRate": paid.amount("exchangeRate"),
        "itemInformation": [_line(one) for one in data.each("itemInformation", _FI_ITEM_LEFT)],
        "issueDate": declarations.calendar_day(year, month, day, "/data/finInsUniqueNumber"),
        "intendedPayDate": dates.day("intendedPayDate"),
        "finalDateOfShipment": dates.day("finalDateOfShipment"),
        "expiryDate": dates.day("expiryDate"),
    }
    for part in (data, paid, dates):
        part.done()
    return {**reading.fill, **_object(made)}


def _line(item: _Taking) -> dict[str, Any]:
    made = {
        "hsCode": declarations.tariff_code(item.text("hsCode")),
        "goodsDescription": item.text("goodsDescription"),
        "quantity": item.amount("quantity"),
        "uom": declarations.unit(item.text("uom")),
        "countryOfOrigin": item.text("countryOfOrigin"),
        "unitPrice": item.amount("unitPrice"),
        "totalValue": item.amount("totalValue"),
    }
    item.done()
    return made


_GD_LEFT = frozenset({"negativeList", "clearanceDate"})
_PARTY_LEFT = frozenset({"strn", "consigneeAddress", "consignorAddress"})
_MONEY_LEFT = frozenset(
    {"importerIban", "modeOfPayment", "fobValueUsd", "freightUsd", "cfrValueUsd", "insuranceUsd", "landingChargesUsd",
     "assessedValueUsd", "otherCharges", "exchangeRate", "deliveryTerm", "invoiceDate"}
)  # fmt: skip
_GENERAL_LEFT = frozenset(
    {"packagesInformation", "netWeight", "grossWeight", "portOfDelivery", "terminalLocation"}
)
_INSTRUMENT_LEFT = frozenset({"exporterIban", "modeOfPayment", "finInsConsumedValue"})


def declaration(told: Mapping[str, Any], _: Reading) -> dict[str, Any]:
    """A `DECLARATION_EXTRACT`, from the message by which PSW tells a bank of a goods declaration: what another system
    recorded, which is never called authentic until two offices attest it. Its day is that in its number.
    """
    data = _Taking(told, "", _GD_LEFT)
    number = data.text("gdNumber")
    parties = data.object("consignorConsigneeInfo", _PARTY_LEFT)
    exports = data.has("financialInformation")
    money = data.object("financialInformation" if exports else "financialInfo", _MONEY_LEFT)
    general = data.object("generalInformation", _GENERAL_LEFT)
    trader = {"id": parties.text("ntnFtn")}
    consignee, consignor = ({"name": parties.text(name)} for name in ("consigneeName", "consignorName"))
    instruments = [_instrument_number(one) for one in money.each("financialInstrument", _INSTRUMENT_LEFT)]
    made: dict[str, Any] = {
        "source": "PSW",
        "declarationNumber": number,
        "declarationDate": declarations.gd_date(number, "/data/gdNumber"),
        "direction": "EXPORT" if exports else "IMPORT",
        "office": declarations.gd_office(number, "/data/gdNumber"),
        "collectorate": data.text("collectorate"),
        "status": data.text("gdStatus"),
        "processType": data.text("gdType"),
        "consignmentCategory": data.text("consignmentCategory"),
        "importer": consignee if exports else {**trader, **consignee},
        "exporter": {**trader, **consignor} if exports else consignor,
        "currency": money.text("currency"),
        "totalValue": money.amount("totalDeclaredValue"),
        "invoiceNumber": money.text("invoiceNumber"),
        "financialInstruments": [*instruments, *filter(None, [money.text("finInsUniqueNumber")])],
        "transportDocument": data.text("blAwbNumber"),
        "transportDocumentDate": data.day("blAwbDate"),
        "virNumber": data.text("virAirNumber"),
        "portOfShipment": general.text("portOfShipment"),
        "portOfDischarge": general.text("portOfDischarge"),
        "containers": [_container(one) for one in general.each("containerVehicleInformation")],
        "items": [_declared_line(one, exports=exports) for one in data.each("itemInformation")],
    }
    for part in (data, parties, money, general):
        part.done()
    return _object(made)


def _instrument_number(one: _Taking) -> str:
    number = one.text("finInsUniqueNumber")
    one.done()
    return number


def _container(one: _Taking) -> dict[str, str]:
    made = {"number": one.text("containerOrTruckNumber"), "sealNumber": one.text("sealNumber")}
    one.text("containerType")
    one.done()
    return made


def _declared_line(item: _Taking, *, exports: bool) -> dict[str, str]:
    item.amount("exportValue" if exports else "importValue")
    made = {
        "hsCode": declarations.tariff_code(item.text("hsCode")),
        "goodsDescription": item.text("goodsDescription"),
        "quantity": item.amount("quantity"),
        "uom": declarations.unit(item.text("uom")),
        "unitPrice": item.amount("unitPrice"),
        "totalValue": item.amount("totalValue"),
    }
    item.done()
    return made


def _object(value: dict[str, Any]) -> dict[str, Any]:
    """What a message says, without the members it leaves empty."""
    told = {name: _said(one) for name, one in value.items()}
    return {name: one for name, one in told.items() if one not in ("", [], {})}


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return _object(value)
    return [_said(one) for one in value] if isinstance(value, list) else value
