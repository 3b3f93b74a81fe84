"""Attestations of older records: one counts if it is of that record, by another office, in that log; two are enough."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sanad_testkit.evidence import KEY, NOW, OFFICE, Scene
from sanad_verifier.attestations import (
    DOC_TYPE,
    AttestationDiffers,
    Attested,
    attestation,
    attestation_digest,
    verify_attestations,
)
from sanad_verifier.digests import Digest, hash_leaf, sha256
from sanad_verifier.entries import Entry, Kind, encode_entry
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import Levels
from sanad_verifier.notes import parse_note
from sanad_verifier.tlog_proof import TlogProof
from sanad_verifier.trust import Trust, TrustedFormation

SPEC = Path(__file__).parents[2] / "docs/spec/attestation.md"
RECORD = Attested(sha256(b"a record"), "DECLARATION_EXTRACT", "KAPW-AUC")
OTHERS = {5: "CELL", 6: "PORT"}
OTHER_KEY = bytes.fromhex("bb" * 20)


def entry(formation: int, doc_type: str, subject: Digest, key: bytes = OTHER_KEY) -> Entry:
    return Entry(Kind.ISSUE, key, formation, doc_type, subject, bytes(32), bytes(32), NOW)


@dataclass
class Log:
    """A log of a record and what is said of it."""

    record: Entry
    entries: list[Entry]

    def __post_init__(self) -> None:
        self.tree = Levels([hash_leaf(encode_entry(one)) for one in (self.record, *self.entries)])

    def proofs(self) -> list[TlogProof]:
        note = parse_note(Scene().checkpoint())
        return [
            TlogProof(one, None, place, self.tree.proof(place).path, note)
            for place, one in enumerate(self.entries, start=1)
        ]

    def told(self, trust: Trust, root: Digest | None = None) -> tuple[str, ...]:
        size = len(self.entries) + 1
        return verify_attestations(self.proofs(), RECORD, self.record, size, root or self.tree.root, trust)


def trust() -> Trust:
    formations = {number: TrustedFormation(number, code, "BANK") for number, code in OTHERS.items()}
    made = Scene().trust()
    return replace(made, formations={**made.formations, **formations})


def log(*entries: Entry) -> Log:
    return Log(entry(OFFICE, RECORD.doc_type, RECORD.digest, KEY), list(entries))


def honest(number: int = 5) -> Entry:
    return entry(number, DOC_TYPE, attestation_digest(RECORD, OTHERS[number]))


def test_two_offices_attest_and_each_counts_once() -> None:
    assert log(honest(5), honest(6)).told(trust()) == ("CELL", "PORT")
    assert log(honest(5), honest(5)).told(trust()) == ("CELL",)
    assert log().told(trust()) == ()


WRONG: dict[str, Callable[[], Entry]] = {
    "of-another-record": lambda: entry(
        5, DOC_TYPE, attestation_digest(replace(RECORD, digest=sha256(b"another")), "CELL")
    ),
    "of-another-issuer": lambda: entry(
        5, DOC_TYPE, attestation_digest(replace(RECORD, issuer="PORT"), "CELL")
    ),
    "in-another-office-s-name": lambda: entry(5, DOC_TYPE, attestation_digest(RECORD, "PORT")),
    "by-the-office-itself": lambda: entry(OFFICE, DOC_TYPE, attestation_digest(RECORD, "KAPW-AUC")),
    "by-an-office-nobody-knows": lambda: entry(9, DOC_TYPE, attestation_digest(RECORD, "CELL")),
    "of-another-type": lambda: entry(5, "FILE", attestation_digest(RECORD, "CELL")),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_with_one_thing_wrong_is_refused(name: str) -> None:
    with pytest.raises(AttestationDiffers) as error:
        log(honest(6), WRONG[name]()).told(trust())
    assert error.value.field == "attestations"


def test_one_of_another_log_is_refused() -> None:
    with pytest.raises(EvidenceError):
        log(honest()).told(trust(), root=sha256(b"another log"))


def test_one_by_a_key_that_was_stolen_before_does_not_count() -> None:
    assert log(honest()).told(replace(trust(), distrusted={OTHER_KEY: NOW + 1})) == ("CELL",)
    assert log(honest()).told(replace(trust(), distrusted={OTHER_KEY: NOW})) == ()


def test_the_example_of_the_specification() -> None:
    text = SPEC.read_text("utf-8")
    made = attestation(
        Attested(
            Digest(bytes.fromhex("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")),
            "DECLARATION_EXTRACT",
            "KAPE",
        ),
        "SNB-KHI-0001",
    )
    assert made.decode() in text
    assert f"`{sha256(made).hex()}`" in text
