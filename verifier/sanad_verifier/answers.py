"""The answers that do not depend on how a document was proved: its standing, the thing it is about, the age of what
is known. Each is said into `Findings` (docs/explanation/verdict.md).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sanad_verifier.attestations import NEEDED
from sanad_verifier.codes import reason_words
from sanad_verifier.findings import Findings
from sanad_verifier.standings import LEGACY_TYPES
from sanad_verifier.subjects import normalise_subject
from sanad_verifier.trust import Limits, SubjectField, Trust
from sanad_verifier.verdict import Is

SKEW = 300
"""Seconds by which clocks may differ before a time in the future is not believed."""


class StateFacts(NamedTuple):
    """What is known of a document's standing: the state, a reason code (0 if it is not told), as of when (seconds),
    and what replaces it. `enough` if this alone says how old the knowledge of the document is.
    """

    state: str
    reason: int
    time: int
    replacement: str = ""
    enough: bool = False


STATES = {
    "active": (Is.YES, "it is in force"),
    "suspended": (Is.NO, "it is suspended"),
    "superseded": (Is.NO, "it was replaced by another document"),
    "consumed": (Is.NO, "it was used up"),
    "surrendered": (Is.NO, "it was surrendered to its issuer: it gives no claim to the goods any more"),
    "revoked": (Is.NO, "it was revoked"),
    "suspect": (Is.NO, "the key that issued it was declared compromised from before then"),
    "legacy": (Is.NOT_CHECKED, "it was recorded from older papers, not issued through the ledger"),
}


def say_suspect(found: Findings) -> None:
    """The key that issued it is not believed for that time."""
    found.facts["in_force"] = "suspect"
    found.say("state", Is.NO, "KEY_COMPROMISED", STATES["suspect"][1])


def say_state(facts: StateFacts, found: Findings, attested: tuple[str, ...] | None = None) -> None:
    """What the facts say of its standing. `attested`: the offices that attest a record taken over from older papers;
    None where nobody looked.
    """
    if facts.state not in STATES:
        found.say("state", Is.NO, "STATE_UNKNOWN", "it is in a state this verifier does not know")
        return
    legacy = facts.state == "active" and found.facts.get("doc_type") in LEGACY_TYPES
    if legacy and attested is not None and len(attested) >= NEEDED:
        found.facts.update(in_force="active", replaced_by=facts.replacement)
        found.say(
            "state", Is.YES, "RE_ATTESTED", f"{STATES['legacy'][1]}, and attested by {' and '.join(attested)}"
        )
        return
    state = "legacy" if legacy else facts.state
    answer, sentence = STATES[state]
    why = f": {reason_words(facts.reason)}" if facts.reason and answer is Is.NO else ""
    if legacy and attested is not None:
        sentence += (
            f"; attested by {attested[0]}, and one more office has to" if attested else "; attested by nobody"
        )
    found.facts.update(in_force=state, replaced_by=facts.replacement)
    found.say("state", answer, state.upper(), sentence + why)


def say_subject_open(fields: Sequence[SubjectField], found: Findings) -> None:
    """Nobody read a number off the thing: say which to compare, if documents of the type name any."""
    if fields:
        found.say("subject", Is.NOT_CHECKED, "SUBJECT_NOT_GIVEN", _to_compare(tuple(fields)))


@lru_cache(maxsize=64)  # the same for all documents of a type
def _to_compare(fields: tuple[SubjectField, ...]) -> str:
    kinds = ", ".join(sorted({f.kind for f in fields}))
    return f"compare it with the thing in front of you: {kinds}"


def say_subject(named: Sequence[tuple[str, str]], reading: str, *, all_named: bool, found: Findings) -> None:
    """Whether a number that was read is one of those named, which are all there are if `all_named`."""
    if not named:
        sentence = "the document at hand names no thing to compare with"
        found.say("subject", Is.NOT_CHECKED, "SUBJECT_NOT_NAMED", sentence)
    elif any(number == normalise_subject(kind, reading) for kind, number in named):
        say_matches(found)
    elif not all_named:
        sentence = "the fields shown name another thing, but the document may name more than is shown"
        found.say("subject", Is.NOT_CHECKED, "SUBJECT_NOT_SHOWN", sentence)
    else:
        say_differs(found)


def say_matches(found: Findings) -> None:
    """It is this thing."""
    found.say("subject", Is.YES, "SUBJECT_MATCHES", "it is about the thing in front of you")


def say_differs(found: Findings) -> None:
    """It is another thing."""
    found.say("subject", Is.NO, "SUBJECT_DIFFERS", "it is about another thing than the one in front of you")


def say_age(known: int, seen: int, now: int, trust: Trust, limits: Limits, found: Findings) -> None:
    """How old it is what is known as of `known`, at the time `now`; in seconds.

    `seen` is when the newest checkpoint at hand was cosigned. The clock is not believed to be before that, nor before
    the newest one that this reader has met: it only makes what is known older. Where it is behind by more than `SKEW`,
    nobody can tell how old what is not too old really is.
    """
    met = max(seen, trust.seen)
    found.facts.update(as_of=known, seen=met)
    clock = max(now, met)
    age = clock - known
    if trust.valid_until and clock >= trust.valid_until:
        since = _words(clock - trust.valid_until)
        sentence = f"the trust root ended {since} ago: get the one that follows it"
        found.say("freshness", Is.NO, "ROOT_EXPIRED", sentence)
    elif age > limits.usable_for:
        found.say("freshness", Is.NO, "TOO_OLD", f"known as of {_words(age)} ago, which is too long")
    elif now < max(met, known) - SKEW:
        found.say("freshness", Is.NOT_CHECKED, "CLOCK_BEHIND", "the clock here is behind the evidence")
    elif age <= limits.fresh_for:
        found.say("freshness", Is.YES, "FRESH", f"known as of {_words(age)} ago")
    else:
        found.say("freshness", Is.YES, "AGEING", f"known as of {_words(age)} ago: get newer evidence soon")


def _words(seconds: int) -> str:
    if seconds < 120:
        return f"{max(seconds, 0)} seconds"
    if seconds < 7200:
        return f"{seconds // 60} minutes"
    return f"{seconds // 3600} hours" if seconds < 172800 else f"{seconds // 86400} days"
