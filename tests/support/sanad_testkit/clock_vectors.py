"""What a reader remembers of time, and how old knowledge is by which clock (docs/spec/clock.md)."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import DAY, NOW, ORIGIN, Scene
from sanad_verifier.answers import SKEW, say_age
from sanad_verifier.clock import ClockInvalid, remembered, remembering
from sanad_verifier.findings import Findings
from sanad_verifier.trust import Limits, Trust

LIMITS = Limits(DAY, 7 * DAY)
FILES = {
    "a time that was met": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:1","seen":1790000000}}',
    "the first second there is": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:1","seen":1}}',
    "nothing": "",
    "another network": '{"origin":"simulated/other/7","schema":"urn:sanad:clock:1","seen":1790000000}',
    "another schema": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:2","seen":1790000000}}',
    "no time": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:1"}}',
    "a time of zero": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:1","seen":0}}',
    "a time as text": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:1","seen":"1790000000"}}',
    "another member": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:1","seen":1790000000,"x":1}}',
    "another order": f'{{"schema":"urn:sanad:clock:1","origin":"{ORIGIN}","seen":1790000000}}',
    "a line after it": f'{{"origin":"{ORIGIN}","schema":"urn:sanad:clock:1","seen":1790000000}}\n',
}
AGES = [
    (NOW, NOW, NOW, 0, 0),
    (NOW - DAY, NOW, NOW, 0, 0),
    (NOW - DAY - 1, NOW, NOW, 0, 0),
    (NOW - 7 * DAY, NOW, NOW, 0, 0),
    (NOW - 7 * DAY - 1, NOW, NOW, 0, 0),
    (NOW, NOW, NOW - SKEW, 0, 0),
    (NOW, NOW, NOW - SKEW - 1, 0, 0),
    (NOW, NOW, NOW, NOW + SKEW + 1, 0),
    (NOW - 7 * DAY, NOW, NOW - 7 * DAY, NOW + 1, 0),
    (NOW, NOW, NOW, 0, NOW + 1),
    (NOW, NOW, NOW, 0, NOW),
    (NOW, NOW, NOW - DAY, NOW, NOW),
]
"""As of when the evidence speaks, its newest cosignature, the clock, what was met before, when the trust root ends."""


def clocks() -> dict[str, Any]:
    """Files with the time that each remembers; ages with the answer to how fresh knowledge is."""
    trust = Scene().trust()
    return {
        "origin": ORIGIN,
        "files": [_file(name, text.encode(), trust) for name, text in FILES.items()],
        "limits": {"fresh": LIMITS.fresh_for, "usable": LIMITS.usable_for},
        "ages": [
            {
                "known": known,
                "seen": seen,
                "now": now,
                "met": met,
                "validUntil": until,
                **freshness(known, seen, now, replace(trust, seen=met, valid_until=until)),
            }
            for known, seen, now, met, until in AGES
        ],
    }


def _file(name: str, data: bytes, trust: Trust) -> dict[str, Any]:
    case: dict[str, Any] = {"name": name, "file": b64encode(data).decode()}
    try:
        known = remembering(trust, data)
    except ClockInvalid as error:
        return {**case, "code": error.code}
    assert remembered(trust, known.seen) == data
    return {**case, "seen": known.seen}


def freshness(known: int, seen: int, now: int, trust: Trust) -> dict[str, str]:
    """The answer, and its reason."""
    found = Findings()
    say_age(known, seen, now, trust, LIMITS, found)
    answer = found.answers["freshness"]
    return {"answer": answer.answer.value, "reason": answer.reason}
