"""Certificates: a document on paper, with a code that proves what is printed (docs/spec/qr.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sanad_node import checkpointing, standing_in, tracing, types, verifying
from sanad_node.certificates.facts import Certificate, Line, Table
from sanad_node.disclosing import kept_fields
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.types import CheckedDocument, human
from sanad_node.types.registry import Text
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError
from sanad_verifier.printed import PrintedProof
from sanad_verifier.qr import encode_qr
from sanad_verifier.qr_evidence import make_code
from sanad_verifier.short_code import short_code

WHOLE_AT_MOST = 1990
"""Alphanumeric characters of a QR code of version 30 at level M (ISO/IEC 18004, table 7)."""
SHORT_AT_MOST = 1451
"""The same of version 25."""


class CodeTooLarge(InputError):
    """What the code would have to hold is more than a phone reads off paper."""

    code = "CODE_TOO_LARGE"


class NotInForce(InputError):
    """A certificate says that a document is in force; this one is not."""

    code = "NOT_IN_FORCE"


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """The text of a document's QR code. `whole` says that it proves everything by itself; without it, the code needs
    somebody who knows the ledger. `as_of` (seconds) is the time up to which it speaks.
    """

    text: str
    whole: bool
    as_of: int
    printed: PrintedProof | None


def printed_code(node: Node, record: DocumentRecord, *, short: bool = False) -> PrintedCode:
    """The code of a document as of now: whole if paper has room for that and `short` is not asked for.

    Raises `NotInForce`, `CodeTooLarge`, and what `kept_fields` raises; a document that was issued without a commitment
    to its fields has none that could be proved.
    """
    printed = kept_fields(node, record).printed if any(record.fields) else None
    bundle = verifying.evidence(node, record)
    code = make_code(bundle, printed, checkpointing.trust(node))
    if code.status is None or code.status.state != "active":
        raise NotInForce("the document is not in force, so nothing is certified of it", field="ID")
    as_of = code.status.time
    text = encode_qr(code)
    if not short and len(text) <= WHOLE_AT_MOST:
        return PrintedCode(text, True, as_of, printed)
    text = encode_qr(code.without_log())
    if len(text) > SHORT_AT_MOST:
        raise CodeTooLarge("the code would be too large to be read off paper", field="ID")
    return PrintedCode(text, False, as_of, printed)


def certificate(node: Node, record: DocumentRecord, *, short: bool = False) -> bytes:
    """The certificate of a document, as a PDF. Raises what `printed_code` raises, and the vault's error where the
    document is not here.
    """
    code = printed_code(node, record, short=short)
    number = tracing.number_of(node, record.digest) or None
    checked = types.check(types.get(record.doc_type), node.vault.get(Digest(record.digest)), number=number)
    issuer = node.reader.formation(record.issuer)
    now = standing_in.now_part_of(node, record.issuer)
    from sanad_node.certificates.drawing import draw  # noqa: PLC0415 - fonts take a while to import

    return draw(
        Certificate(
            title=checked.type.title,
            office=issuer.code,
            office_kind=issuer.kind,
            network=node.network.origin,
            issued_at=record.time,
            printed_at=code.as_of,
            entry=record.entry,
            digest=record.digest.hex(),
            code=short_code(Digest(record.digest)),
            lines=tuple(_lines(checked, code.printed)),
            qr=code.text,
            standalone=code.whole,
            office_now="" if now is None else _now_part_of(now),
        )
    )


def _now_part_of(now: standing_in.NowPartOf) -> str:
    """As it follows the office's name on a certificate."""
    day = datetime.fromtimestamp(now.since, UTC).date()
    return f" · since {day} part of {', '.join(now.codes)}"


def _lines(checked: CheckedDocument, proof: PrintedProof | None) -> Iterator[Line | Table]:
    """What the document says, and which of it the code proves."""
    proved = set() if proof is None else {field.pointer for field in proof.fields.fields}
    for en, ur in zip(human.fields(checked, "en"), human.fields(checked, "ur"), strict=True):
        label = Text(en.label, ur.label)
        if en.columns:
            columns = tuple(Text(*pair) for pair in zip(en.columns, ur.columns, strict=True))
            yield Table(label, columns, en.rows)
        elif en.pointer:
            yield Line(label, en.values, en.pointer in proved)
