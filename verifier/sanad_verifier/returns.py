"""Monthly returns: what a node says was seized, deposited, auctioned and cleared, by formation and month, at a block.

A return is canonical JSON (RFC 8785) with a signed note inside it that vouches for the rest, by the key that signs
standings; docs/spec/return.md. Without a network it can be checked who said it, and that it is as they said it; that it
counts rightly, by whoever has the log and the papers: they make the same bytes.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import NAME, Note, NoteSigner, must_be_signed, parse_note
from sanad_verifier.trust import Trust
from sanad_verifier.trust_reading import JsonReader, TrustInvalid
from sanad_verifier.words import MAX_UINT32

FORMAT = "urn:sanad:return:1"
HEADER = "sanad.return/v1"
ACTS = ("seized", "deposited", "auctioned", "cleared")
"""In the order in which they follow one another, and in which a return tells them."""
PAKISTAN = "+05:00"
"""Pakistan Standard Time (Asia/Karachi), which knows no daylight saving."""
MOST_MONTHS = 36
SIZE_AT_MOST = 16 << 20
_MONTH = r"(?:19[7-9][0-9]|[2-9][0-9]{3})-(?:0[1-9]|1[0-2])"
_OFFSET = r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00"
_CODE = r"[A-Z0-9][A-Z0-9-]{0,30}"
_TYPE = r"[A-Z][A-Z0-9_]{0,30}"
_HASH = r"[0-9a-f]{64}"
_CURRENCY = r"[A-Z]{3}"
_AMOUNT = r"(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,18})?"
_COUNTS = ("things", "unvalued", "notHeld", "unreadable", "otherMonth", "reassigned", "withdrawn")


class ReturnInvalid(EvidenceError):
    """The file is no return, not in its one encoding, or not what was signed."""

    code = "RETURN_INVALID"


class ReturnTooLarge(InputError):
    """The return would be larger than any reader takes: ask for fewer months, or for one formation."""

    code = "RETURN_TOO_LARGE"


class MonthInvalid(InputError):
    """A month is written like 2026-10; a return is of at most 36, in order; an offset from UTC like +05:00."""

    code = "MONTH_INVALID"


@dataclass(frozen=True, slots=True)
class Line:
    """What one formation did of one kind in one month. Of its `things`, `unvalued` have no value in their paper;
    `not_held` and `unreadable` have a paper that this node does not keep, or cannot read: their value is not in
    `values` (decimal strings by currency). `other_month`: the paper, where it was read, bears a date of another month.
    `reassigned`: a formation above has entered the version that stands. `withdrawn` were entered in the month and do
    not stand any more; they are not among the things.
    """

    month: str
    formation: str
    parent: str
    act: str
    things: int
    values: Mapping[str, str] = field(default_factory=dict)
    unvalued: int = 0
    not_held: int = 0
    unreadable: int = 0
    other_month: int = 0
    reassigned: int = 0
    withdrawn: int = 0

    @property
    def key(self) -> tuple[str, str, int]:
        """What lines are ordered by."""
        return self.month, self.formation, ACTS.index(self.act)


@dataclass(frozen=True, slots=True)
class Return:
    """See the module. `formation` is the only one that was asked for, or empty; `months` the first and the last one;
    `held` a digest over the papers that were read; `unregistered` counts papers that were issued in these months
    without the register, and are in no line. Times in seconds.
    """

    origin: str
    block: int
    time: int
    size: int
    root: Digest
    formation: str
    months: tuple[str, str]
    offset: str
    held: str
    lines: tuple[Line, ...]
    unregistered: Mapping[str, int] = field(default_factory=dict)

    @property
    def begins(self) -> int:
        """The first second of the first month."""
        return begins(self.months[0], self.offset)

    @property
    def ends(self) -> int:
        """The first second after the last month."""
        return begins(next_month(self.months[1]), self.offset)

    @property
    def over(self) -> bool:
        """Whether the last month was over at the block: else more may come."""
        return self.time >= self.ends


def next_month(month: str) -> str:
    """The month after one."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def months_between(first: str, last: str) -> tuple[str, ...]:
    """Every month from the first to the last; `MonthInvalid` for what is no month, out of order, or too many."""
    for name, month in (("month", first), ("until", last)):
        if not re.fullmatch(_MONTH, month, re.ASCII) or month == "9999-12":
            raise MonthInvalid("a month is written like 2026-10", field=name)
    count = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    if not 1 <= count <= MOST_MONTHS:
        raise MonthInvalid(
            f"the last month follows the first, and there are at most {MOST_MONTHS}", field="until"
        )
    found = [first]
    while found[-1] != last:
        found.append(next_month(found[-1]))
    return tuple(found)


def zone(offset: str) -> timezone:
    """The zone of an offset from UTC (RFC 3339); `MonthInvalid` for another text."""
    if not re.fullmatch(_OFFSET, offset, re.ASCII):
        raise MonthInvalid("an offset from UTC is written like +05:00", field="offset")
    span = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    return timezone(-span if offset[0] == "-" else span)


def begins(month: str, offset: str) -> int:
    """The first second of a month by the clocks of a zone, in seconds since 1970."""
    return int(datetime(int(month[:4]), int(month[5:]), 1, tzinfo=zone(offset)).timestamp())


def month_of(time: int, offset: str) -> str:
    """The month in which a second lies by the clocks of a zone."""
    return (datetime.fromtimestamp(time, UTC).astimezone(zone(offset))).strftime("%Y-%m")


