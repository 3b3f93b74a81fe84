"""The time that a reader's clock cannot be before: a file remembers when the newest checkpoint was cosigned that the
reader ever met (docs/spec/clock.md).

A clock that was set back, or that forgot the time with its battery, makes old evidence look new. What members cosigned
later than that says so.
"""

from dataclasses import replace

from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import NAME
from sanad_verifier.trust import Trust
from sanad_verifier.trust_reading import JsonReader, TrustInvalid

SCHEMA = "urn:sanad:clock:1"
SIZE_AT_MOST = 1024


class ClockInvalid(InputError):
    """The file does not remember a time, or one of another network."""

    code = "CLOCK_INVALID"


def remembering(trust: Trust, data: bytes) -> Trust:
    """The trust of a reader who remembers what is in `data`; `ClockInvalid`."""
    return replace(trust, seen=_seen(data, trust.origin))


def remembered(trust: Trust, seen: int) -> bytes | None:
    """What to remember after a checkpoint cosigned at `seen` (seconds) was met; None if that is nothing new."""
    if seen <= trust.seen:
        return None
    return canonicalise({"schema": SCHEMA, "origin": trust.origin, "seen": seen})


def _seen(data: bytes, origin: str) -> int:
    try:
        told = parse(data)
        members = JsonReader(told, "")
        seen = members.number("seen", 1)
        whose = members.text("origin", NAME.pattern)
        if canonicalise({"schema": SCHEMA, "origin": whose, "seen": seen}) != data:
            raise ClockInvalid("the file is not in its one encoding", field="--clock")
    except (JsonRefused, TrustInvalid) as error:
        raise ClockInvalid("the file remembers no time", field="--clock") from error
    if whose != origin:
        raise ClockInvalid("the file remembers a time of another network", field="--clock")
    return seen
