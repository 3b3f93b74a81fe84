"""A declaration's way from filing to the gate: what was said of it when, by whom, and what is said next.

The contract keeps the order (`Drawdown.advance`); history is read from the log, over every version of the number.
"""

from dataclasses import dataclass
from typing import Literal

from sanad_node import standing_in
from sanad_node.acting import acting_key, done, request, word
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.reading import DocumentRecord, LoggedEntry
from sanad_verifier.entries import Kind, StatusWord, reason_words
from sanad_verifier.errors import InputError
from sanad_verifier.stages import Stage, StageWord

DECLARATION = "GOODS_DECLARATION"
StageName = Literal["assessed", "paid", "examined", "gate-out"]
STAGES: dict[str, Stage] = {one.words: one for one in Stage}
STANDINGS = {
    Kind.SUPERSEDE: "amended",
    Kind.REVOKE: "cancelled",
    Kind.SUSPEND: "suspended",
    Kind.REINSTATE: "reinstated",
}
"""What the acts on a document's standing are called of a declaration."""


class NotADeclaration(InputError):
    """Only goods declarations go from filing to the gate."""

    code = "NOT_A_DECLARATION"


@dataclass(frozen=True, slots=True)
class Passed:
    """One thing that became of a declaration: which version (its digest), what, when (seconds), by whom (a code).
    `reason` is why, where the act gives one.
    """

    version: bytes
    what: str
    time: int
    by: str
    entry: int
    reason: str = ""


def advance(
    node: Node,
    declaration: DocumentRecord,
    stage: Stage,
    *,
    formation: str | None = None,
    key: str | None = None,
) -> Act:
    """Say that a declaration was assessed, paid or examined, or that its goods have passed the gate."""
    must_be_declaration(declaration)
    who = (
        node.reader.formation(formation, field="--as")
        if formation
        else standing_in.acting_for(node, declaration.issuer)
    )
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Drawdown",
        function="advance",
        arguments=(
            (word(declaration.doc_type), declaration.key, declaration.digest),
            declaration.issuer,
            int(stage),
        ),
        key=key,
        what="advance",
        about={
            "digest": declaration.digest.hex(),
            "type": declaration.doc_type,
            "formation": who.code,
            "stage": stage.words,
        },
    )
    (act,) = node.perform([asked])
    return done(act, field="DECLARATION")


def life(node: Node, declaration: DocumentRecord) -> tuple[Passed, ...]:
    """Everything that became of every version under the declaration's number, in the order of the log."""
    must_be_declaration(declaration)
    codes = node.reader.formation_codes()
    versions = [declaration]
    if any(declaration.key):
        versions = [
            one
            for one in node.reader.documents_by_key([declaration.key])
            if (one.issuer, one.doc_type) == (declaration.issuer, declaration.doc_type)
        ]
    found = [
        Passed(
            bytes(version.digest),
            what,
            logged.entry.time,
            codes.get(logged.entry.formation, "?"),
            logged.index,
            _why(logged),
        )
        for version in {one.digest: one for one in versions}.values()
        for logged in _about(node, version)
        if (what := _said(logged, version))
    ]
    return tuple(sorted(found, key=lambda one: one.entry))


def _about(node: Node, version: DocumentRecord) -> list[LoggedEntry]:
    """The entries that bear on a version: those about its digest, and its issue, which may be of a batch."""
    about = {one.index: one for one in node.reader.entries_about(version.digest)}
    about.setdefault(version.entry, node.reader.entry(version.entry))
    return list(about.values())


def _said(logged: LoggedEntry, version: DocumentRecord) -> str:
    """What an entry says of a version as issued by its issuer; empty for what is not its way."""
    entry = logged.entry
    if logged.index == version.entry:
        return "filed"
    if entry.doc_type != version.doc_type:
        return ""
    what, issuer = "", 0
    if entry.kind is Kind.STAGE:
        told = StageWord.unpack(entry.data)
        what, issuer = told.stage.words, told.issuer
    elif entry.kind is Kind.RELEASE:
        what, issuer = "out-of-charge", int.from_bytes(entry.data)
    elif entry.kind in STANDINGS:
        what, issuer = STANDINGS[entry.kind], StatusWord.unpack(entry.data).issuer
    return what if issuer == version.issuer else ""


def _why(logged: LoggedEntry) -> str:
    if Kind.SUSPEND <= logged.entry.kind <= Kind.REVOKE:
        return reason_words(StatusWord.unpack(logged.entry.data).reason)
    return ""


def must_be_declaration(document: DocumentRecord) -> None:
    """`NotADeclaration` unless the document is one."""
    if document.doc_type != DECLARATION:
        raise NotADeclaration("only a goods declaration has stages", field="DECLARATION")
