"""`sanad stock` and `sanad stocktake`: what lies in state warehouses, as of a block, and what was counted there."""

from pathlib import Path
from typing import Annotated

import typer

from sanad_node import types
from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import read_file
from sanad_node.cli.options import AsOf, Json, block_or_time
from sanad_node.desk import Desk
from sanad_node.durable import write_file
from sanad_node.stock.counted import LARGEST, read
from sanad_node.stock.stocktake import DOC_TYPE, Difference, Stocktake, table
from sanad_node.wire.stock import (
    DifferenceView,
    StockLineView,
    StockPage,
    StockQuery,
    StocktakeRequest,
    StocktakeView,
    StockTotalView,
)
from sanad_verifier.cli_parts import UsageWrong
from sanad_verifier.json_profile import canonicalise

PAGE = 200
Warehouse = Annotated[
    str | None, typer.Option("--warehouse", metavar="CODE", help="Only what lies in this warehouse.")
]
Agency = Annotated[
    str | None, typer.Option("--agency", metavar="CODE", help="Only what this formation seized.")
]
Case = Annotated[
    str | None,
    typer.Option(
        "--case", metavar="NUMBER", help="Only of this case: number or digest of its seizure report."
    ),
]
STAGES = {
    "deposited": "deposited",
    "lot": "put up for auction",
    "sold": "sold, not delivered",
    "ordered": "delivery ordered",
    "passed": "gate pass issued, not used",
}
WHY = {
    "not-said": "its papers name none",
    "not-held": "its papers are not held here",
    "unreadable": "its papers cannot be read here",
    "withheld": "another office's papers say it",
}


def query_of(warehouse: str | None, agency: str | None, case: str | None, as_of: str | None) -> StockQuery:
    """The question that the options ask."""
    block, time = block_or_time(as_of, "--as-of")
    return asked(
        StockQuery, warehouse=warehouse, agency=agency, case=case, block=block, time=time, limit=PAGE
    )


@asks
def stock(
    warehouse: Warehouse = None,
    agency: Agency = None,
    case: Case = None,
    as_of: AsOf = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="Write all of it as one file instead: CSV if it ends in .csv, else JSON."
        ),
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """What lies in state warehouses now or then, with counts and values by currency; and what is not known of it.

    A thing is in from its deposit until a gate pass on it is used. Example: sanad stock --warehouse KAPW-SWH --as-of
    2026-10-01
    """
    query = query_of(warehouse, agency, case, as_of)
    if out is not None:
        with where.desk() as desk:
            made = desk.stock_report(query, "csv" if out.suffix.lower() == ".csv" else "json")
        write_file(out, made)
        say(as_json, {"file": str(out), "bytes": len(made)}, f"wrote {out}")
        raise Answer(DONE)
    with where.desk() as desk:
        told = _all(desk, query)
    say(as_json, told.as_json(), *_lines(told))
    raise Answer(DONE)


def _all(desk: Desk, query: StockQuery) -> StockPage:
    """Every page as one."""
    page = desk.stock(query)
    things = list(page.things)
    rest = query.model_copy(update={"block": None, "time": None})
    while page.next is not None:
        page = desk.stock(rest.model_copy(update={"before": page.next}))
        things += page.things
    return page.model_copy(update={"things": things, "next": None})


def _lines(told: StockPage) -> list[str]:
    lines = [line for one in told.things for line in _thing(one)]
    lines += [
        f"in no warehouse: {one.case or one.seizure[:16] + '…'} seized by {one.agency}, {moment(one.since)}"
        for one in told.undeposited
    ]
    if told.undeposited_total > len(told.undeposited):
        lines.append(f"the first {len(told.undeposited)} of {told.undeposited_total} in no warehouse")
    for title, groups in (("warehouse", told.by_warehouse), ("agency", told.by_agency)):
        lines += [f"{title} {one.code or '-'}: {_total(one)}" for one in groups]
    lines += [
        f"not counted: {count} {name} issued without the register"
        for name, count in told.unregistered.items()
    ]
    return [*lines, f"{_total(told.total)}, as of block {told.block} ({moment(told.time)})"]


