"""Printed codes that are chosen: good ones, and a good one with one thing changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import DAY, KEY, NOW, OFFICE, ORIGIN, seed
from sanad_testkit.printed_scene import CHASSIS, LOT, CommittedScene
from sanad_verifier import base45
from sanad_verifier.checkpoints import CosignatureSigner
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.fields import Field
from sanad_verifier.json_profile import Json
from sanad_verifier.qr import PREFIX, QrCode, QrSignature, encode_qr
from sanad_verifier.qr_bytes import number
from sanad_verifier.qr_evidence import make_code
from sanad_verifier.short_code import short_code

SCENE = CommittedScene()
CODE = SCENE.code()
TEXT = encode_qr(CODE)


def other_value(code: QrCode) -> QrCode:
    """Another lot."""
    assert code.printed is not None
    first, *rest = code.printed.fields.fields
    fields = replace(code.printed.fields, fields=(first._replace(value="KAPW-2026-119"), *rest))
    return replace(code, printed=replace(code.printed, fields=fields))


def not_whole(code: QrCode) -> QrCode:
    """As if the document named more things."""
    assert code.printed is not None
    return replace(code, printed=replace(code.printed, fields=replace(code.printed.fields, whole=False)))


def elsewhere(code: QrCode) -> QrCode:
    """Another place in the log."""
    assert code.log is not None
    return replace(code, log=replace(code.log, index=code.log.index ^ 1))


def signed_by_another(code: QrCode) -> QrCode:
    """A cosignature by a key that is not a member's."""
    assert code.log is not None
    line = CosignatureSigner(f"{ORIGIN}/member-1", seed("forger")).sign(SCENE.checkpoint_text(), NOW)
    return replace(code, log=replace(code.log, cosignatures=(QrSignature(line.key_id, line.body),)))


def _signatures(code: QrCode, **given: tuple[QrSignature, ...]) -> QrCode:
    assert code.log is not None
    return replace(code, log=replace(code.log, **given))  # type: ignore[arg-type]


def _status(code: QrCode, **given: Any) -> QrCode:
    assert code.status is not None
    return replace(code, status=replace(code.status, **given))


def _turned(code: QrCode) -> QrCode:
    assert code.log is not None
    return _signatures(code, cosignatures=code.log.cosignatures[::-1])


FORGERIES: dict[str, Callable[[QrCode], QrCode]] = {
    "another value": other_value,
    "said to be in part": not_whole,
    "another office": lambda code: replace(code, formation=OFFICE + 1),
    "another key": lambda code: replace(code, key=KEY[1:] + b"\x01"),
    "another time": lambda code: replace(code, time=code.time + 1),
    "another type": lambda code: replace(code, doc_type="BILL_OF_LADING"),
    "another digest": lambda code: replace(code, digest=Digest(code.digest[::-1])),
    "a business key": lambda code: replace(code, business_key=b"\1" * 32),
    "another place": elsewhere,
    "another signer": signed_by_another,
    "another standing": lambda code: _status(code, state="suspended", reason=4),
    "another time of its standing": lambda code: _status(code, time=NOW),
    "no cosignature": lambda code: _signatures(code, cosignatures=()),
    "no signature": lambda code: _signatures(code, signatures=()),
}
"""Codes that are well formed, and say what nobody signed."""


def _bytes(change: Callable[[bytes], bytes]) -> str:
    return PREFIX + base45.encode(change(base45.decode(TEXT.removeprefix(PREFIX))))


def printing(*fields: tuple[str, Json]) -> QrCode:
    """The code of the receipt as if these were its printed fields."""
    assert CODE.printed is not None
    told = replace(CODE.printed.fields, fields=tuple(Field(*one) for one in fields))
    proof = replace(CODE.printed, fields=told)
    return replace(CODE, printed=proof, related=proof.related)


def _respelled(code: QrCode, written: bytes, instead: bytes) -> str:
    """The text of a code with some bytes in it, which stand there once, replaced by as many others."""
    data = base45.decode(encode_qr(code).removeprefix(PREFIX))
    if data.count(written) != 1 or len(written) != len(instead):
        raise ValueError("the bytes to replace are not there once, or not as many")
    return PREFIX + base45.encode(data.replace(written, instead))


SEVENS = bytes([7]) * 32
_BATCHED = SCENE.code(place=3)
assert _BATCHED.batch is not None
WITH_MANIFEST = replace(_BATCHED, batch=replace(_BATCHED.batch, manifest=SEVENS))
"""The code of a document in a batch that has a manifest."""

