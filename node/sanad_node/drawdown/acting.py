"""Acts on instruments: opened and amended by their issuer, drawn by declarations, given back, closed by release.

What a document that is kept here says is taken from it, so that nobody types an amount a second time; what is given
beside it has to agree. What the contract judges is left to the contract, except what can be said more clearly before.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from sanad_node import blinding, standing_in, types
from sanad_node.acting import acting_key, done, request, word
from sanad_node.drawdown import accounts, amounts, masking
from sanad_node.drawdown.accounts import UnknownInstrument
from sanad_node.drawdown.reading import NEWEST, InstrumentRecord
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Request
from sanad_node.pipeline.refusals import MESSAGES, ActRefused
from sanad_node.reading import DocumentRecord, FormationRecord
from sanad_node.types import CheckedDocument, pointers
from sanad_node.vault import VaultErased, VaultMissing
from sanad_verifier.drawdown_words import Counts, DrawWord, Measure, OpenWord
from sanad_verifier.entries import Reason
from sanad_verifier.errors import InputError

OVERDRAWN = "DRAWDOWN_OVERDRAWN"
DAY = 86_400


class NotAnInstrument(InputError):
    """Documents of this type are not drawn down."""

    code = "NOT_AN_INSTRUMENT"


class InstrumentIncomplete(InputError):
    """The document is not kept here, so total, currency or unit, and expiry have to be given."""

    code = "INSTRUMENT_INCOMPLETE"


class InstrumentDiffers(InputError):
    """What was given is not what the document says."""

    code = "INSTRUMENT_DIFFERS"


class NotItsInstrument(InputError):
    """The declaration does not name this instrument, or names it with another unit."""

    code = "NOT_ITS_INSTRUMENT"


class DrawIncomplete(InputError):
    """The declaration is not kept here, so the amount has to be given."""

    code = "DRAW_INCOMPLETE"


class DrawDiffers(InputError):
    """The amount that was given is not the one in the declaration."""

    code = "DRAW_DIFFERS"


class Overdrawn(ActRefused):
    """Less is left of the instrument than the declaration draws; the message says how much."""

    code = OVERDRAWN


class DeclarationOfAnother(InputError):
    """A formation draws for declarations that it issued itself."""

    code = "DECLARATION_OF_ANOTHER"


@dataclass(frozen=True, slots=True)
class Terms:
    """How much an instrument is good for, of what, and until when (seconds)."""

    total: int
    measure: Measure
    expires: int


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody gave beside a document; None for what is to be taken from it."""

    total: str | None = None
    counts: Literal["currency", "unit"] | None = None
    code: str | None = None
    expires: int | None = None


def _acting(node: Node, stated: str | None, issuer: int) -> FormationRecord:
    """The formation that acts: the one that is stated, or the issuer, or who has its place now."""
    return node.reader.formation(stated, field="--as") if stated else standing_in.acting_for(node, issuer)


def open_instrument(
    node: Node,
    document: DocumentRecord,
    *,
    stated: Stated = Stated(),
    formation: str | None = None,
    key: str | None = None,
) -> Act:
    """Open the instrument that a document is, as its issuer."""
    terms = _terms(node, document, stated)
    who = _acting(node, formation, document.issuer)
    masked = masking.mask_total(node.directory.secret("network"), document.key, document.digest, terms.total)
    data = OpenWord(masked, terms.measure, terms.expires).pack()
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Drawdown",
        function="open",
        arguments=(word(document.doc_type), document.key, document.digest, int.from_bytes(data)),
        key=key,
        what="open",
        about=_about(document, who.code),
    )
    (act,) = node.perform([asked])
    return done(act, field="INSTRUMENT")


def amend(
    node: Node,
    instrument: InstrumentRecord,
    document: DocumentRecord,
    *,
    stated: Stated = Stated(),
    formation: str | None = None,
    key: str | None = None,
) -> Act:
    """Set the total and expiry that a document says: the instrument's own, or the one that superseded it."""
    if accounts.instrument_of(node, document) != instrument:
        raise UnknownInstrument("the document has another number than the instrument", field="--document")
    terms = _terms(node, document, stated, known=instrument)
    if terms.measure != instrument.measure:
        raise InstrumentDiffers("an amendment counts what the instrument counts", field="--total")
    who = _acting(node, formation, instrument.issuer)
    masked = masking.mask_total(
        node.directory.secret("network"), instrument.key, document.digest, terms.total
    )
    latest = node.drawdown.stood(instrument.number, NEWEST)
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Drawdown",
        function="amend",
        arguments=(instrument.number, document.digest, masked, terms.expires),
        key=key,
        step=0 if latest is None else latest.entry,
        what="amend",
        about=_about(document, who.code),
    )
    (act,) = node.perform([asked])
    return done(act, field="INSTRUMENT")


