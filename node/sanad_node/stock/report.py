"""Stock as of a block: the same block, papers held and reader give the same bytes (docs/spec/stock.md)."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sanad_node import blinding, finding, things_held, types
from sanad_node.batch_jobs.export import harmless
from sanad_node.drawdown.reading import Moment
from sanad_node.node import Node
from sanad_node.reading import UnknownDocument
from sanad_node.shown import members
from sanad_node.stock.filed import SEIZURE, Filed, filed_at, lineages, unregistered_at
from sanad_node.stock.holdings import Holding, holdings
from sanad_node.stock.saying import NOT_SAID, VALUED, WITHHELD, Goods, Reading, Sees, total
from sanad_node.things_held import Held
from sanad_verifier.json_profile import canonicalise

FORMAT = "urn:sanad:stock:1"
Grouping = tuple[str, Callable[["StockLine"], str], Callable[["StockLine"], str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the stock: codes of formations and a case's number or digest; None for all."""

    warehouse: str | None = None
    agency: str | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class StockLine:
    """A thing in a warehouse. Times in seconds, digests as hex. `case_why` and `value_why` say why the case or the
    value is not told: `not-held`, `unreadable`, `withheld` (from this reader), `not-said` (the paper names none).
    """

    warehouse: str
    agency: str
    thing: str
    case: str
    case_why: str
    number: str
    deposit: str
    seizure: str
    entry: int
    since: int
    stage: str
    state: str
    seizure_state: str
    description: str
    chassis: str
    location: str
    goods: tuple[Goods, ...]
    amount: str
    currency: str
    basis: str
    value_why: str
    earlier: tuple[str, ...]
    holds: tuple[Held, ...] = ()
    """Holds on the consignment of this chassis; none is known where the chassis is not."""


@dataclass(frozen=True, slots=True)
class Undeposited:
    """A seizure that no deposit in force rests on: the thing is in no warehouse, as far as the register knows."""

    agency: str
    case: str
    case_why: str
    seizure: str
    entry: int
    since: int
    state: str


@dataclass(frozen=True, slots=True)
class Total:
    """Things and their value in each currency. `label` is a case's number; `unvalued` of them have no value in their
    papers, `unknown` have papers that could not be read here.
    """

    code: str
    label: str
    things: int
    values: dict[str, str] = field(default_factory=dict)
    unvalued: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Stock:
    """See the module. `held` is a digest over the papers that were read."""

    origin: str
    block: int
    time: int
    size: int
    asked: Asked
    held: str
    lines: tuple[StockLine, ...]
    undeposited: tuple[Undeposited, ...]
    whole: Total
    by_warehouse: tuple[Total, ...]
    by_agency: tuple[Total, ...]
    by_case: tuple[Total, ...]
    unregistered: dict[str, int]


def stock(
    node: Node, when: Moment, asked: Asked, *, sees: Sees = lambda _: True, only: str | None = None
) -> Stock:
    """The stock as of a moment. `sees` is whether the reader may know what a formation's papers say; with `only`, just
    things of this formation's warehouse or seizures are told. Raises what finding the named formations and case does.
    """
    warehouse, agency = (
        None if code is None else node.reader.formation(code, field=name)
        for code, name in ((asked.warehouse, "--warehouse"), (asked.agency, "--agency"))
    )
    filed = filed_at(node, when.size)
    codes = node.reader.formation_codes()
    cases = None if asked.case is None else _case(node, filed, asked.case, codes)
    now, reading = holdings(filed), Reading(node, sees)

    def wanted(at: int | None, seizure: Filed | None) -> bool:
        by = None if seizure is None else seizure.issuer
        return (
            (warehouse is None or at == warehouse.number)
            and (agency is None or by == agency.number)
            and (cases is None or (seizure is not None and seizure.digest in cases))
            and (only is None or only in (codes.get(at or 0), codes.get(by or 0)))
        )

    lines = tuple(_line(one, reading, codes) for one in now.held if wanted(one.deposit.issuer, one.seizure))
    lines = _with_holds(node, lines, when.size)
    rest = tuple(_undeposited(one, reading, codes) for one in now.undeposited if wanted(None, one))
    mark = hashlib.sha256("\n".join(sorted(reading.held)).encode()).hexdigest()
    return Stock(
        node.network.origin,
        when.block,
        when.time,
        when.size,
        Asked(
            None if warehouse is None else warehouse.code,
            None if agency is None else agency.code,
            asked.case,
        ),
        mark,
        lines,
        rest,
        _total("", lines),
        _grouped(lines, lambda one: one.warehouse),
        _grouped(lines, lambda one: one.agency),
        _grouped(lines, lambda one: one.seizure),
        unregistered_at(node, when.size) if only is None else {},
    )


def _case(node: Node, filed: Sequence[Filed], case: str, codes: dict[int, str]) -> set[bytes]:
    """Digests of all versions of the seizure reports that a number or a digest means: found by the blinded number,
    also where no paper is held. `UnknownDocument` if there is none.
    """
    seizures = [one for one in filed if one.doc_type == SEIZURE]
    if finding.HEX.fullmatch(case):
        start = case.lower().removeprefix("sha256:")
        meant = {one.digest for one in seizures if one.digest.hex().startswith(start)}
    else:
        number, secret = types.normalise_number(case), node.directory.secret("network")
        issuers = sorted({one.issuer for one in seizures})
        keys = [blinding.business_key(secret, SEIZURE, codes[issuer], number) for issuer in issuers]
        meant = {bytes(one.digest) for key in keys for one in node.reader.documents_by_key([key])}
    first = lineages(filed)
    roots = {first[name] for one in seizures if (name := one.name)[1] in meant}
    if not roots:
        raise UnknownDocument("the register had no such seizure report then", field="--case")
    return {one.digest for one in seizures if first[one.name] in roots}


