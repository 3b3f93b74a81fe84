"""Commands that answer: `sanad verify`, `sanad bundle`, `sanad disclose`, `sanad certificate`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import is_file, looks_like_a_path, read_file
from sanad_node.cli.options import IssuerOption, Json, TypeOption, parse_time
from sanad_node.desk.base import CertificateForm, ExportForm
from sanad_node.desk.evidence import verdict_view
from sanad_node.durable import write_file
from sanad_node.wire import VerdictView, VerifyRequest
from sanad_node.wire.documents import DisclosureRequest
from sanad_verifier.cli_clock import HELP as CLOCK_HELP
from sanad_verifier.cli_clock import remember, with_clock
from sanad_verifier.cli_parts import FileUnreadable, UsageWrong, read_trust
from sanad_verifier.digests import parse_digest
from sanad_verifier.errors import InputError
from sanad_verifier.packs.commands import pack_in
from sanad_verifier.presented import examine_target
from sanad_verifier.qr import LONGEST_TEXT, is_qr_text
from sanad_verifier.short_code import ShortCodeInvalid, digest_range, is_short_code, short_code
from sanad_verifier.status_lists.commands import lists_in
from sanad_verifier.verdict import EXIT_CODES, WORDS, Overall


class OptionMissing(InputError):
    """An option is needed for what was asked."""

    code = "OPTION_MISSING"


@asks
def verify(
    target: Annotated[
        str,
        typer.Argument(
            metavar="FILE|ID|CODE|BUNDLE|PICTURE",
            help="A document, a digest or number, the code on a certificate, a bundle, or a picture of a certificate.",
        ),
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
    pack: Annotated[
        Path | None,
        typer.Option("--pack", help="With --trust: check against this pack; then a number will do too."),
    ] = None,
    status: Annotated[
        list[Path] | None,
        typer.Option(
            "--status",
            metavar="FILE",
            help="With --trust: the bundle of a status list or a delta, for a newer standing; repeat it for more.",
        ),
    ] = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    at: Annotated[str, typer.Option("--at", help="With --offline: examine as of this time.")] = "now",
    clock: Annotated[
        Path | None, typer.Option("--clock", metavar="FILE", help=f"With --trust: {CLOCK_HELP}.")
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Say whether a document is genuine and in force, in six answers.

    Examples: sanad verify receipt.json --subject TRJ150-0098765;
    sanad verify photo.jpg --subject TRJ150-0098765;
    sanad verify receipt.sanad --offline --trust trust.json;
    sanad verify receipt.json --trust trust.json --pack shift.pack
    """
    path = Path(target)
    content = read_file(path) if is_file(path) else None
    if trust is None and (document is not None or pack is not None or status or at != "now" or clock):
        raise OptionMissing(
            "--document, --pack, --status, --at and --clock go with --offline --trust FILE", field="--trust"
        )
    if clock is not None and at != "now":
        raise UsageWrong("--at and --clock do not go together", field="--clock")
    if offline or trust is not None:
        if trust is None:
            raise OptionMissing("--offline needs --trust FILE", field="--trust")
        if content is None and pack is None and not is_qr_text(target.encode()):
            raise FileUnreadable("there is no such bundle or picture", field=path.name)
        trusted = with_clock(read_trust(trust), clock)
        reports = examine_target(
            target,
            content,
            trusted,
            parse_time(at, "--at"),
            document=None if document is None else read_file(document),
            subject=subject,
            pack=None if pack is None else pack_in(pack, trusted)[0],
            lists=lists_in(status or [], trusted),
        )
        remember(clock, trusted, reports)
        _answer(verdict_view(reports), as_json)
    code = _code_in(target if content is None else content)
    if code is not None:
        question, content = {"code": code}, None
    else:
        question = {"identifier": target} if content is None else {}
    request = asked(VerifyRequest, **question, type=doc_type, issuer=issuer, subject=subject)
    with where.desk() as desk:
        told = desk.verify(request, content)
    if told.verdict == "unknown" and code is None and content is None and is_short_code(target):
        _warn_of_a_typing_error(target)
    if content is None and told.verdict == "unknown" and looks_like_a_path(target):
        raise FileUnreadable(
            "there is no such file, and no document of this number on the ledger", field=path.name
        )
    _answer(told, as_json)


def _warn_of_a_typing_error(target: str) -> None:
    try:
        digest_range(target)
    except ShortCodeInvalid as error:
        typer.echo(f"if {target} was read off a certificate: {error.message}", err=True)


def _code_in(given: str | bytes) -> str | None:
    """The text of a printed code, where that is what was given: as an argument, or in a file."""
    data = given.encode() if isinstance(given, str) else given
    if not is_qr_text(data) or len(data) > LONGEST_TEXT + 2:
        return None
    return data.decode("utf-8", "replace").rstrip("\r\n")


