"""Commands on documents: prepare, issue, issue-batch, suspend, reinstate, supersede, revoke."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_node import batching, finding, issuing, standing, types
from sanad_node.cli.answers import REFUSED, Answer, act_line, act_payload, finish, members, say
from sanad_node.cli.files import about, read_file
from sanad_node.cli.options import DEFAULT_DATA, As, Data, IssuerOption, Json, Key, TypeOption
from sanad_node.durable import write_file
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_verifier.entries import Reason

DocType = Annotated[str, typer.Option("--type", help="Document type, for example EIF or BILL_OF_LADING.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Reason, by name or number; see `sanad reasons`.")
]
Actor = Annotated[
    str | None, typer.Option("--as", help="Formation that acts, if it is not the issuer itself.")
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
    replaces: Annotated[
        str | None,
        typer.Option("--replaces", help="ID of a document of this number that this one will supersede."),
    ] = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Issue one document: its digest is anchored with the formation's authority.

    Example: sanad issue eif.json --type EIF --as HBL-KHI-0012
    """
    content = read_file(file)
    with Node(data) as node, about(file):
        old = _replaced(node, replaces, doc_type, formation)
        issued = issuing.issue(
            node,
            content,
            doc_type=doc_type,
            formation=formation,
            number=number,
            name=file.name,
            keep=keep,
            key=key,
            replaces=None if old is None else old.digest,
        )
    payload = {
        "digest": issued.digest.hex(),
        "type": issued.doc_type,
        "formation": issued.formation,
        "number": issued.number,
        **act_payload(issued.act),
    }
    name = f"{issued.doc_type} {issued.number}".strip()
    say(
        as_json,
        payload,
        f"{name} by {issued.formation}",
        f"digest {issued.digest.hex()}",
        act_line(issued.act),
    )
    finish(issued.act)


def _replaced(node: Node, identifier: str | None, doc_type: str, issuer: str) -> DocumentRecord | None:
    if identifier is None:
        return None
    return finding.document(node, identifier, doc_type=doc_type, issuer=issuer, field="--replaces")


def issue_batch(
    path: Annotated[Path, typer.Argument(help="A folder of documents, or a CSV file with a header.")],
    doc_type: DocType,
    formation: As,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Keep the documents, encrypted, in the vault.")
    ] = True,
    salted: Annotated[
        bool,
        typer.Option(
            "--fields/--no-fields", help="Commit to each field by itself, so that one can be shown alone."
        ),
    ] = True,
    outcomes: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write one JSON line a row here.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Issue many documents under one batch root. Bad rows are reported and left out; run again to issue
    what is missing.

    Exit code 1 when a row failed. Example: sanad issue-batch receipts.csv --type AUCTION_RECEIPT --as
    KHI-AUCTION
    """
    kind = types.get(doc_type)
    counts = dict.fromkeys(("issued", "already", "promised", "failed"), 0)
    rows: list[dict[str, Any]] = []
    with Node(data) as node:
        sources = _sources(path, kind, node)
        for outcome in batching.issue_batch(
            node,
            sources,
            doc_type=doc_type,
            formation=formation,
            keep=keep,
            salted=salted,
            progress=None if as_json or not sys.stderr.isatty() else _progress,
        ):
            counts[outcome.outcome] += 1
            rows.append(members(outcome))
    if not rows:
        raise batching.BatchSourceInvalid("there is nothing in it to issue", field=path.name or str(path))
    if outcomes is not None:
        write_file(outcomes, b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows))
    bad = [row for row in rows if row["outcome"] == "failed"]
    lines = [f"{row['source']}: {row['code']} [{row['field']}] {row['message']}" for row in bad]
    summary = ", ".join(f"{count} {word}" for word, count in counts.items())
    say(as_json, {"counts": counts, "rows": rows}, *lines, summary)
    raise Answer(REFUSED if bad else (2 if counts["promised"] else 0))


def _sources(path: Path, kind: types.DocumentType, node: Node) -> Any:
    if path.is_dir():
        return batching.read_folder(path, kind)
    if not path.is_file():
        raise batching.BatchSourceInvalid("there is no such folder or file", field=path.name)
    return batching.read_csv(path, kind, node.directory.secret("vault"))


def _progress(stage: str, rows: int) -> None:
    end = "\n" if stage == "anchored" else ""
    sys.stderr.write(f"\r{rows} rows {stage}{end}")
    sys.stderr.flush()


def _change(
    change: standing.Change,
    identifier: str,
    reason: str,
    actor: str | None,
    doc_type: str | None,
    issuer: str | None,
    key: str | None,
    data: Path,
    as_json: bool,
) -> None:
    code = standing.reason_code(reason)
    with Node(data) as node:
        node.catch_up_if_possible()
        document = finding.document(node, identifier, doc_type=doc_type, issuer=issuer)
        changed = standing.change_standing(node, document, change, reason=code, actor=actor, key=key)
    _tell(changed, as_json)


def _tell(changed: standing.StandingChanged, as_json: bool) -> None:
    words = {
        "suspend": "suspended",
        "reinstate": "in force again",
        "revoke": "revoked",
        "supersede": "superseded",
    }
    payload = {
        "digest": changed.document.digest.hex(),
        "type": changed.document.doc_type,
        "change": changed.change,
        **act_payload(changed.act),
    }
    line = f"{changed.document.doc_type} {changed.document.digest.hex()[:16]}… {words[changed.change]}"
    say(as_json, payload, line, act_line(changed.act))
    finish(changed.act)


def suspend(
    identifier: Identifier,
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Take a document out of force for the time being.

    Example: sanad suspend 4f2a90c1 --reason under-inquiry
    """
    _change("suspend", identifier, reason, actor, doc_type, issuer, key, data, as_json)


def reinstate(
    identifier: Identifier,
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Put a suspended document in force again.

    Example: sanad reinstate 4f2a90c1 --reason inquiry-closed
    """
    _change("reinstate", identifier, reason, actor, doc_type, issuer, key, data, as_json)


def revoke(
    identifier: Identifier,
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Withdraw a document for ever.

    Example: sanad revoke 4f2a90c1 --reason fraud
    """
    _change("revoke", identifier, reason, actor, doc_type, issuer, key, data, as_json)


def supersede(
    identifier: Identifier,
    by: Annotated[str, typer.Option("--by", help="ID of the document that takes its place.")],
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Put another issued document of the same type in a document's place.

    Example: sanad supersede 4f2a90c1 --by 8be012aa --reason amended
    """
    code = standing.reason_code(reason)
    with Node(data) as node:
        node.catch_up_if_possible()
        document: DocumentRecord = finding.document(node, identifier, doc_type=doc_type, issuer=issuer)
        replacement = finding.document(node, by, doc_type=doc_type, field="--by")
        changed = standing.supersede(node, document, replacement, reason=code, actor=actor, key=key)
    _tell(changed, as_json)


def reasons(as_json: Json = False) -> None:
    """List the reason codes.

    Example: sanad reasons
    """
    listed = {int(reason): reason.name.lower().replace("_", "-") for reason in Reason}
    say(as_json, {"reasons": listed}, *(f"{number:3}  {name}" for number, name in listed.items()))


def add_to(app: typer.Typer) -> None:
    app.command()(prepare)
    app.command()(issue)
    app.command("issue-batch")(issue_batch)
    app.command()(suspend)
    app.command()(reinstate)
    app.command()(supersede)
    app.command()(revoke)
    app.command()(reasons)
