"""Acts on the standing of a document: suspend, reinstate, supersede, revoke."""

from dataclasses import dataclass
from typing import Literal

from sanad_node.acting import acting_key, done, request, word
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.reading import DocumentRecord, FormationRecord, UnknownDocument
from sanad_verifier.entries import Reason
from sanad_verifier.errors import InputError

Change = Literal["suspend", "reinstate", "revoke"]


class ReasonInvalid(InputError):
    """A reason code is one of the list in docs/spec/entry.md."""

    code = "REASON_INVALID"


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """A status act and the document it bears on."""

    act: Act
    document: DocumentRecord
    change: str


def reason_code(text: str) -> Reason:
    """A reason by its number or its name in any case, with dashes or underscores."""
    name = text.strip().upper().replace("-", "_").replace(" ", "_")
    for reason in Reason:
        if name in {reason.name, str(int(reason))}:
            return reason
    raise ReasonInvalid(
        "unknown reason; one of " + ", ".join(r.name.lower().replace("_", "-") for r in Reason),
        field="--reason",
    )


def change_standing(
    node: Node,
    document: DocumentRecord,
    change: Change,
    *,
    reason: Reason,
    actor: str | None = None,
    key: str | None = None,
) -> StandingChanged:
    """Suspend, reinstate or revoke a document, as its issuer or as `actor` standing for it."""
    arguments = (word(document.doc_type), document.digest, document.issuer, int(reason))
    return _act(node, document, change, arguments, actor, key)


def supersede(
    node: Node,
    document: DocumentRecord,
    replacement: DocumentRecord,
    *,
    reason: Reason,
    actor: str | None = None,
    key: str | None = None,
) -> StandingChanged:
    """Put `replacement`, which must be on the ledger and of the same type, in a document's place."""
    if replacement.doc_type != document.doc_type:
        raise UnknownDocument("the replacement is of another type", field="--by")
    arguments = (
        word(document.doc_type),
        document.digest,
        document.issuer,
        replacement.digest,
        int(reason),
    )
    return _act(node, document, "supersede", arguments, actor, key)


def _act(
    node: Node,
    document: DocumentRecord,
    function: str,
    arguments: tuple[object, ...],
    actor: str | None,
    key: str | None,
) -> StandingChanged:
    who: FormationRecord = node.reader.formation(actor if actor is not None else document.issuer)
    status = node.reader.status(document)
    step = 0 if status is None else status.entry
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Ledger",
        function=function,
        arguments=arguments,
        key=key,
        step=step,
        what=function,
        about={"digest": document.digest.hex(), "type": document.doc_type, "formation": who.code},
    )
    (act,) = node.perform([asked])
    return StandingChanged(done(act, field="ID"), document, function)
