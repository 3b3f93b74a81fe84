"""The generated pages are what the program says of itself, and every error can be looked up."""

import json
from importlib.resources import files

import pytest

import generate_cli_reference as cli
import generate_error_reference as errors
import generate_findings_reference as findings
import generate_ways_reference as ways
from sanad_node.pipeline.refusals import WORDS, code_of


@pytest.mark.parametrize(
    "generator", [cli, errors, findings, ways], ids=["cli.md", "errors.md", "findings.md", "ways-in.md"]
)
def test_a_generated_page_is_current(generator: object) -> None:
    assert generator.PAGE.read_text() == generator.page(), "renew it with the script named on it"  # type: ignore[attr-defined]


def test_every_error_class_says_what_it_means() -> None:
    assert list(errors.undocumented()) == []


def test_a_code_stands_for_one_thing_unless_a_class_narrows_another() -> None:
    by_code: dict[str, list[type]] = {}
    for cls in errors.classes():
        by_code.setdefault(cls.code, []).append(cls)
    shared = {"BUNDLE_INVALID"}  # a bundle, and the archive that it is
    for code, classes in by_code.items():
        related = all(issubclass(a, b) or issubclass(b, a) for a in classes for b in classes)
        assert related or code in shared, (code, classes)


def test_every_refusal_of_the_contracts_has_a_sentence_and_every_sentence_a_refusal() -> None:
    declared = set()
    for name in ("Consortium", "Formations", "Ledger", "Register", "Drawdown", "Titles", "Custody"):
        artifact = json.loads((files("sanad_node.contracts") / "artifacts" / f"{name}.json").read_bytes())
        declared |= {entry["name"] for entry in artifact["abi"] if entry["type"] == "error"}
    assert declared == set(WORDS)


def test_names_of_refusals_become_codes() -> None:
    assert code_of("LedgerNotTheIssuer") == "LEDGER_NOT_THE_ISSUER"
    assert code_of("ECDSAInvalidSignatureS") == "ECDSA_INVALID_SIGNATURE_S"
