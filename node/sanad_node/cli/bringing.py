"""Commands that bring many documents: issue-batch, import."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from sanad_node.cli.answers import CANNOT_TELL, DONE, REFUSED, Answer, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import read_file
from sanad_node.cli.options import As, Json
from sanad_node.desk.batches import Bringing, kind_of
from sanad_node.durable import write_file
from sanad_node.ways import forms
from sanad_node.wire.batches import BatchOutcome
from sanad_verifier import json_profile
from sanad_verifier.cli_parts import UsageWrong
from sanad_verifier.errors import SanadError

FILL_AT_MOST = 1 << 16
Keep = Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the documents, encrypted, in the vault.")]
Fields = Annotated[
    bool,
    typer.Option(
        "--fields/--no-fields", help="Commit to each field by itself, so that one can be shown alone."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say, row by row, what would be done.")]
Out = Annotated[Path | None, typer.Option("-o", "--out", help="Write one JSON line a row here.")]
Fill = Annotated[
    Path | None,
    typer.Option(
        "--fill", help="JSON file: members that the other system leaves unsaid, for forms that take them."
    ),
]
FormName = Annotated[
    str,
    typer.Argument(
        metavar="FORM", help=f"{', '.join(one.name for one in forms.forms().values() if one.doc_type)}."
    ),
]


@asks
def issue_batch(
    path: Annotated[
        Path,
        typer.Argument(help="A folder of documents, a CSV file with a header, or a spreadsheet (.xlsx)."),
    ],
    doc_type: Annotated[
        str, typer.Option("--type", help="Document type, for example EIF or BILL_OF_LADING.")
    ],
    formation: As,
    keep: Keep = True,
    salted: Fields = True,
    outcomes: Out = None,
    dry_run: DryRun = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Issue many documents under one batch root. Bad rows are reported and left out; run again to issue
    what is missing.

    Exit code 1 when a row failed. Example: sanad issue-batch receipts.csv --type AUCTION_RECEIPT --as
    KHI-AUCTION
    """
    _bring(
        path,
        doc_type,
        formation,
        Bringing(keep=keep, fields=salted, dry_run=dry_run),
        where,
        outcomes,
        as_json,
    )


@asks
def import_(
    form: FormName,
    path: Annotated[Path, typer.Argument(help="A file of this form, or a folder of such files.")],
    formation: As,
    fill: Fill = None,
    keep: Keep = True,
    salted: Fields = True,
    outcomes: Out = None,
    dry_run: DryRun = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Issue what another system wrote, as documents of ours: row by row, each once however often the file is brought.

    Exit code 1 when a row failed. Example: sanad import psw-gd messages.jsonl --as SNB-KHI --dry-run
    """
    bringing = Bringing(form, filling(form, fill), keep=keep, fields=salted, dry_run=dry_run)
    _bring(path, "", formation, bringing, where, outcomes, as_json)


def filling(form: str, fill: Path | None) -> Mapping[str, Any]:
    """The members that a file adds to each document of a form."""
    known = forms.get(form)
    if not known.doc_type:
        raise UsageWrong("this is a form of our own: see sanad issue-batch", field="FORM")
    if fill is None:
        return {}
    if not known.fills:
        raise UsageWrong("this form leaves nothing unsaid", field="--fill")
    try:
        told = json_profile.parse(read_file(fill, FILL_AT_MOST))
    except SanadError as error:
        raise UsageWrong(
            f"the file to fill in is no JSON of ours: {error.message}", field="--fill"
        ) from error
    if not isinstance(told, dict):
        raise UsageWrong("the file to fill in is one JSON object", field="--fill")
    return told


def _bring(
    path: Path,
    doc_type: str,
    formation: str,
    bringing: Bringing,
    where: Where,
    outcomes: Path | None,
    as_json: bool,
) -> NoReturn:
    kind_of(bringing.form, doc_type)
    with where.desk() as desk:
        told = desk.issue_batch(
            path,
            doc_type=doc_type,
            formation=formation,
            bringing=bringing,
            progress=None if as_json or not sys.stderr.isatty() else _progress,
        )
    rows = [one.as_json() for one in told]
    counts = counted(told, dry_run=bringing.dry_run)
    if outcomes is not None:
        write_file(outcomes, b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows))
    summary = ", ".join(f"{count} {word}" for word, count in counts.items())
    lines = [_line(one) for one in told if bringing.dry_run or one.outcome == "failed"]
    lines += [
        f"{one.source}: warning {w.code} [{w.pointer}] {w.message}" for one in told for w in one.warnings
    ]
    say(as_json, {"dryRun": bringing.dry_run, "counts": counts, "rows": rows}, *lines, summary)
    raise Answer(REFUSED if counts["failed"] else CANNOT_TELL if counts.get("promised") else DONE)


def counted(told: list[BatchOutcome], *, dry_run: bool = False) -> dict[str, int]:
    """How many rows came to what; of a dry run what they would come to."""
    words = ("would-issue", "already", "failed") if dry_run else ("issued", "already", "promised", "failed")
    counts = dict.fromkeys(words, 0)
    for one in told:
        counts[one.outcome] += 1
    return counts


def _line(one: BatchOutcome) -> str:
    if one.outcome == "failed":
        return f"{one.source}: {one.code}{f' [{one.field}]' if one.field else ''} {one.message}"
    return f"{one.source}: {one.outcome} {one.number}".rstrip()


def _progress(stage: str, rows: int) -> None:
    end = "\n" if stage == "anchored" else ""
    sys.stderr.write(f"\r{rows} rows {stage}{end}")
    sys.stderr.flush()


def add_to(app: typer.Typer) -> None:
    """Add these to the commands."""
    app.command("issue-batch")(issue_batch)
    app.command("import")(import_)
