"""A counted list against the register as of a block: what is in one and not in the other, and what differs.

Rows find their thing by the entry number, else by the chassis, in clear or by its blinded form: also where the deposit
is not held. What cannot be read is neither agreed nor different: it is counted as not read.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sanad_node import blinding
from sanad_node.batch_jobs.export import harmless
from sanad_node.node import Node
from sanad_node.stock.counted import Counted, read
from sanad_node.stock.filed import DEPOSIT
from sanad_node.stock.report import Stock, StockLine
from sanad_node.types import normalise_number
from sanad_verifier.errors import InputError
from sanad_verifier.subjects import normalise_subject

DOC_TYPE = "STOCKTAKE"
NOT_COUNTED, NOT_IN_LEDGER, DIFFERS = "not-counted", "not-in-ledger", "differs"
MOST_ISSUED = 500


class TooManyDifferences(InputError):
    """A stocktake with so many differences is not one document; look into them first."""

    code = "STOCKTAKE_TOO_MANY_DIFFERENCES"


HEADER = (
    "what",
    "row",
    "entry_number",
    "chassis_number",
    "case_number",
    "field",
    "ledger",
    "counted",
    "known",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `row` is that of the list, 0 for what is not on it; `field` names what differs. `known`: the
    previous stocktake has it too.
    """

    what: str
    row: int
    entry_number: str
    chassis_number: str
    case_number: str
    deposit: str
    field: str = ""
    ledger: str = ""
    counted: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Stocktake:
    """A list held against the ledger. `counted` and `agreed` are things; `not_read` those of the ledger whose papers
    could not be read here.
    """

    warehouse: str
    block: int
    time: int
    size: int
    list_digest: str
    counted: int
    agreed: int
    not_read: int
    differences: tuple[Difference, ...]


def stocktake(node: Node, told: Stock, data: bytes, previous: Sequence[dict[str, Any]] = ()) -> Stocktake:
    """Hold a list against the stock of one warehouse, which `told` is; `previous` are the differences of the stocktake
    before. `ListInvalid` if the list cannot be read.
    """
    rows = read(data)
    lines = _Lines(node, told)
    by_line: dict[int, list[Counted]] = {}
    surplus: list[list[Counted]] = []
    for group in _things(rows):
        place = lines.find(group)
        if place is None or place in by_line:
            surplus.append(group)
        else:
            by_line[place] = group
    found = [one for place, group in by_line.items() for one in _differences(told.lines[place], group)]
    differing = {one.deposit for one in found}
    missing = [_of_line(NOT_COUNTED, line) for place, line in enumerate(told.lines) if place not in by_line]
    extra = [_of_row(group[0]) for group in surplus]
    before = {(one.get("what"), one.get("deposit", ""), _name(one), one.get("field", "")) for one in previous}
    return Stocktake(
        told.asked.warehouse or "",
        told.block,
        told.time,
        told.size,
        hashlib.sha256(data).hexdigest(),
        len(by_line) + len(surplus),
        sum(
            bool(told.lines[place].number) and told.lines[place].deposit not in differing for place in by_line
        ),
        sum(not line.number for line in told.lines),
        tuple(_known(one, before) for one in (*missing, *extra, *found)),
    )


def as_document(told: Stocktake, number: str, counted_on: str, previous: str | None = None) -> dict[str, Any]:
    """The stocktake as a document of its type, without its salt. `TooManyDifferences` beyond what one can say."""
    if len(told.differences) > MOST_ISSUED:
        raise TooManyDifferences(
            f"a stocktake is issued with at most {MOST_ISSUED} differences", field="LIST"
        )
    return {
        "schema": f"urn:sanad:{DOC_TYPE}:1",
        "stocktakeNumber": number,
        "warehouse": told.warehouse,
        "countedOn": counted_on,
        "block": str(told.block),
        "size": str(told.size),
        "listDigest": told.list_digest,
        "counted": str(told.counted),
        "agreed": str(told.agreed),
        "notRead": str(told.not_read),
        **({"previous": previous} if previous else {}),
        "differences": [_member(one) for one in told.differences],
    }


def _member(one: Difference) -> dict[str, str]:
    said = {
        "what": one.what,
        "entryNumber": one.entry_number,
        "caseNumber": one.case_number,
        "chassisNumber": one.chassis_number,
        "deposit": one.deposit,
        "field": one.field,
        "ledger": one.ledger,
        "counted": one.counted,
    }
    return {name: value for name, value in said.items() if value}


def _known(one: Difference, before: set[tuple[Any, ...]]) -> Difference:
    mark = (one.what, one.deposit, "" if one.deposit else one.entry_number or one.chassis_number, one.field)
    return replace(one, known=mark in before)


