"""Does the balance hold: is what a declaration says that it draws drawn on the ledger, and is an instrument good for
what its document says?

Part of the verdict's answer on what a document rests on. It compares the document itself with the ledger, so it needs
the document; where that is not at hand, or an amount cannot be read, the answer is *not checked*.
"""

from sanad_node import finding, types
from sanad_node.drawdown import accounts, acting
from sanad_node.drawdown.reading import DrawRecord, InstrumentRecord
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.types import CheckedDocument, Reference
from sanad_verifier.documents import candidate_digests
from sanad_verifier.errors import InputError
from sanad_verifier.verdict import Answer, Is

ENDED = {"suspended": "is suspended", "revoked": "was revoked"}
UNREADABLE = Answer(
    Is.NOT_CHECKED, "AMOUNTS_UNREADABLE", "its amounts on the ledger cannot be read with this network's key"
)


def balances_answer(node: Node, document: DocumentRecord, content: bytes | None = None) -> Answer | None:
    """The answer for an instrument or a declaration; None where nothing of it was opened or drawn, or its type has
    nothing to do with draw-downs.
    """
    kind = types.registry().get(document.doc_type)
    if kind is None:
        return None
    if kind.instrument is not None:
        return _of_instrument(node, document, content)
    if any(one.drawn for one in kind.references):
        return _of_declaration(node, document, content)
    return None


def _of_instrument(node: Node, document: DocumentRecord, content: bytes | None) -> Answer | None:
    instrument = accounts.instrument_of(node, document)
    if instrument is None or instrument.digest != document.digest:
        return None  # not opened; or another version of it says what holds now
    total = accounts.total_of(node, instrument)
    if total is None:
        return UNREADABLE
    checked = _at_hand(node, document, content)
    if checked is None:
        sentence = "it was opened to be drawn down; the document is not at hand to compare"
        return Answer(Is.NOT_CHECKED, "BALANCE_NOT_COMPARED", sentence)
    terms = acting.terms_in(checked)
    if (terms.total, terms.measure, terms.expires) != (total, instrument.measure, instrument.expires):
        sentence = "it was opened for another total, currency or expiry than it states"
        return Answer(Is.NO, "TOTAL_DIFFERS", sentence)
    return Answer(Is.YES, "BALANCE_HOLDS", "no more was drawn from it than it is good for")


def _of_declaration(node: Node, document: DocumentRecord, content: bytes | None) -> Answer | None:
    draws = [
        one
        for one in node.drawdown.draws_by(document.digest)
        if (one.issuer, one.doc_type) == (document.issuer, document.doc_type)
    ]
    checked = _at_hand(node, document, content)
    if checked is None:
        if not draws:
            return None
        sentence = "it has drawn an instrument down; the document is not at hand to compare"
        return Answer(Is.NOT_CHECKED, "DRAWS_NOT_COMPARED", sentence)
    found = {number: node.drawdown.instrument(number) for number in {one.instrument for one in draws}}
    for draw in draws:
        instrument = found[draw.instrument]
        wrong = None if instrument is None else _wrong(node, document, checked, instrument, draw)
        if wrong is not None:
            return wrong
    return _undrawn(node, checked, [one for one in found.values() if one is not None])


def _wrong(
    node: Node,
    document: DocumentRecord,
    checked: CheckedDocument,
    instrument: InstrumentRecord,
    draw: DrawRecord,
) -> Answer | None:
    """What does not agree between a draw and its declaration; None if all does."""
    name = instrument.doc_type
    if draw.returned is not None:
        return Answer(Is.NO, "DRAW_RETURNED", f"what it drew from its {name} was given back")
    if draw.key != document.key:
        return Answer(Is.NO, "DRAW_OF_ANOTHER", f"it drew from its {name} under another number than its own")
    amount = accounts.amount_of(node, instrument, draw)
    if amount is None:
        return UNREADABLE
    try:
        said = acting.drawn_in(node, checked, instrument)
    except InputError:
        said = None
    if said != amount:
        return Answer(Is.NO, "DRAW_DIFFERS", f"it drew another amount from a {name} than it states")
    status = node.reader.status_of(instrument.issuer, instrument.doc_type, instrument.digest)
    if status is not None and status.state in ENDED:
        return Answer(
            Is.NO, f"INSTRUMENT_{status.state.upper()}", f"the {name} it drew from {ENDED[status.state]}"
        )
    return None


def _undrawn(node: Node, checked: CheckedDocument, drawn: list[InstrumentRecord]) -> Answer | None:
    """Whether each instrument that a declaration draws from, by its own word, was drawn."""
    named = [one for one in types.references_of(checked) if one.drawn]
    unknown = 0
    for reference in named:
        if any(acting.names(node, reference, one) for one in drawn):
            continue
        if _opened(node, reference):
            kinds = "/".join(reference.types)
            sentence = f"it says that it draws from a {kinds}, and has drawn nothing from it"
            return Answer(Is.NO, "NOT_DRAWN", sentence)
        unknown += 1
    if not named or unknown == len(named):
        return None
    if unknown:
        sentence = "not all the instruments it names are known here"
        return Answer(Is.NOT_CHECKED, "DRAWS_IN_PART", sentence)
    return Answer(
        Is.YES, "BALANCES_HOLD", "what it draws is drawn, from instruments in force with enough on them"
    )


def _opened(node: Node, reference: Reference) -> bool:
    """Whether an instrument of this number, as far as it is known here in clear, can be drawn down."""
    return any(
        accounts.instrument_of(node, document) is not None
        for doc_type in reference.types
        for document in finding.documents(node, reference.number, doc_type=doc_type)
    )


def _at_hand(node: Node, document: DocumentRecord, content: bytes | None) -> CheckedDocument | None:
    """The document, as it was given or as it is kept here."""
    if content is None or document.digest not in {one.digest for one in candidate_digests(content)}:
        return acting.kept(node, document)
    try:
        return types.check(types.get(document.doc_type), content)
    except InputError:
        return None
