"""Which of four colours a state has: good, bad, old (mind the time), open (not known, on its way)."""

from typing import Literal

Tone = Literal["good", "bad", "open", "old"]

TONES: dict[str, Tone] = {
    # documents
    "active": "good",
    "suspended": "bad",
    "superseded": "old",
    "consumed": "old",
    "surrendered": "old",
    # bills of lading
    "surrendered-for-delivery": "old",
    "surrendered-for-amendment": "old",
    "delivered": "old",
    "amended": "old",
    "replaced": "old",
    "revoked": "bad",
    "suspect": "bad",
    "legacy": "open",
    "not-on-ledger": "open",
    # acts
    "accepted": "open",
    "signed": "open",
    "anchored": "open",
    "final": "good",
    "refused": "bad",
    # batches and their rows
    "waiting": "open",
    "running": "open",
    "done": "good",
    "failed": "bad",
    "promised": "open",
    "issued": "good",
    "invalid": "bad",
    # verdicts
    "authentic": "good",
    "unknown": "open",
    "stale": "old",
    "cannot-tell": "open",
    # answers
    "yes": "good",
    "no": "bad",
    "not-checked": "open",
}


def tone_of(code: str) -> Tone:
    """The tone of a state; of one that this version does not know, open."""
    return TONES.get(code, "open")