def _answer(told: VerdictView, as_json: bool) -> None:
    lines: list[str] = []
    for one in (told, *told.others):
        issued = f", issued {moment(one.issued_at)}" if one.issued_at else ""
        title = f"{one.type} by {one.issuer}{issued}"
        lines += [*([title] if one.type else []), *_lines(one), ""]
    say(as_json, {**_payload(told), "others": [_payload(one) for one in told.others]}, *lines[:-1])
    raise Answer(EXIT_CODES[Overall(told.verdict)])


def _payload(told: VerdictView) -> dict[str, Any]:
    return {name: value for name, value in told.as_json().items() if name != "others"}


def _lines(told: VerdictView) -> list[str]:
    """The verdict, then one line for each answer and each notice: as `Report.lines` has them."""
    return [
        WORDS[Overall(told.verdict)],
        *(f"  {name:<10} {one.answer:<12} {one.sentence}" for name, one in told.answers.items()),
        *(f"  {'notice':<10} {'':<12} {one.sentence}" for one in told.notices),
        *([f"  its certificate bears the short code {told.short_code}"] if told.short_code else []),
        *(f"  {one.pointer} = {json.dumps(one.value, ensure_ascii=False)}" for one in told.fields),
    ]


@asks
def bundle(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Digest, its first digits, or the document's number.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the bundle.")],
    with_document: Annotated[
        bool, typer.Option("--document/--no-document", help="Put the document in, if the vault has it.")
    ] = True,
    with_chain: Annotated[
        bool,
        typer.Option(
            "--chain-proof",
            help="Put the validators' seals over its entry in too: the second way to trust it.",
        ),
    ] = False,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write one file with which anyone can check a document offline.

    Example: sanad bundle 4f2a90c1 -o receipt.sanad
    """
    with where.desk() as desk:
        digest, made = desk.bundle(
            identifier, doc_type=doc_type, issuer=issuer, with_document=with_document, with_chain=with_chain
        )
    write_file(out, made)
    say(
        as_json,
        {"file": str(out), "bytes": len(made), "digest": digest},
        f"wrote {out} ({len(made)} bytes)",
    )
    raise Answer(DONE)


@asks
def export(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Digest, its first digits, or the document's number.")
    ],
    form: Annotated[
        ExportForm,
        typer.Option("--form", help="A COSE receipt (RFC 9942), or a W3C verifiable credential as a JWT."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write it.")],
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write what the ledger knows of a document in a form that a partner's systems read.

    Example: sanad export 4f2a90c1 --form credential -o receipt.jwt
    """
    with where.desk() as desk:
        digest, made = desk.export(identifier, form, doc_type=doc_type, issuer=issuer)
    write_file(out, made)
    say(
        as_json,
        {"file": str(out), "bytes": len(made), "digest": digest},
        f"wrote {out} ({len(made)} bytes)",
    )
    raise Answer(DONE)


@asks
def certificate(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Digest, its first digits, or the document's number.")
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Where to write it: FILE.pdf, or FILE.svg for the code alone.")
    ],
    short: Annotated[
        bool, typer.Option("--short", help="A smaller code, of use only to who can ask a ledger.")
    ] = False,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write a document's certificate: what it says in English and Urdu, with a code that proves it.

    Example: sanad certificate 4f2a90c1 -o receipt.pdf
    """
    form: CertificateForm = "svg" if out.suffix.lower() == ".svg" else "pdf"
    with where.desk() as desk:
        digest, made = desk.certificate(identifier, doc_type=doc_type, issuer=issuer, form=form, short=short)
    write_file(out, made)
    code = short_code(parse_digest(digest))
    say(
        as_json,
        {"file": str(out), "bytes": len(made), "digest": digest, "code": code},
        f"wrote {out} ({len(made)} bytes); its short code is {code}",
    )
    raise Answer(DONE)


@asks
def disclose(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Digest, its first digits, or the document's number.")
    ],
    fields: Annotated[
        list[str],
        typer.Option(
            "--fields", metavar="POINTER", help="A field to show (JSON pointer); repeat it for more."
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the bundle.")],
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write one file that shows some fields of a document and proves them; the others stay hidden.

    Example: sanad disclose 4f2a90c1 --fields /vehicle/chassis --fields /lot -o shown.sanad
    """
    asked(DisclosureRequest, fields=fields)
    with where.desk() as desk:
        digest, made = desk.disclose(identifier, fields, doc_type=doc_type, issuer=issuer)
    write_file(out, made)
    say(
        as_json,
        {"file": str(out), "bytes": len(made), "digest": digest},
        f"wrote {out} ({len(made)} bytes), which shows {len(set(fields))} fields",
    )
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.command()(verify)
    app.command()(bundle)
    app.command()(disclose)
    app.command()(export)
    app.command()(certificate)
