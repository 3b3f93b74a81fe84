"""`sanad report`: monthly returns by formation, seizures on a map, and checking a return that somebody hands over."""

from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import read_file
from sanad_node.cli.options import AsOf, Json, block_or_time
from sanad_node.durable import write_file
from sanad_node.stock.returns import table
from sanad_node.wire.returns import ReturnLineView, ReturnQuery
from sanad_verifier.cli_parts import read_current_trust
from sanad_verifier.cli_returns import as_of as as_of_words
from sanad_verifier.cli_returns import described, in_words, unregistered_words, words_of
from sanad_verifier.errors import EvidenceError
from sanad_verifier.returns import PAKISTAN, SIZE_AT_MOST, Line, verify_return

reports = typer.Typer(
    help="Monthly returns: seized, deposited, auctioned, cleared; and seizures on a map.",
    rich_markup_mode=None,
)
Month = Annotated[str, typer.Option("--month", metavar="MONTH", help="The month: 2026-10.")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="MONTH", help="The last of several months, at most 36.")
]
Formation = Annotated[
    str | None, typer.Option("--formation", metavar="CODE", help="Only what this formation did.")
]
Offset = Annotated[
    str,
    typer.Option("--offset", help="Months by the clocks of this offset from UTC: Pakistan's, unless named."),
]


class TableDiffers(EvidenceError):
    """The table is not what the signed return says."""

    code = "RETURN_TABLE_DIFFERS"


def _query(
    month: str, until: str | None, formation: str | None, offset: str, as_of: str | None
) -> ReturnQuery:
    block, time = block_or_time(as_of, "--as-of")
    return asked(
        ReturnQuery, month=month, until=until, formation=formation, offset=offset, block=block, time=time
    )


@reports.command("monthly")
@asks
def monthly(
    month: Month,
    until: Until = None,
    formation: Formation = None,
    as_of: AsOf = None,
    offset: Offset = PAKISTAN,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write it as a file: CSV if it ends in .csv, else signed JSON."),
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """What was seized, deposited, auctioned and cleared in a month, by formation, with values; and what is not known.

    The same block gives the same file. Example: sanad report monthly --month 2026-10 --formation KAPW -o kapw.json
    """
    query = _query(month, until, formation, offset, as_of)
    if out is not None:
        with where.desk() as desk:
            made = desk.monthly_file(query, "csv" if out.suffix.lower() == ".csv" else "json")
        write_file(out, made)
        say(as_json, {"file": str(out), "bytes": len(made)}, f"wrote {out}")
        raise Answer(DONE)
    with where.desk() as desk:
        told = desk.monthly_return(query)
    lines = [f"{one.month}  {one.formation:<12} {one.act:<9} {_words(one)}" for one in told.lines]
    lines += unregistered_words(told.unregistered)
    lines += [f"in all  {one.act}: {_words(one)}" for one in told.totals]
    say(as_json, told.as_json(), *lines, as_of_words(told.block, told.time, told.offset, over=told.over))
    raise Answer(DONE)


@reports.command("seizures")
@asks
def seizures(
    month: Month,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the GeoJSON.")],
    until: Until = None,
    formation: Formation = None,
    as_of: AsOf = None,
    offset: Offset = PAKISTAN,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write the seizures entered in a month as GeoJSON (RFC 7946): where, when, by whom, under which case number.

    A seizure whose report is not held here has no place, and says so. Example: sanad report seizures --month 2026-10
    -o seizures.geojson
    """
    with where.desk() as desk:
        made = desk.seizures(_query(month, until, formation, offset, as_of))
    write_file(out, made)
    say(as_json, {"file": str(out), "bytes": len(made)}, f"wrote {out}")
    raise Answer(DONE)


@reports.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The signed return.")],
    trust: Annotated[Path, typer.Option("--trust", metavar="FILE", help="The network's trust file.")],
    csv: Annotated[
        Path | None, typer.Option("--table", metavar="CSV", help="A table that is to say the same.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check that a return, and its table, is as a node of the network signed it. Asks nobody.

    Example: sanad report verify kapw.json --trust trust.json --table kapw.csv
    """
    trusted = read_current_trust(trust)
    told = verify_return(read_file(file, SIZE_AT_MOST), trusted)
    if csv is not None and read_file(csv, SIZE_AT_MOST) != table(told):
        raise TableDiffers("the table is not what the signed return says", field="--table")
    same = [] if csv is None else [f"{csv.name} says the same"]
    say(as_json, described(told), *in_words(told, trusted), *same)
    raise Answer(DONE)


def _words(one: ReturnLineView) -> str:
    return words_of(Line(**one.model_dump()))


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(reports, name="report")