def draw(
    node: Node,
    instrument: InstrumentRecord,
    declaration: DocumentRecord,
    *,
    formation: str,
    amount: str | None = None,
    key: str | None = None,
) -> Act:
    """Draw for a declaration what it says, or `amount` where the declaration is not kept here."""
    who = node.reader.formation(formation, field="--as")
    if who.number != declaration.issuer:
        raise DeclarationOfAnother("a formation draws for its own declarations only", field="--as")
    steps = _drawn_amount(node, instrument, declaration, amount)
    secret = node.directory.secret("network")
    masked = masking.mask_draw(secret, instrument.key, declaration.digest, steps)
    data = DrawWord(masked, instrument.measure, instrument.number).pack()
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Drawdown",
        function="draw",
        arguments=(_declaration(declaration), int.from_bytes(data)),
        key=key,
        what="draw",
        about=_about(declaration, who.code, instrument),
    )
    _must_be_left(node, instrument, asked, masked)
    (act,) = node.perform([asked])
    try:
        return done(act, field="DECLARATION")
    except ActRefused as refused:
        if refused.code == OVERDRAWN:  # another declaration was first: say what it has left
            raise overdrawn(node, instrument.number) from refused
        raise


def return_draw(
    node: Node,
    instrument: InstrumentRecord,
    declaration: DocumentRecord,
    *,
    formation: str,
    reason: Reason,
    key: str | None = None,
) -> Act:
    """Give back what a cancelled declaration drew."""
    who = node.reader.formation(formation, field="--as")
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Drawdown",
        function="returnDraw",
        arguments=(instrument.number, _declaration(declaration), declaration.issuer, int(reason)),
        key=key,
        what="return",
        about=_about(declaration, who.code, instrument),
    )
    (act,) = node.perform([asked])
    return done(act, field="DECLARATION")


def release(node: Node, declaration: DocumentRecord, *, formation: str, key: str | None = None) -> Act:
    """The goods of a declaration are out of charge: what was drawn for them stays drawn."""
    who = node.reader.formation(formation, field="--as")
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Drawdown",
        function="release",
        arguments=(_declaration(declaration), declaration.issuer),
        key=key,
        what="release",
        about=_about(declaration, who.code),
    )
    (act,) = node.perform([asked])
    return done(act, field="DECLARATION")


def overdrawn(node: Node, number: int) -> Overdrawn:
    """The refusal of a draw, with what is left of the instrument now."""
    instrument = node.drawdown.instrument(number)
    left = "" if instrument is None else accounts.left(node, instrument)
    detail = f" ({left} left)" if left else ""
    return Overdrawn(MESSAGES[OVERDRAWN] + detail, field="INSTRUMENT")


def _must_be_left(node: Node, instrument: InstrumentRecord, asked: Request, masked: int) -> None:
    """Refuse at once what the ledger, as it is known here, has not enough for; an act that was promised before is no
    new one.
    """
    known = node.outbox.find(asked.key)
    if known is not None and known.state != "refused":
        return
    now = node.drawdown.instrument(instrument.number)
    if now is not None and masked > now.total - now.drawn:
        raise overdrawn(node, instrument.number)


# -- what documents say -------------------------------------------------------------------------------------------


def kept(node: Node, document: DocumentRecord) -> CheckedDocument | None:
    """The document itself, if this office keeps it and knows its schema."""
    try:
        content = node.vault.get(document.digest)
    except (VaultMissing, VaultErased):
        return None
    try:
        return types.check(types.get(document.doc_type), content)
    except InputError:
        return None  # of an older schema: its issuer's version checked it


def terms_in(checked: CheckedDocument) -> Terms:
    """What an instrument's document says. `NotAnInstrument`, or the refusal of an amount."""
    where = checked.type.instrument
    if where is None:
        raise NotAnInstrument("documents of this type are not drawn down", field="--type")
    total, code, last = (
        str(pointers.first(checked.value, p)) for p in (where.total, where.code, where.expires)
    )
    measure = amounts.currency(code) if where.counts == "currency" else amounts.unit(code)
    return Terms(amounts.parse(total, measure, where.total), measure, end_of(date.fromisoformat(last)))


