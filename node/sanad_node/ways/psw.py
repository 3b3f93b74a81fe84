"""What PSW's messages say, as documents: financial instruments and goods declarations (their envelope: `psw_envelope`).

Public samples and data classes are all that is known of the form (docs/spec/ways-in.md): a member that is in none of
them is refused, so that nothing is dropped unseen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sanad_node.ways import declarations
from sanad_node.ways.psw_envelope import MessageInvalid, Number, open_message, pointer, texts
from sanad_node.ways.rows import Reading, Source, finished
from sanad_verifier.errors import SanadError

ITEMS_AT_MOST = 500
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_FI = re.compile(r"[A-Z0-9]{2,5}-(IMP|EXP)-[0-9]{1,10}-([0-9]{2})([0-9]{2})([0-9]{4})")
Made = Callable[[Mapping[str, Any], Reading], dict[str, Any]]
"""What makes a document of a message's data, without schema name and salt."""


def read_messages(path: Path, reading: Reading, to: Made) -> Iterator[Source]:
    """Each message of a file (one, or one a line) as a document; `to` is `instrument` or `declaration`."""
    for place, (name, text) in enumerate(texts(path)):
        if place >= reading.first:
            yield _source(name, text, reading, to)


def _source(name: str, text: bytes, reading: Reading, to: Made) -> Source:
    try:
        data, notes = open_message(text)
        return Source(name, finished(reading, to(data, reading)), notes=notes)
    except SanadError as error:
        return Source(name, None, error)


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
        if not isinstance(value, str) or isinstance(value, Number):
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
        return MessageInvalid(message, field=f"/data{self._pointer}{pointer(name)}")


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
