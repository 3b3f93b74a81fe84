"""Commands on documents: prepare, issue, suspend, reinstate, supersede, revoke."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from sanad_node import identifiers, types
from sanad_node.cli.answers import act_line, act_payload, finish, members, say
from sanad_node.cli.asked import asked, must_be_identifier
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import about, read_file
from sanad_node.cli.options import As, IssuerOption, Json, Key, TypeOption
from sanad_node.durable import write_file
from sanad_node.standing import reason_code
from sanad_node.wire import ActView, IssueRequest, StandingRequest
from sanad_verifier.entries import Reason

DocType = Annotated[str, typer.Option("--type", help="Document type, for example EIF or BILL_OF_LADING.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Reason, by name or number; see `sanad reasons`.")
]
Actor = Annotated[
    str | None, typer.Option("--as", help="Formation that acts, if it is not the issuer itself.")
]
Replaces = Annotated[
    str | None,
    typer.Option("--replaces", help="ID of a document of this number that this one will supersede."),
]
Parents = Annotated[
    list[str] | None,
    typer.Option(
        "--parent", help="ID of a document that this one rests on, for a controlled type; may be given again."
    ),
]
Why = Annotated[
    str | None,
    typer.Option(
        "--reason",
        help="Why it supersedes the other, for a controlled type; needed for another office's, else data-corrected.",
    ),
]
Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="Digest, its first 8 or more digits, or the document's number.")
]


def prepare(
    file: Annotated[Path, typer.Argument(help="The document as the office's system wrote it.")],
    doc_type: DocType,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the document to be issued.")],
    as_json: Json = False,
) -> None:
    """Add a type's schema name and a fresh salt to a JSON document, in canonical form.

    The salt keeps the digest from being guessed from the fields; it belongs to the document from then on.

    Example: sanad prepare invoice.json --type COMMERCIAL_INVOICE -o invoice.ready.json
    """
    kind = types.get(doc_type)
    with about(file):
        prepared = types.prepare(kind, read_file(file))
    write_file(out, prepared)
    say(as_json, {"file": str(out), "bytes": len(prepared)}, f"wrote {out}")


def check(
    file: Annotated[Path, typer.Argument(help="The document.")],
    doc_type: DocType,
    number: Annotated[
        str | None,
        typer.Option("--number", help="Its number, for a type that does not carry one in its bytes."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a document before it is issued: its form, and the numbers and codes it names. Nothing is issued.

    What its type forbids is refused; an identifier that looks wrong is a warning. Example: sanad check gd.json --type
    GOODS_DECLARATION
    """
    kind = types.get(doc_type)
    with about(file):
        checked = types.check(kind, read_file(file), number=number)
    looked = identifiers.look(kind, checked.value)
    told = {"digest": checked.digest, "type": kind.name, "number": checked.number, **members(looked)}
    summary = f"identifiers: {looked.fits} fit, {looked.doubtful} doubtful, {looked.not_checked} could not be checked"
    say(
        as_json,
        told,
        f"{kind.name} {checked.number}".strip(),
        f"digest {checked.digest.hex()}",
        summary,
        *_warned(looked.warnings),
    )


def _warned(warnings: Iterable[identifiers.IdentifierWarning]) -> list[str]:
    return [f"warning {identifiers.as_line(one)}" for one in warnings]


@asks
def issue(
    file: Annotated[Path, typer.Argument(help="The document to issue.")],
    doc_type: DocType,
    formation: As,
    number: Annotated[
        str | None,
        typer.Option("--number", help="Its number, for a type that does not carry one in its bytes."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Keep the document, encrypted, in the vault.")
    ] = True,
    replaces: Replaces = None,
    parents: Parents = None,
    reason: Why = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Issue one document: its digest is anchored with the formation's authority. A document of a controlled type is
    entered in the register: name the documents that it rests on.

    Example: sanad issue eif.json --type EIF --as HBL-KHI-0012
    """
    content = read_file(file)
    request = asked(
        IssueRequest,
        type=doc_type,
        formation=formation,
        number=number,
        name=file.name,
        keep=keep,
        replaces=replaces,
        parents=parents or [],
        reason=reason,
    )
    with where.desk() as desk, about(file):
        issued = desk.issue(request, content, key=key)
    facts = {name: issued.about[name] for name in ("digest", "type", "formation", "number")}
    warnings = identifiers.warnings_about(doc_type, content)
    say(
        as_json,
        {**facts, **act_payload(issued), "warnings": warnings},
        f"{facts['type']} {facts['number']}".strip() + f" by {facts['formation']}",
        f"digest {facts['digest']}",
        act_line(issued),
        *_warned(warnings),
    )
    finish(issued)


WORDS = {
    "suspend": "suspended",
    "reinstate": "in force again",
    "revoke": "revoked",
    "supersede": "superseded",
}


def _change(
    change: str,
    identifier: str,
    reason: str,
    actor: str | None,
    doc_type: str | None,
    issuer: str | None,
    key: str | None,
    where: Where,
    as_json: bool,
    *,
    by: str | None = None,
) -> None:
    reason_code(reason)
    must_be_identifier(identifier)
    request = asked(
        StandingRequest,
        change=change,
        reason=reason,
        by=by,
        formation=actor,
        type=doc_type,
        issuer=issuer,
    )
    with where.desk() as desk:
        changed = desk.change_standing(identifier, request, key=key)
    _tell(changed, as_json)


def _tell(changed: ActView, as_json: bool) -> None:
    digest, doc_type = changed.about["digest"], changed.about["type"]
    payload = {"digest": digest, "type": doc_type, "change": changed.what, **act_payload(changed)}
    say(as_json, payload, f"{doc_type} {digest[:16]}… {WORDS[changed.what]}", act_line(changed))
    finish(changed)


@asks
def suspend(
    identifier: Identifier,
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Take a document out of force for the time being.

    Example: sanad suspend 4f2a90c1 --reason under-inquiry
    """
    _change("suspend", identifier, reason, actor, doc_type, issuer, key, where, as_json)


@asks
def reinstate(
    identifier: Identifier,
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Put a suspended document in force again.

    Example: sanad reinstate 4f2a90c1 --reason inquiry-closed
    """
    _change("reinstate", identifier, reason, actor, doc_type, issuer, key, where, as_json)


@asks
def revoke(
    identifier: Identifier,
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Withdraw a document for ever.

    Example: sanad revoke 4f2a90c1 --reason fraud
    """
    _change("revoke", identifier, reason, actor, doc_type, issuer, key, where, as_json)


@asks
def supersede(
    identifier: Identifier,
    by: Annotated[str, typer.Option("--by", help="ID of the document that takes its place.")],
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Put another issued document of the same type in a document's place.

    Example: sanad supersede 4f2a90c1 --by 8be012aa --reason amended
    """
    _change("supersede", identifier, reason, actor, doc_type, issuer, key, where, as_json, by=by)


def reasons(as_json: Json = False) -> None:
    """List the reason codes.

    Example: sanad reasons
    """
    listed = {int(reason): reason.name.lower().replace("_", "-") for reason in Reason}
    say(as_json, {"reasons": listed}, *(f"{number:3}  {name}" for number, name in listed.items()))


def add_to(app: typer.Typer) -> None:
    app.command()(prepare)
    app.command()(check)
    app.command()(issue)
    app.command()(suspend)
    app.command()(reinstate)
    app.command()(supersede)
    app.command()(revoke)
    app.command()(reasons)