def end_of(day: date) -> int:
    """The second at which a day is over, in UTC; of the last day that a calendar here has, too."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + DAY


def drawn_in(node: Node, checked: CheckedDocument, instrument: InstrumentRecord) -> int | None:
    """How much a declaration says that it draws from an instrument, None if it does not name it. `NotItsInstrument` if
    it counts something else.
    """
    named = [one for one in types.references_of(checked) if one.drawn and names(node, one, instrument)]
    if not named:
        return None
    if any(one.drawn_unit not in ("", instrument.measure.code) for one in named):
        raise NotItsInstrument(
            "the declaration counts in another unit than the instrument", field="INSTRUMENT"
        )
    return sum(amounts.parse(one.drawn, instrument.measure, one.pointer) for one in named)


def names(node: Node, reference: types.Reference, instrument: InstrumentRecord) -> bool:
    """Whether a reference in a document is to this instrument. A number that is one document's in the whole network is
    blinded without its issuer.
    """
    if instrument.doc_type not in reference.types:
        return False
    secret = node.directory.secret("network")
    code = node.reader.formation_codes().get(instrument.issuer, "")
    return instrument.key in {
        blinding.business_key(secret, instrument.doc_type, issuer, reference.number) for issuer in (code, "")
    }


def _terms(
    node: Node, document: DocumentRecord, stated: Stated, known: InstrumentRecord | None = None
) -> Terms:
    if types.get(document.doc_type).instrument is None:
        raise NotAnInstrument("documents of this type are not drawn down", field="INSTRUMENT")
    checked = kept(node, document)
    if checked is None:
        return _given(stated, None if known is None else _present(node, known))
    said = terms_in(checked)
    _must_agree(stated, said)
    return said


def _present(node: Node, known: InstrumentRecord) -> Terms | None:
    total = accounts.total_of(node, known)
    return None if total is None else Terms(total, known.measure, known.expires)


def _given(stated: Stated, base: Terms | None) -> Terms:
    """The terms that were given, the rest as they are."""
    if stated.code is not None:
        measure = amounts.currency(stated.code) if stated.counts == "currency" else amounts.unit(stated.code)
    elif base is not None:
        measure = base.measure
    else:
        raise InstrumentIncomplete("the document is not kept here: say of what", field="--currency")
    if stated.total is None and base is None:
        raise InstrumentIncomplete("the document is not kept here: say how much", field="--total")
    if stated.expires is None and base is None:
        raise InstrumentIncomplete("the document is not kept here: say until when", field="--expires")
    terms = base or Terms(0, measure, 0)
    if stated.total is not None:
        terms = replace(terms, total=amounts.parse(stated.total, measure, "--total"))
    if stated.expires is not None:
        terms = replace(terms, expires=stated.expires)
    return replace(terms, measure=measure)


def _must_agree(stated: Stated, said: Terms) -> None:
    if stated.code is not None and (stated.code, stated.counts) != (
        said.measure.code,
        "currency" if said.measure.counts is Counts.CURRENCY else "unit",
    ):
        raise InstrumentDiffers("the document counts something else", field="--currency")
    if stated.total is not None and amounts.parse(stated.total, said.measure, "--total") != said.total:
        raise InstrumentDiffers("the document has another total", field="--total")
    if stated.expires is not None and stated.expires != said.expires:
        raise InstrumentDiffers("the document expires at another time", field="--expires")


def _drawn_amount(
    node: Node, instrument: InstrumentRecord, declaration: DocumentRecord, amount: str | None
) -> int:
    checked = kept(node, declaration)
    given = None if amount is None else amounts.parse(amount, instrument.measure, "--amount")
    if checked is None:
        if given is None:
            raise DrawIncomplete("the declaration is not kept here: say how much", field="--amount")
        return given
    said = drawn_in(node, checked, instrument)
    if said is None:
        raise NotItsInstrument("the declaration does not name this instrument", field="INSTRUMENT")
    if given not in (None, said):
        raise DrawDiffers("the declaration says another amount", field="--amount")
    return said


def _declaration(document: DocumentRecord) -> tuple[Any, ...]:
    return word(document.doc_type), document.key, document.digest


def _about(
    document: DocumentRecord, formation: str, instrument: InstrumentRecord | None = None
) -> dict[str, str]:
    told = {"digest": document.digest.hex(), "type": document.doc_type, "formation": formation}
    return told if instrument is None else {**told, "instrument": instrument.digest.hex()}
