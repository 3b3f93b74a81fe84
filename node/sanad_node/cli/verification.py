"""Commands that answer: `sanad verify` and `sanad bundle`."""

from pathlib import Path
from typing import Annotated

import typer

from sanad_node import checkpointing, finding, verifying
from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.files import is_file, looks_like_a_path, read_file
from sanad_node.cli.options import DEFAULT_DATA, Data, IssuerOption, Json, TypeOption, parse_time
from sanad_node.durable import write_file
from sanad_node.node import Node
from sanad_verifier.cli import FileUnreadable
from sanad_verifier.errors import InputError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.trust import parse_trust
from sanad_verifier.verdict import EXIT_CODES, Report


class OptionMissing(InputError):
    """An option is needed for what was asked."""

    code = "OPTION_MISSING"


def verify(
    target: Annotated[
        str, typer.Argument(metavar="FILE|ID|BUNDLE", help="A document, a digest or number, or a bundle.")
    ],
    subject: Annotated[
        str | None,
        typer.Option("--subject", help="Chassis, engine or container number read off the thing itself."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use nothing but the bundle and the trust file.")
    ] = False,
    trust: Annotated[
        Path | None, typer.Option("--trust", help="The network's trust file, for --offline.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option("--document", help="A document presented together with a bundle.")
    ] = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    at: Annotated[str, typer.Option("--at", help="With --offline: examine as of this time.")] = "now",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Say whether a document is genuine and in force, in six answers.

    Examples: sanad verify receipt.json --subject TRJ150-0098765;
    sanad verify receipt.sanad --offline --trust trust.json
    """
    path = Path(target)
    content = read_file(path) if is_file(path) else None
    if trust is None and (document is not None or at != "now"):
        raise OptionMissing("--document and --at go with --offline --trust FILE", field="--trust")
    if offline or trust is not None:
        if trust is None:
            raise OptionMissing("--offline needs --trust FILE", field="--trust")
        if content is None:
            raise FileUnreadable("there is no such bundle", field=path.name)
        presented = None if document is None else read_file(document)
        report = examine_bundle(
            content,
            parse_trust(read_file(trust)),
            parse_time(at, "--at"),
            document=presented,
            subject=subject,
        )
        _answer([report], as_json)
    asked = verifying.Asked(
        document=content,
        identifier=None if content is not None else target,
        doc_type=doc_type,
        issuer=issuer,
        subject=subject,
    )
    with Node(data) as node:
        node.be_current()
        reports = verifying.verify(node, asked)
    if content is None and reports[0].not_found and looks_like_a_path(target):
        raise FileUnreadable(
            "there is no such file, and no document of this number on the ledger", field=path.name
        )
    _answer(reports, as_json)


def _answer(reports: list[Report], as_json: bool) -> None:
    best = reports[0]
    lines: list[str] = []
    for report in reports:
        title = f"{report.doc_type} by {report.issuer}, issued {moment(report.issued_at)}"
        lines += [*([title] if report.doc_type else []), *report.lines(), ""]
    payload = {**best.as_dict(), "others": [report.as_dict() for report in reports[1:]]}
    say(as_json, payload, *lines[:-1])
    raise Answer(EXIT_CODES[best.overall])


def bundle(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Digest, its first digits, or the document's number.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the bundle.")],
    with_document: Annotated[
        bool, typer.Option("--document/--no-document", help="Put the document in, if the vault has it.")
    ] = True,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Write one file with which anyone can check a document offline.

    Example: sanad bundle 4f2a90c1 -o receipt.sanad
    """
    with Node(data) as node:
        node.catch_up()
        record = finding.document(node, identifier, doc_type=doc_type, issuer=issuer)
        checkpointing.sign_checkpoint(node)
        made = verifying.make_bundle(node, record, with_document=with_document)
    write_file(out, made)
    say(
        as_json,
        {"file": str(out), "bytes": len(made), "digest": record.digest.hex()},
        f"wrote {out} ({len(made)} bytes)",
    )
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.command()(verify)
    app.command()(bundle)
