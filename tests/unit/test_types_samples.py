"""The sample dossier is a story that holds together: every document valid, every reference resolved, every
act in scope.
"""

import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sanad_node import samples
from sanad_node.types import check, get, references_of, registry, subjects_of

ACTS = {
    "ISSUE", "ISSUE_BATCH", "SUSPEND", "REINSTATE", "SUPERSEDE", "REVOKE",
    "REGISTER", "SHIP", "RECEIVE", "REFUSE", "HOLD", "LIFT", "RECALL",
    "OPEN", "AMEND", "DRAW", "RETURN", "RELEASE",
}  # fmt: skip
KINDS = {
    "CUSTOMS",
    "BANK",
    "CARRIER",
    "AUCTION",
    "WAREHOUSE",
    "LABORATORY",
    "EXCISE",
    "COURT",
    "AGENCY",
    "TRADER",
}
CONDITIONS = {
    "not stated",
    "good",
    "damaged",
    "short",
    "excess",
    "seal broken",
    "seal changed",
    "wrong goods",
}


def _read(name: str) -> Any:
    return json.loads((samples.FOLDER / name).read_bytes())


def _bytes(name: str) -> bytes:
    return samples.FOLDER.joinpath(*name.split("/")).read_bytes()


FORMATIONS = {formation["code"]: formation for formation in _read("formations.json")}
DOSSIER = _read("dossier.json")


def _may(formation: str, act: str, doc_type: str) -> bool:
    return any(s["type"] == doc_type and act in s["acts"] for s in FORMATIONS[formation]["scopes"])


def test_formations_have_names_in_both_languages_known_kinds_and_known_acts() -> None:
    for formation in FORMATIONS.values():
        assert formation["name"]["en"].isascii()
        assert formation["name"]["ur"]
        assert formation["kind"] in KINDS
        assert formation.get("parent", formation["code"]) in FORMATIONS
        for scope in formation["scopes"]:
            assert set(scope["acts"]) <= ACTS
            assert scope["type"] in {*registry(), "CONTAINER", "VEHICLE", "LOT"}


@pytest.mark.parametrize("entry", DOSSIER, ids=lambda entry: str(entry["file"]))
def test_every_document_of_the_dossier_is_valid_and_its_issuer_may_issue_it(entry: dict[str, str]) -> None:
    kind = get(entry["type"])
    document = check(kind, _bytes(entry["file"]), number=entry.get("number"))
    assert document.number
    assert _may(entry["as"], "ISSUE", entry["type"])
    assert not kind.issuers or FORMATIONS[entry["as"]]["kind"] in kind.issuers
    if "supersedes" in entry:
        old = check(kind, _bytes(entry["supersedes"]))
        assert (old.number, _may(entry["as"], "SUPERSEDE", entry["type"])) == (document.number, True)
        assert old.digest != document.digest


def test_every_reference_leads_to_a_document_of_the_dossier() -> None:
    documents = [check(get(e["type"]), _bytes(e["file"]), number=e.get("number")) for e in DOSSIER]
    known = {(d.type.name, d.number) for d in documents}
    references = [r for d in documents for r in references_of(d)]
    assert len(references) >= 10
    assert all(any((name, r.number) in known for name in r.types) for r in references)


def _steps() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for consignment in _read("consignments.json"):
        for step in consignment["steps"]:
            yield consignment, step


def test_every_hand_over_is_by_the_holder_to_a_taker_that_may_take_it() -> None:
    for consignment in _read("consignments.json"):
        holder = taker = None
        for step in consignment["steps"]:
            assert _may(step["as"], step["act"].upper(), consignment["kind"]), step
            match step["act"]:
                case "register":
                    assert holder is None
                    holder = step["as"]
                case "ship":
                    assert (step["as"], taker) == (holder, None)
                    taker = step["to"]
                    assert taker != holder
                case "receive":
                    assert step["as"] == taker
                    holder, taker = taker, None
                case "refuse":
                    assert step["as"] == taker
                    taker = None
                case act:
                    assert act in ("hold", "lift")
        assert taker is None


def test_conditions_places_and_evidence_of_the_steps_are_known() -> None:
    for _, step in _steps():
        assert step.get("condition", "good") in CONDITIONS
        assert step.get("place", "PKKHI") in {"PKKHI", "PKLYP"}
        if "evidence" in step:
            assert _bytes(step["evidence"])
    assert any(step["act"] == "refuse" and step["condition"] == "short" for _, step in _steps())


def test_a_consignment_is_the_subject_of_its_documents() -> None:
    kinds = {entry["file"]: entry["type"] for entry in DOSSIER}
    for consignment in _read("consignments.json"):
        for name in consignment["documents"]:
            texts = {s.text for s in subjects_of(check(get(kinds[name]), _bytes(name)))}
            assert consignment["reference"] in texts


def test_the_amounts_of_the_dossier_add_up() -> None:
    for entry in DOSSIER:
        value = check(get(entry["type"]), _bytes(entry["file"]), number=entry.get("number")).value or {}
        lines = value.get("items") or value.get("itemInformation") or value.get("itemsShipped") or []
        price = {"totalValue", "lineTotal"}
        totals = [Decimal(line[name]) for line in lines for name in price & line.keys()]
        for line in lines:
            (total,) = (Decimal(line[name]) for name in price & line.keys())
            assert Decimal(line["quantity"]) * Decimal(line["unitPrice"]) == total
        for whole in {"totalDeclaredValue", "financialInstrumentValue", "totalPaymentDue"} & value.keys():
            assert sum(totals) == Decimal(value[whole])


def test_the_folder_of_invoices_is_valid() -> None:
    files = sorted((samples.FOLDER / "batches" / "invoices").iterdir(), key=lambda f: f.name)
    assert len({check(get("COMMERCIAL_INVOICE"), f.read_bytes()).number for f in files}) == len(files) == 5


def test_the_picture_is_a_png_and_the_pdf_has_a_true_cross_reference_table() -> None:
    png = _bytes("dossier/09-examination-photo.png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds = 8, []
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        assert zlib.crc32(png[at + 4 : at + 8 + size]) == int.from_bytes(png[at + 8 + size : at + 12 + size])
        kinds.append(kind)
        at += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    pdf = _bytes("dossier/10-packing-list.pdf")
    start = int(pdf.split(b"startxref\n")[1].split()[0])
    assert pdf[start:].startswith(b"xref\n0 6\n")
    for number, line in enumerate(pdf[start:].split(b"\n")[3:8], start=1):
        assert pdf[int(line[:10]) :].startswith(b"%d 0 obj" % number)


def test_every_sample_file_is_named_in_the_readme_with_its_licence() -> None:
    readme = (samples.FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("| `")]
    assert all("Apache-2.0" in row or "W3C" in row for row in rows)
    for entry in DOSSIER:
        assert f"| `{entry['file']}` |" in readme