def members_of(told: Return) -> dict[str, Any]:
    """What is signed, as JSON members."""
    return {
        "format": FORMAT,
        "origin": told.origin,
        "block": told.block,
        "time": told.time,
        "size": told.size,
        "root": told.root.hex(),
        "formation": told.formation,
        "month": told.months[0],
        "until": told.months[1],
        "offset": told.offset,
        "begins": told.begins,
        "ends": told.ends,
        "over": told.over,
        "held": told.held,
        "lines": [line_members(one) for one in told.lines],
        "unregistered": dict(told.unregistered),
    }


def line_members(one: Line) -> dict[str, Any]:
    """One line as JSON members."""
    return {
        "month": one.month,
        "formation": one.formation,
        "parent": one.parent,
        "act": one.act,
        "things": one.things,
        "values": dict(one.values),
        "unvalued": one.unvalued,
        "notHeld": one.not_held,
        "unreadable": one.unreadable,
        "otherMonth": one.other_month,
        "reassigned": one.reassigned,
        "withdrawn": one.withdrawn,
    }


def sign_return(told: Return, signer: NoteSigner) -> bytes:
    """The file: the same return and key give the same bytes (Ed25519 is deterministic, RFC 8032).
    `ReturnTooLarge` if no reader would take it.
    """
    content = members_of(told)
    try:
        text = _text(canonicalise(content), told.origin)
        return canonicalise({**content, "note": Note(text, (signer.sign(text),)).encode().decode()})
    except JsonRefused as error:
        raise ReturnTooLarge("ask for fewer months, or for one formation", field="until") from error


def verify_return(data: bytes, trust: Trust) -> Return:
    """The return in a file that a key for standings has signed; raises an `EvidenceError`.

    One signature only: a second line would be a second byte string for the same meaning.
    """
    told, note_text, content = _parsed(data)
    note = parse_note(note_text.encode())
    if told.origin != trust.origin:
        raise ReturnInvalid("the return is of another log", field="/origin")
    if note.text != _text(content, told.origin):
        raise ReturnInvalid("what was signed is not this return", field="/note")
    if len(note.signatures) != 1:
        raise ReturnInvalid("a return has one signature", field="/note")
    must_be_signed(note, trust.status_keys)
    return told


def _parsed(data: bytes) -> tuple[Return, str, bytes]:
    """The return, its note, and the bytes that were to be signed; `ReturnInvalid` unless writing the file again gives
    the same bytes.
    """
    if len(data) > SIZE_AT_MOST:
        raise ReturnInvalid("the return is too large", field="")
    try:
        whole = parse(data)
        reader = JsonReader(whole, "")
        told, note = _read(reader), reader.text("note", r"(?s).{1,4096}")
    except JsonRefused as error:
        raise ReturnInvalid(f"this is no return: {error.message}", field=error.field) from error
    except (TrustInvalid, MonthInvalid) as error:
        raise ReturnInvalid(f"this is no return: {error.message}", field=error.field) from error
    content = members_of(told)
    if canonicalise({**content, "note": note}) != data:
        raise ReturnInvalid("the return is not in its one encoding", field="")
    return told, note, canonicalise(content)


def _read(told: JsonReader) -> Return:
    if told.text("format", ".*") != FORMAT:
        raise TrustInvalid("not of a version this verifier knows", field="/format")
    first, last = told.text("month", _MONTH), told.text("until", _MONTH)
    months = months_between(first, last)
    formation = told.text("formation", f"|{_CODE}")
    lines = tuple(_line(one) for one in told.objects("lines"))
    keys = [one.key for one in lines]
    if keys != sorted(set(keys)) or any(
        one.month not in months or (formation and one.formation != formation) for one in lines
    ):
        raise TrustInvalid("a line is not of what was asked, out of order or there twice", field="/lines")
    counted = told.object("unregistered")
    return Return(
        origin=told.text("origin", NAME.pattern),
        block=told.number("block", 0),
        time=told.number("time", 0),
        size=told.number("size", 0),
        root=Digest(bytes.fromhex(told.text("root", _HASH))),
        formation=formation,
        months=(first, last),
        offset=told.text("offset", _OFFSET),
        held=told.text("held", _HASH),
        lines=lines,
        unregistered={name: counted.number(name, 1) for name in counted.names(_TYPE)},
    )


def _line(told: JsonReader) -> Line:
    month = told.text("month", _MONTH)
    things, unvalued, not_held, unreadable, other, reassigned, withdrawn = (
        told.number(name, 0, MAX_UINT32) for name in _COUNTS
    )
    amounts = told.object("values")
    values = {name: amounts.text(name, _AMOUNT) for name in amounts.names(_CURRENCY)}
    valued, read = things - unvalued - not_held - unreadable, things - not_held - unreadable
    if valued < 0 or len(values) > valued or (valued and not values) or other > read or reassigned > things:
        raise TrustInvalid("the counts of a line do not fit together", field=told.at("things"))
    return Line(
        month,
        told.text("formation", _CODE),
        told.text("parent", f"|{_CODE}"),
        told.text("act", "|".join(ACTS)),
        things,
        values,
        unvalued,
        not_held,
        unreadable,
        other,
        reassigned,
        withdrawn,
    )


def _text(content: bytes, origin: str) -> str:
    return f"{HEADER}\n{origin}\n{base64.b64encode(sha256(content)).decode()}\n"


def currencies(lines: Sequence[Line]) -> tuple[str, ...]:
    """Every currency that a value is in, in order."""
    return tuple(sorted({name for one in lines for name in one.values}))