def _thing(one: StockLineView) -> list[str]:
    name = one.number or one.deposit[:16] + "…"
    case = one.case or one.seizure[:16] + "…"
    value = f"{one.amount} {one.currency} by {one.basis}" if one.amount else f"value: {WHY[one.value_why]}"
    what = " ".join(part for part in (one.description, one.chassis) if part) or "what it is: not known here"
    odd = "  ! seizure report " + one.seizure_state if one.seizure_state not in ("", "active") else ""
    odd += "  ! deposit suspended" if one.state != "active" else ""
    odd += "  ! deposits of " + ", ".join(one.earlier) + " still stand" if one.earlier else ""
    for held in one.holds:
        odd += f"  ! on hold by {held.by}" + (" on a court order" if held.order else "")
    return [
        f"{one.warehouse}  {name}  {what}",
        f"  case {case} of {one.agency or '-'}, since {moment(one.since)}, {STAGES[one.stage]}, {value}{odd}",
        *(f"  with {goods.quantity} {goods.unit} {goods.description}" for goods in one.goods),
    ]


def _total(one: StockTotalView) -> str:
    values = ", ".join(f"{amount} {currency}" for currency, amount in one.values.items()) or "no value known"
    told = f"{one.things} thing{'' if one.things == 1 else 's'}, {values}"
    if one.unvalued:
        told += f", {one.unvalued} without a value"
    return told + (f", {one.unknown} whose value is not known here" if one.unknown else "")


WHAT = {
    "not-counted": "in ledger, not in stocktake",
    "not-in-ledger": "in stocktake, not in ledger",
    "differs": "differs",
}


@asks
def stocktake(
    counted: Annotated[
        Path, typer.Argument(metavar="LIST", help="The counted list: CSV with a header, or JSON.")
    ],
    warehouse: Annotated[
        str, typer.Option("--warehouse", metavar="CODE", help="The warehouse that was counted.")
    ],
    as_of: AsOf = None,
    number: Annotated[
        str | None, typer.Option("--number", help="Number of the stocktake, to issue it.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="The day of the count, to issue it: 2026-10-31.")
    ] = None,
    previous: Annotated[
        str | None,
        typer.Option("--previous", help="Number or digest of the stocktake before, which is held here."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write the differences (.csv), or else the document, to be issued."),
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Hold a counted list against the register: in ledger and not in stocktake, the other way round, or differing.

    Nothing is issued. With --number and --on the document is made, for `sanad issue --type STOCKTAKE`. Exit code 0
    whatever differs. Example: sanad stocktake counted.csv --warehouse KAPW-SWH
    """
    when = query_of(None, None, None, as_of)
    wanted = out is not None and out.suffix.lower() != ".csv"
    if wanted and (number is None or on is None):
        raise UsageWrong(
            "the document has a number and a day", field="--number" if number is None else "--on"
        )
    request = asked(
        StocktakeRequest,
        warehouse=warehouse,
        list=_text(counted),
        block=when.block,
        time=when.time,
        number=number,
        counted_on=on,
        previous=previous,
    )
    with where.desk() as desk:
        told = desk.stocktake(request)
    if out is not None:
        kind = types.get(DOC_TYPE)
        made = types.prepare(kind, canonicalise(told.document or {})) if wanted else _table(told)
        write_file(out, made)
    lines = [_difference(one) for one in told.differences]
    lines.append(
        f"{told.counted} counted, {told.agreed} agree, {len(told.differences)} differences, as of block {told.block}"
    )
    if told.not_read:
        lines.append(
            f"{told.not_read} in the ledger have papers that cannot be read here: they are not compared"
        )
    say(as_json, told.as_json(), *lines, *([] if out is None else [f"wrote {out}"]))
    raise Answer(DONE)


def _text(path: Path) -> str:
    """The list as text. It is read here, too: so its rows are named alike whoever compares it."""
    data = read_file(path, LARGEST)
    read(data)
    return data.decode("utf-8")


def _difference(one: DifferenceView) -> str:
    name = one.entry_number or one.chassis_number or one.deposit[:16] + "…"
    row = f" (row {one.row})" if one.row else ""
    what = f": {one.field}, ledger {one.ledger}, counted {one.counted}" if one.field else ""
    return f"{WHAT[one.what]}: {name}{row}{what}{'  as before' if one.known else ''}"


def _table(told: StocktakeView) -> bytes:
    found = tuple(Difference(**one.model_dump()) for one in told.differences)
    return table(
        Stocktake(
            told.warehouse,
            told.block,
            told.time,
            told.size,
            told.list_digest,
            told.counted,
            told.agreed,
            told.not_read,
            found,
        )
    )


def add_to(root: typer.Typer) -> None:
    """Add these commands."""
    root.command()(stock)
    root.command()(stocktake)