def _name(one: dict[str, Any]) -> str:
    return "" if one.get("deposit") else str(one.get("entryNumber") or one.get("chassisNumber") or "")


def _things(rows: Iterable[Counted]) -> list[list[Counted]]:
    """Rows of one thing together: those with the same entry number, or, without one, the same chassis."""
    groups: dict[tuple[str, str], list[Counted]] = {}
    for one in rows:
        key = ("entry", one.entry) if one.entry else ("chassis", one.chassis)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


class _Lines:
    """The things of the ledger by their numbers, in clear and blinded."""

    def __init__(self, node: Node, told: Stock) -> None:
        self._node, self._secret = node, node.directory.secret("network")
        self._warehouse = told.asked.warehouse or ""
        self._by_deposit = {line.deposit: place for place, line in enumerate(told.lines)}
        self._by_number = {
            normalise_number(line.number): place for place, line in enumerate(told.lines) if line.number
        }
        self._by_thing = {line.thing: place for place, line in enumerate(told.lines)}

    def find(self, group: Sequence[Counted]) -> int | None:
        """The place of the thing that rows of a list are about."""
        entry = group[0].entry
        if entry and (place := self._numbered(entry)) is not None:
            return place
        for one in group:
            if one.chassis:
                mark = blinding.thing_mark(self._secret, "chassis", one.chassis).hex()
                if mark in self._by_thing:
                    return self._by_thing[mark]
        return None

    def _numbered(self, entry: str) -> int | None:
        if entry in self._by_number:
            return self._by_number[entry]
        key = blinding.business_key(self._secret, DEPOSIT, self._warehouse, entry)
        digests = [one.digest.hex() for one in self._node.reader.documents_by_key([key])]
        return next((self._by_deposit[one] for one in digests if one in self._by_deposit), None)


def _differences(line: StockLine, group: Sequence[Counted]) -> Iterator[Difference]:
    if not line.number:  # its deposit cannot be read here: the thing is there, and more cannot be said
        return
    for one in group:
        if one.entry and one.entry != normalise_number(line.number):
            yield _differs(line, one, "entryNumber", line.number, one.entry_number)
        if one.chassis_number and line.chassis and one.chassis_number != line.chassis:
            same = one.chassis == normalise_subject("chassis", line.chassis)
            name = "chassisSpelling" if same else "chassisNumber"
            yield _differs(line, one, name, line.chassis, one.chassis_number)
        if one.case_number and line.case and normalise_number(one.case_number) != normalise_number(line.case):
            yield _differs(line, one, "caseNumber", line.case, one.case_number)
        if one.location and line.location and one.location.casefold() != line.location.casefold():
            yield _differs(line, one, "location", line.location, one.location)
    yield from _quantities(line, [one for one in group if one.goods])


def _quantities(line: StockLine, group: Sequence[Counted]) -> Iterator[Difference]:
    """Goods are compared where the list counts goods of this thing: by their description and unit."""
    if not group:
        return
    ledger: dict[tuple[str, str], Decimal] = {}
    for goods in line.goods:
        key = (goods.description.casefold(), goods.unit)
        ledger[key] = ledger.get(key, Decimal(0)) + Decimal(goods.quantity)
    for one in group:
        has = ledger.pop((one.goods.casefold(), one.unit), Decimal(0))
        if has != Decimal(one.quantity):
            counted = f"{one.quantity} {one.unit} {one.goods}"
            yield _differs(line, one, "quantity", f"{has:f} {one.unit}", counted)
    for (description, unit), has in ledger.items():
        yield _differs(line, group[0], "quantity", f"{has:f} {unit} {description}", f"0 {unit}")


def _differs(line: StockLine, one: Counted, field: str, ledger: str, counted: str) -> Difference:
    return Difference(
        DIFFERS,
        one.row,
        line.number,
        line.chassis,
        line.case,
        line.deposit,
        field,
        ledger[:140].strip(),
        counted[:140].strip(),
    )


def _of_line(what: str, line: StockLine) -> Difference:
    return Difference(what, 0, line.number, line.chassis, line.case, line.deposit)


def _of_row(one: Counted) -> Difference:
    return Difference(NOT_IN_LEDGER, one.row, one.entry_number, one.chassis_number, one.case_number, "")


def table(told: Stocktake) -> bytes:
    """The differences as RFC 4180 CSV in UTF-8, cells harmless to spreadsheets."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(HEADER)
    for one in told.differences:
        writer.writerow([harmless(str(getattr(one, name))) for name in HEADER])
    return buffer.getvalue().encode()
