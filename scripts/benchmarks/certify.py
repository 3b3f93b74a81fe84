"""Certifying: digests of whole documents, and salted field roots. 2 KB JSON documents of 64 fields."""

import hashlib
import json
import secrets

import rfc8785

from benchmarks.report import Report, rate
from sanad_verifier.documents import digest_json
from sanad_verifier.fields import field_root
from sanad_verifier.json_profile import canonicalise, parse

FIELDS = 64
TRADETRUST_WRAP = 965.0
"""Documents a second that TradeTrust wraps in a batch of 10,000 (docs/reference/performance.md)."""


def documents(n: int) -> list[bytes]:
    """Canonical documents of about 2 KB, all different."""
    return [
        canonicalise({f"field{f:02d}": f"{i:06d}-{f:02d}-{'x' * 12}" for f in range(FIELDS)})
        for i in range(n)
    ]


def run(report: Report, n: int) -> None:
    """Measure whole-document digests and salted roots."""
    made = documents(n)
    size = len(made[0])
    raw = rate(n, lambda i: hashlib.sha256(made[i]).digest())
    standard = rate(min(n, 2000), lambda i: hashlib.sha256(rfc8785.dumps(json.loads(made[i]))).digest())
    whole = rate(n, lambda i: digest_json(made[i]))
    report.add(
        "certify_whole",
        whole,
        "documents/s",
        n,
        standard,
        f"json + rfc8785 + SHA-256 of the same {size} bytes",
    )
    report.add("certify_whole_of_sha256", whole, "documents/s", n, raw, "SHA-256 of the same bytes alone")
    spaced = [json.dumps(json.loads(document), indent=1).encode() for document in made[: n // 4]]
    report.add(
        "certify_whole_not_canonical",
        rate(len(spaced), lambda i: digest_json(spaced[i])),
        "documents/s",
        len(spaced),
        standard,
        "json + rfc8785 + SHA-256",
    )
    values, seed = [parse(document) for document in made[: n // 4]], secrets.token_bytes(32)
    salted = rate(len(values), lambda i: field_root(values[i], seed))
    report.add(
        "certify_salted", salted, "documents/s", len(values), TRADETRUST_WRAP, "TradeTrust wrap, published"
    )
