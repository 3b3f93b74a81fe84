"""`sanad trace`: the story of a consignment or a document, in words."""

from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import IssuerOption, Json, TypeOption
from sanad_node.desk import Desk
from sanad_node.reading import UnknownConsignment, UnknownDocument
from sanad_node.wire import ConsignmentView, DocumentView, PaperView
from sanad_node.wire.custody import ReadingsView


@asks
def trace(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A consignment or a document.")],
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Follow a consignment (its custody line and papers) or a document (its history and the papers it names).

    Example: sanad trace "MSKU1234565 / 0417W"
    """
    with where.desk() as desk:
        payload, lines = _trace(desk, identifier, doc_type, issuer)
    say(as_json, payload, *lines)
    raise Answer(DONE)


def _trace(
    desk: Desk, identifier: str, doc_type: str | None, issuer: str | None
) -> tuple[dict[str, Any], list[str]]:
    try:
        told = desk.consignment(identifier)
    except UnknownConsignment:
        try:
            found = desk.document(identifier, doc_type=doc_type, issuer=issuer)
        except UnknownDocument as error:
            raise UnknownDocument("no consignment and no document has this identifier", field="ID") from error
        return found.as_json(), _document_lines(found)
    return told.as_json(), consignment_lines(told)


def consignment_lines(told: ConsignmentView) -> list[str]:
    """A consignment's custody line, a line for each hop, and its papers."""
    name = told.reference or told.consignment.id
    where = f"on its way to {told.taker}" if told.taker else "at rest"
    held = [f"{code} on court order" if code in told.orders else code for code in told.holds]
    holds = f", on hold by {', '.join(held)}" if held else ""
    lines = [f"{told.consignment.kind} {name}", f"held by {told.holder}, {where}{holds}", ""]
    for hop in told.hops:
        parts = [moment(hop.time), f"{hop.act:<8}", hop.by]
        if hop.taker and hop.act == "ship":
            parts.append(f"to {hop.taker}")
        parts += [
            p for p in (hop.place, hop.condition if hop.condition != "not stated" else "", hop.reason) if p
        ]
        if hop.quantity:
            parts.append(f"quantity {hop.quantity}")
        if hop.sealed:
            parts.append("sealed")
        if hop.readings is not None:
            parts.append(_readings(hop.readings))
        if hop.about is not None:
            parts.append(f"of entry {hop.about}")
        noted = [*([hop.gap] if hop.gap else []), *hop.marks]
        noted += [f"declared wrong: {hop.error}"] if hop.error else []
        lines.append("  " + "  ".join(parts) + (f"  ! {', '.join(noted)}" if noted else ""))
    return lines + _paper_lines(told.papers)


def _readings(told: ReadingsView) -> str:
    """A device's batch in a line."""
    line = f"{told.count} readings of {told.device[:8]}…"
    if not told.held:
        return f"{line}, not here"
    line += f", {moment(told.first)} to {moment(told.last)}"
    return line + "".join(
        f", {count} {what}" for count, what in ((told.opened, "open"), (told.tampered, "tampered")) if count
    )


def _document_lines(told: DocumentView) -> list[str]:
    name = f"{told.document.doc_type} {told.number}".strip()
    lines = [name, f"issued by {told.issuer}, {told.state}", f"digest {told.document.digest}", ""]
    for step in told.steps:
        more = [p for p in (step.reason, f"by {step.replacement[:16]}…" if step.replacement else "") if p]
        lines.append("  " + "  ".join([moment(step.time), f"{step.act:<11}", step.by, *more]))
    return lines + _paper_lines(told.papers)


def _paper_lines(papers: list[PaperView]) -> list[str]:
    if not papers:
        return []
    lines = ["", "papers"]
    for paper in papers:
        named = f"  (named by {paper.named_by})" if paper.named_by else ""
        issued = f"{paper.issuer} {moment(paper.time)}" if paper.issuer else ""
        lines.append(f"  {paper.state:<13} {paper.doc_type} {paper.number}  {issued}{named}".rstrip())
    return lines


def add_to(root: typer.Typer) -> None:
    root.command()(trace)
