"""What is remarkable about a paper that may be in order all the same.

A notice changes no verdict: a certificate may rightly be entered late, and every key is new once. Whoever decides
something by the paper is told, since a backdated certificate and an account made for one afternoon look like this.

Pure functions over times, in seconds since 1970, and dates as papers write them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

DAY = 86400
LATE_FROM = 2
"""Days from which on a paper is told to have been entered late: a date has no time and no zone, and papers of an
evening are entered the next day.
"""
NEW_FOR = 30
"""Days for which an office, a key or an account is new."""
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T.*)?")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is remarkable: a stable code, a sentence for people, and the days it is about."""

    code: str
    sentence: str
    days: int
    about: str = ""
    """Codes of the offices it is about, where there are any."""
    since: int = 0
    """From when it is so (seconds), where that is told."""


def of_date(entered: int, written: str) -> Notice | None:
    """What is to be told of a paper that bears this date and was entered on the ledger at this time. None for one of
    about the same day, and for what is no date.
    """
    match = _DATE.fullmatch(written)
    try:
        day = None if match is None else date.fromisoformat(match[1])
    except ValueError:
        day = None
    if day is None:
        return None
    late = (datetime.fromtimestamp(entered, UTC).date() - day).days
    if late >= LATE_FROM:
        return Notice("ANCHORED_LATE", f"it was entered {late} days after the date it bears ({day})", late)
    if late <= -LATE_FROM:
        return Notice("DATED_AHEAD", f"it bears a date {-late} days after it was entered ({day})", -late)
    return None


def of_power(acted: int, *, office: int, key: int, founded: int) -> Notice | None:
    """What is to be told of an act by an office and a key that were registered at these times, in a network founded at
    `founded`. While the network itself is new nobody is told to be: everything in it is.
    """
    if _is_new(acted, office, founded):
        days = (acted - office) // DAY
        return Notice("NEW_OFFICE", f"its office had been registered for {days} days", days)
    if _is_new(acted, key, founded):
        days = (acted - key) // DAY
        return Notice("NEW_KEY", f"the key that issued it had been registered for {days} days", days)
    return None


def of_account(acted: int, *, made: int, first: int) -> Notice | None:
    """What is to be told of an act that an account made at `made` asked for, on a node whose first account was made at
    `first`.
    """
    if not _is_new(acted, made, first):
        return None
    days = (acted - made) // DAY
    return Notice("NEW_ACCOUNT", f"the account that asked for it had existed for {days} days", days)


def of_office(codes: Sequence[str], since: int) -> Notice:
    """What is to be told of a paper whose office has given way to others by now."""
    named = " and ".join(codes)
    day = datetime.fromtimestamp(since, UTC).date()
    return Notice("OFFICE_SUCCEEDED", f"its office has been part of {named} since {day}", 0, named, since)


def of_declaration(stage: str, by: str, since: int) -> Notice:
    """What is to be told of a declaration on its way to the gate: the last stage, and who said it."""
    day = datetime.fromtimestamp(since, UTC).date()
    code, sentence = _STAGES[stage]
    return Notice(code, f"{sentence}, by {by} on {day}", 0, by, since)


_STAGES = {
    "assessed": ("DECLARATION_ASSESSED", "it was assessed"),
    "paid": ("DECLARATION_PAID", "its duty was recorded as paid"),
    "examined": ("DECLARATION_EXAMINED", "its goods were examined"),
    "out-of-charge": ("DECLARATION_OUT_OF_CHARGE", "its goods went out of charge"),
    "gate-out": ("DECLARATION_GATE_OUT", "its goods passed the gate"),
}


def of_hold(now: int, *, by: str, since: int, ordered: bool) -> Notice:
    """What is to be told of a thing on which an office put a hold at `since`, on a court's order or its own word."""
    days = max(now - since, 0) // DAY
    on = "on a court order" if ordered else "by its own decision"
    code = "ON_COURT_HOLD" if ordered else "ON_HOLD"
    return Notice(code, f"what it is about has been on hold by {by}, {on}, for {days} days", days)


def _is_new(acted: int, since: int, founded: int) -> bool:
    return acted - since < NEW_FOR * DAY and since - founded >= NEW_FOR * DAY
