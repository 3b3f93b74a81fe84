"""The office, key and scope by which a document was issued are shown by the log itself, or the bundle is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sanad_testkit.evidence import KEY, NOW, OFFICE
from sanad_testkit.registry_scene import DIFFERENT, RECEIPT_AT, REFUSED, RegisteredScene, office, scope
from sanad_testkit.vectors import FOLDER
from sanad_verifier.bundle import pack, unpack
from sanad_verifier.entries import Kind, Window
from sanad_verifier.errors import EvidenceError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import decode_base64
from sanad_verifier.registry import Issuer, RegistryInvalid, parse_registry, verify_registry
from sanad_verifier.trust import parse_trust
from sanad_verifier.verdict import Overall

SCENE = RegisteredScene()
TRUST = SCENE.trust()
NAMELESS = replace(TRUST, formations={})
FACTS = SCENE.registry()
VECTORS: dict[str, Any] = json.loads((FOLDER / "registries.json").read_text("utf-8"))


def test_an_office_that_the_trust_file_does_not_know_is_called_as_the_log_calls_it() -> None:
    report = examine_bundle(SCENE.bundle(), NAMELESS, NOW)
    assert (report.overall, report.issuer) == (Overall.AUTHENTIC, "KAPW-AUC")
    assert "by the office, key and scope of entries 0, 1 and 2" in report.authority.sentence
    without = pack(replace(SCENE.parts(), registry=None))
    assert examine_bundle(without, NAMELESS, NOW).issuer == f"formation {OFFICE}"
    assert examine_bundle(without, NAMELESS, NOW).overall is Overall.AUTHENTIC


def test_the_facts_are_read_back_as_written_and_name_the_issuer() -> None:
    assert parse_registry(FACTS.encode()) == FACTS
    act = SCENE.entries[RECEIPT_AT]
    told = verify_registry(FACTS, act, RECEIPT_AT, SCENE.size, SCENE.tree.root)
    assert told == Issuer("KAPW-AUC", "AUCTION", {Kind.FORMATION: 0, Kind.KEY: 1, Kind.SCOPE: 2})
    assert act.key == KEY


@pytest.mark.parametrize("name", REFUSED)
def test_facts_of_something_else_are_refused_whoever_reads_them(name: str) -> None:
    for trust in (TRUST, NAMELESS):
        report = examine_bundle(REFUSED[name], trust, NOW)
        if trust is NAMELESS and name == "an office that the trust file calls otherwise":
            assert (report.overall, report.issuer) == (Overall.AUTHENTIC, "KAPW-XXX")
        else:
            assert report.overall is Overall.REFUSED


def test_only_the_difference_is_what_is_refused() -> None:
    for one in DIFFERENT.values():
        assert (
            examine_bundle(pack(replace(one.parts(), registry=None)), TRUST, NOW).overall is Overall.AUTHENTIC
        )


def test_a_scope_or_office_that_ends_after_the_act_was_enough_for_it() -> None:
    act = SCENE.entries[RECEIPT_AT]
    for end, overall in ((act.time + 1, Overall.AUTHENTIC), (act.time, Overall.REFUSED)):
        window = Window(act.time, end) if end > act.time else Window(1, end)
        for made in (
            RegisteredScene(scope=scope(window=window)),
            RegisteredScene(office=office(window=window)),
        ):
            assert examine_bundle(made.bundle(), TRUST, NOW).overall is overall


@pytest.mark.parametrize(
    "told",
    [
        [], {}, {"entries": {}}, {"entries": [1, 2, 3]}, {"entries": [], "more": 1},
        {"entries": [{"entry": "", "index": 0, "path": []}] * 3},
        {"entries": [{"entry": "AAAA", "index": at, "path": []} for at in range(3)]},
        {"entries": [{"entry": 7, "index": at, "path": []} for at in range(3)]},
        {"entries": [{"entry": "A" * 300, "index": -1, "path": []} for _ in range(3)]},
        {"entries": [{"entry": "A" * 300, "index": True, "path": [7]} for _ in range(3)]},
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(told: object) -> None:
    with pytest.raises(RegistryInvalid):
        parse_registry(canonicalise(told))


@pytest.mark.parametrize("data", [b"", b"x", b"null", b"\xff", bytes(1 << 17)])
def test_bytes_that_are_no_such_file_are_refused(data: bytes) -> None:
    with pytest.raises(RegistryInvalid):
        parse_registry(data)


def test_no_changed_bit_of_the_facts_is_believed() -> None:
    parts, seen = SCENE.parts(), 0
    data = parts.registry or b""
    for at in range(len(data)):
        changed = bytes([*data[:at], data[at] ^ 1 << at % 7, *data[at + 1 :]])
        report = examine_bundle(pack(replace(parts, registry=changed)), NAMELESS, NOW)
        assert report.overall is Overall.REFUSED, at
        seen += 1
    assert seen == len(data) > 1000
    assert unpack(SCENE.bundle()).registry == data


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_vectors_of_registry_facts(case: dict[str, Any]) -> None:
    bundle = decode_base64(case["bundle"], "bundle")
    for name, told in VECTORS["trusts"].items():
        report = examine_bundle(bundle, parse_trust(told.encode()), VECTORS["at"])
        assert case[name] == {
            "verdict": report.overall.value,
            "issuer": report.issuer,
            "intact": report.intact.reason,
            "authority": report.authority.reason,
        }


def test_an_act_before_its_own_registration_is_not_one() -> None:
    act = SCENE.entries[RECEIPT_AT]
    with pytest.raises(EvidenceError):
        verify_registry(FACTS, act, 2, SCENE.size, SCENE.tree.root)
