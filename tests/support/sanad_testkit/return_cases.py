"""Monthly returns that are as they were signed, and some that are not."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import NOW, Scene
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import EvidenceError
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import Note, NoteSigner, parse_note
from sanad_verifier.returns import PAKISTAN, Line, Return, members_of, month_of, sign_return, verify_return
from sanad_verifier.status_statement import status_key_name
from sanad_verifier.trust import encode_trust

SCENE = Scene()
TRUST = SCENE.trust()
MONTH = month_of(NOW, PAKISTAN)
LINES = (
    Line(MONTH, "KAPW", "", "seized", 3, {"PKR": "3760000.00"}, not_held=1, reassigned=1, withdrawn=2),
    Line(MONTH, "KAPW-AUC", "KAPW", "auctioned", 2, {"PKR": "5850000.00", "USD": "1200.5"}, other_month=2),
    Line(MONTH, "KAPW-SWH", "KAPW", "deposited", 2, {"PKR": "1880000.00"}, unvalued=1),
    Line(MONTH, "KAPW-SWH", "KAPW", "cleared", 1, {}, unreadable=1),
)
WHOLE = Return(
    origin=TRUST.origin,
    block=4711,
    time=NOW,
    size=31,
    root=Digest(sha256(b"root")),
    formation="",
    months=(MONTH, MONTH),
    offset=PAKISTAN,
    held=sha256(b"").hex(),
    lines=LINES,
    unregistered={"GATE_PASS": 2},
)
NIL = tuple(
    Line(MONTH, "KAPW-SWH", "KAPW", act, 0) for act in ("seized", "deposited", "auctioned", "cleared")
)
RETURNS = {
    "of all formations": WHOLE,
    "of one formation that did nothing": replace(WHOLE, formation="KAPW-SWH", lines=NIL, unregistered={}),
    "of three months in UTC, from a node that follows a mirror": replace(
        WHOLE, block=0, offset="+00:00", months=("2026-08", "2026-10"), lines=()
    ),
}
SIGNED = sign_return(WHOLE, SCENE.status)


def resigned(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A return that says something else, signed by the node all the same."""
    told = members_of(WHOLE)
    change(told)
    origin = told.get("origin", TRUST.origin)
    mark = b64encode(sha256(canonicalise(told))).decode()
    text = f"sanad.return/v1\n{origin}\n{mark}\n"
    note = Note(text, (SCENE.status.sign(text),)).encode().decode()
    return canonicalise({**told, "note": note})


def _changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    told = json.loads(SIGNED)
    change(told)
    return canonicalise(told)


def _line(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda told: told["lines"][0].update(members)


def _signed_twice(told: dict[str, Any]) -> None:
    note = parse_note(told["note"].encode())
    other = NoteSigner("another", bytes(32)).sign(note.text)
    told["note"] = Note(note.text, (*note.signatures, other)).encode().decode()


STRANGER = NoteSigner(status_key_name(TRUST.origin), bytes(range(32)))
REFUSED: dict[str, bytes] = {
    "one thing more": _changed(_line(things=4)),
    "another month over": _changed(lambda told: told.update(over=not told["over"])),
    "another block": _changed(lambda told: told.update(block=4712)),
    "a line less": _changed(lambda told: told["lines"].pop()),
    "the note of another statement": _changed(
        lambda told: told.update(note=told["note"].replace("sanad.return/v1", "sanad.pack/v1"))
    ),
    "signed twice": _changed(_signed_twice),
    "no note": _changed(lambda told: told.pop("note")),
    "by a key that nobody trusts": sign_return(WHOLE, STRANGER),
    "by the key of checkpoints": sign_return(WHOLE, SCENE.log),
    "of another log": resigned(lambda told: told.update(origin="another/log")),
    "an unknown member": resigned(lambda told: told.update(more=1)),
    "another version": resigned(lambda told: told.update(format="urn:sanad:return:2")),
    "a time that is not of its month": resigned(lambda told: told.update(begins=told["begins"] + 1)),
    "more unknown than there are": resigned(_line(notHeld=4)),
    "more reassigned than there are": resigned(_line(reassigned=4)),
    "a value of nothing": resigned(_line(things=1, notHeld=1)),
    "no value of what was read": resigned(_line(values={})),
    "an amount with a sign": resigned(_line(values={"PKR": "-1"})),
    "an amount with an exponent": resigned(_line(values={"PKR": "1e6"})),
    "a formula as a currency": resigned(_line(values={"=1+": "1"})),
    "an act that there is none of": resigned(_line(act="burnt")),
    "lines out of order": resigned(lambda told: told["lines"].reverse()),
    "a line twice": resigned(lambda told: told["lines"].insert(0, told["lines"][0])),
    "a line of another month": resigned(_line(month="2020-01")),
    "a line of another formation": resigned(lambda told: told.update(formation="KAPE")),
    "months out of order": resigned(lambda told: told.update(until="2020-01")),
    "more months than there may be": resigned(lambda told: told.update(month="2020-01")),
    "a month that there is none of": resigned(lambda told: told.update(month="2026-13")),
    "a number as a text": resigned(_line(things="3")),
    "spaces": SIGNED.replace(b",", b", ", 1),
    "a line feed at the end": SIGNED + b"\n",
    "a member twice": SIGNED.replace(b'"block":4711,', b'"block":4711,"block":4711,', 1),
    "cut off": SIGNED[:-1],
    "nothing": b"",
    "a list": b"[]",
}


def told() -> dict[str, Any]:
    """The vectors: a trust file, and returns with what they say or the code of the refusal."""
    good = {name: sign_return(one, SCENE.status) for name, one in RETURNS.items()}
    return {
        "trust": encode_trust(TRUST).decode(),
        "returns": [_case(name, data) for name, data in (good | REFUSED).items()],
    }


def _case(name: str, data: bytes) -> dict[str, Any]:
    case: dict[str, Any] = {"name": name, "file": b64encode(data).decode()}
    try:
        found = verify_return(data, TRUST)
    except EvidenceError as error:
        return {**case, "code": error.code}
    return {**case, "says": members_of(found)}