MALFORMED: dict[str, str] = {
    "nothing": "",
    "no prefix": TEXT.removeprefix(PREFIX),
    "another version": "SND2:" + TEXT.removeprefix(PREFIX),
    "lower case": TEXT.lower(),
    "a line feed after it": TEXT + "\n",
    "a character missing": TEXT[:-1],
    "a byte missing": _bytes(lambda data: data[:-1]),
    "a byte too many": _bytes(lambda data: data + b"\0"),
    "an unknown part": _bytes(lambda data: bytes([data[0] | 0x80]) + data[1:]),
    "a number spelled longer": _bytes(lambda data: data[:1] + bytes([data[1] | 0x80, 0]) + data[2:]),
    "a word that is zero": _bytes(lambda data: bytes([data[0] | 1 << 5]) + data[1:]),
    "cosignatures out of order": encode_qr(_turned(CODE)),
    "a manifest without a batch": _bytes(lambda data: bytes([data[0] | 1 << 6]) + data[1:]),
    "a manifest that is zero": _respelled(WITH_MANIFEST, SEVENS, bytes(32)),
    "a business key that is zero": _respelled(replace(CODE, business_key=SEVENS), SEVENS, bytes(32)),
    "a related word that is zero": _respelled(replace(CODE, printed=None, related=SEVENS), SEVENS, bytes(32)),
    "a place with a number spelled": _respelled(
        printing(("/receiptNumbeR", "1")), b"/receiptNumbeR", b"/receiptNumber"
    ),
    "a place with a number and an element spelled": _respelled(
        printing(("/containers/0/numbeR", "1")), b"/containers/0/numbeR", b"/containers/0/number"
    ),
    "an element of ten digits": _respelled(
        printing(("/containers/999999999/number", "1")), number(999_999_999), number(1_000_000_000)
    ),
    "a place that is no pointer": _respelled(printing(("/one/other", "1")), b"/one/other", b"/one~other"),
    "a field printed twice": _respelled(printing(("/one", "1"), ("/two", "2")), b"/two", b"/one"),
    "a number with a space": _respelled(printing(("/one", 1234567)), b"1234567", b"123456 "),
    "a number with a fraction": _respelled(printing(("/one", 1234567)), b"1234567", b"12345.0"),
    "a text told as JSON": _respelled(printing(("/one", 1234567)), b"1234567", b'"12345"'),
    "a list told as JSON": _respelled(printing(("/one", 1234567)), b"1234567", b"[12345]"),
    "a text that is not UTF-8": _respelled(printing(("/one", "1234567")), b"1234567", b"123456\xff"),
}
"""Texts that are no code."""


def vectors() -> list[dict[str, Any]]:
    """Name, text, time and reading of each case, with a verdict that it must get."""
    part = CommittedScene(proved=(LOT, CHASSIS))
    good: list[tuple[str, str, int, str | None, str]] = [
        ("a receipt", TEXT, NOW, None, "authentic"),
        ("a receipt and its car", TEXT, NOW, "trj150 0098765", "authentic"),
        ("a receipt and its engine", TEXT, NOW, "1TR 1234567", "authentic"),
        ("a document of a batch", encode_qr(SCENE.code(place=3)), NOW, None, "authentic"),
        ("two days later", TEXT, NOW + 2 * DAY, None, "authentic"),
        ("nine days later", TEXT, NOW + 9 * DAY, None, "stale"),
        ("another car", TEXT, NOW, "TRJ150-0098766", "refused"),
        ("a number that is not printed", encode_qr(part.code()), NOW, "1TR-1234567", "cannot-tell"),
        ("the short form", encode_qr(CODE.without_log()), NOW, None, "cannot-tell"),
        ("no standing", encode_qr(replace(CODE, status=None)), NOW, None, "cannot-tell"),
        (
            "no printed fields",
            encode_qr(make_code(SCENE.parts(), None, SCENE.trust())),
            NOW,
            None,
            "cannot-tell",
        ),
    ]
    for state in ("suspended", "superseded", "revoked", "consumed", "surrendered"):
        good.append((f"{state}", encode_qr(SCENE.code(state=state)), NOW, None, "refused"))
    forged = [(name, encode_qr(change(CODE)), NOW, None, "refused") for name, change in FORGERIES.items()]
    malformed = [(name, text, NOW, None, "refused") for name, text in MALFORMED.items()]
    return [
        {"name": name, "text": text, "now": now, "subject": subject, "verdict": verdict}
        for name, text, now, subject, verdict in [*good, *forged, *malformed]
    ]


def short_codes() -> list[dict[str, str]]:
    """Digests and their short codes."""
    digests = [sha256(b"%d" % number) for number in range(8)]
    return [{"digest": digest.hex(), "code": short_code(digest)} for digest in digests]