def _line(one: Holding, reading: Reading, codes: dict[int, str]) -> StockLine:
    deposit = reading.of(one.deposit)
    case, why = _case_of(one.seizure, reading, deposit.case)
    amount, currency, basis, value_why = _value(one, reading)
    return StockLine(
        warehouse=codes.get(one.deposit.issuer, "?"),
        agency="" if one.seizure is None else codes.get(one.seizure.issuer, "?"),
        thing=one.deposit.thing.hex(),
        case=case,
        case_why=why,
        number=deposit.number,
        deposit=one.deposit.digest.hex(),
        seizure="" if one.seizure is None else one.seizure.digest.hex(),
        entry=one.deposit.entry,
        since=one.since,
        stage=one.stage,
        state=one.deposit.state,
        seizure_state="" if one.seizure is None else one.seizure.state,
        description=deposit.description,
        chassis=deposit.chassis,
        location=deposit.location,
        goods=deposit.goods,
        amount=amount,
        currency=currency,
        basis=basis,
        value_why=value_why,
        earlier=tuple(codes.get(number, "?") for number in one.earlier),
    )


def _with_holds(node: Node, lines: Sequence[StockLine], size: int) -> tuple[StockLine, ...]:
    named = [things_held.consignment_of(node, "chassis", one.chassis) for one in lines]
    held = things_held.held_at(node, [one for one in named if one is not None], size)
    return tuple(
        replace(line, holds=held.get(one or b"", ())) for line, one in zip(lines, named, strict=True)
    )


def _case_of(seizure: Filed | None, reading: Reading, said: str = "") -> tuple[str, str]:
    """The case's number, from the seizure report or from what the deposit says; or why there is none."""
    if said:
        return said, ""
    if seizure is None:
        return "", NOT_SAID
    told = reading.of(seizure)
    return told.case, told.why


def _value(one: Holding, reading: Reading) -> tuple[str, str, str, str]:
    """Amount, currency, the type of the paper that says so, and, where none does, why."""
    papers: dict[str, Filed] = {**one.papers, one.deposit.doc_type: one.deposit}
    if one.seizure is not None and one.seizure.stands:
        papers[SEIZURE] = one.seizure
    why = NOT_SAID
    for name in VALUED:
        if name not in papers:
            continue
        told = reading.of(papers[name])
        if told.amount:
            return told.amount, told.currency, name, ""
        if told.why and why in (NOT_SAID, WITHHELD):
            why = told.why
    return "", "", "", why


def _undeposited(one: Filed, reading: Reading, codes: dict[int, str]) -> Undeposited:
    case, why = _case_of(one, reading)
    return Undeposited(
        codes.get(one.issuer, "?"), case, why, one.digest.hex(), one.entry, one.time, one.state
    )


def _total(code: str, lines: Iterable[StockLine]) -> Total:
    own = list(lines)
    amounts: dict[str, list[Decimal]] = {}
    for one in own:
        if one.amount:
            amounts.setdefault(one.currency, []).append(Decimal(one.amount))
    unvalued = sum(one.value_why == NOT_SAID for one in own)
    return Total(
        code,
        next((one.case for one in own if one.case), ""),
        len(own),
        {name: total(amounts[name]) for name in sorted(amounts)},
        unvalued,
        len(own) - unvalued - sum(map(len, amounts.values())),
    )


def _grouped(lines: Sequence[StockLine], of: Callable[[StockLine], str]) -> tuple[Total, ...]:
    groups: dict[str, list[StockLine]] = {}
    for one in lines:
        groups.setdefault(of(one), []).append(one)
    return tuple(_total(code, groups[code]) for code in sorted(groups))


def as_json(told: Stock) -> dict[str, Any]:
    """The report as docs/spec/stock.md has it."""
    whole = members(told)
    whole["things"] = whole.pop("lines")
    whole["total"] = whole.pop("whole")
    for name in ("total", "byWarehouse", "byAgency", "byCase"):
        for one in whole[name] if isinstance(whole[name], list) else [whole[name]]:
            if name != "byCase":
                del one["label"]
    asked = {name: value for name, value in whole.pop("asked").items() if value is not None}
    return {"format": FORMAT, **whole, "asked": asked}


def encode(told: Stock) -> bytes:
    """The report's bytes: canonical JSON."""
    return canonicalise(as_json(told))


COLUMNS = (
    "warehouse", "agency", "case", "number", "description", "chassis", "location", "stage", "state",
    "amount", "currency", "basis", "value_why", "since", "entry", "deposit", "seizure", "on_hold",
)  # fmt: skip


def table(told: Stock) -> bytes:
    """The things as RFC 4180 CSV in UTF-8, cells harmless to spreadsheets; the first column repeats the block."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(("block", *COLUMNS))
    for one in told.lines:
        cells = (told.block, *(getattr(one, n) for n in COLUMNS[:-1]), " ".join(h.by for h in one.holds))
        writer.writerow([harmless(str(cell)) for cell in cells])
    return buffer.getvalue().encode()
