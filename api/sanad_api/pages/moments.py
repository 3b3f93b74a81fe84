"""When was that? A time in Greenwich, in Karachi, and how long ago.

The absolute time is what counts; the age is for people, and in the singular where there is one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from sanad_api.pages.words import Words

PKT = timezone(timedelta(hours=5), "PKT")
LATEST = 253402300799  # the last second of the year 9999
_UNITS = (
    ("year", 365 * 86400),
    ("month", 30 * 86400),
    ("day", 86400),
    ("hour", 3600),
    ("minute", 60),
)
SKEW = 60
"""Seconds by which clocks may differ before something is said to be in the future."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as a page shows it."""

    iso: str
    utc: str
    pkt: str
    age: str


def moment(seconds: int, now: int, words: Words) -> Moment | None:
    """The time of some seconds since 1970; None for 0, which stands for none."""
    if not 0 < seconds <= LATEST - 86400:
        return None
    there = datetime.fromtimestamp(seconds, UTC)
    return Moment(
        there.strftime("%Y-%m-%dT%H:%M:%SZ"),
        there.strftime("%Y-%m-%d %H:%M UTC"),
        there.astimezone(PKT).strftime("%Y-%m-%d %H:%M PKT"),
        age(now - seconds, words),
    )


def age(seconds: int, words: Words) -> str:
    """How long ago, in the largest unit that fits at least once."""
    return words("age.ahead") if seconds < -SKEW else span("age", seconds, words)


def span(family: str, seconds: int, words: Words) -> str:
    """A time in the words of a family, in the largest unit that fits at least once; `FAMILY.now` below a minute."""
    for unit, size in _UNITS:
        if seconds >= size:
            return words.count(f"{family}.{unit}", seconds // size)
    return words(f"{family}.now")
