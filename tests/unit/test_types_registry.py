"""The registry reads what the folders say, and refuses a folder that does not say what it must."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sanad_node.types import UnknownType, get, registry
from sanad_node.types.registry import TypeDefinitionWrong, load_type

NAMES = [
    "AEO_CERTIFICATE",
    "ATTESTATION",
    "AUCTION_LOT",
    "AUCTION_RECEIPT",
    "BID_PAYMENT",
    "BILL_OF_LADING",
    "CERTIFICATE_OF_ORIGIN",
    "COMMERCIAL_INVOICE",
    "COURT_ORDER",
    "CREDENTIAL_EXTRACT",
    "DECLARATION_EXTRACT",
    "DELIVERY_ORDER",
    "EIF",
    "EVIDENCE",
    "FILE",
    "FORENSIC_REPORT",
    "FORM_E",
    "GATE_PASS",
    "GOODS_DECLARATION",
    "LABORATORY_REPORT",
    "LPCO",
    "PAYMENT_RECEIPT",
    "PSW_FI",
    "QUOTA_LICENCE",
    "SCAN_REPORT",
    "SEIZURE_REPORT",
    "STATUS_LIST",
    "STOCKTAKE",
    "VEHICLE_REGISTRATION",
    "WAREHOUSE_DEPOSIT",
]


def test_the_registry_has_the_types_of_the_catalogue_in_order() -> None:
    assert list(registry()) == NAMES


def test_an_unknown_type_is_refused_with_its_code() -> None:
    with pytest.raises(UnknownType) as refused:
        get("PASSPORT")
    assert refused.value.code == "UNKNOWN_TYPE"
    assert "PASSPORT" not in refused.value.message


@pytest.mark.parametrize("name", NAMES)
def test_every_label_is_there_in_both_languages(name: str) -> None:
    kind = get(name)
    words = [kind.title, kind.about, *(p.label for p in kind.printed)]
    words += [column.label for printed in kind.printed for column in printed.columns]
    assert all(text.en.strip() and text.ur.strip() for text in words)
    assert all(text.en.isascii() for text in words)
    assert all(any("\u0600" <= char <= "\u06ff" for char in text.ur) for text in words)


def test_all_types_load_within_50_ms_in_a_fresh_interpreter() -> None:
    code = (
        "import time; from sanad_node.types import registry; t = time.perf_counter(); registry();"
        "print(time.perf_counter() - t)"
    )
    best = min(
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(3)
    )
    assert best < 0.05


def _folder(tmp_path: Path, **changes: Any) -> Path:
    folder = tmp_path / "EIF"
    folder.mkdir()
    told = json.loads((get("EIF").folder / "type.json").read_text(encoding="utf-8"))
    told = {name: value for name, value in (told | changes).items() if value is not None}
    (folder / "type.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def test_a_folder_loads_as_it_stands_in_the_catalogue(tmp_path: Path) -> None:
    assert asdict(load_type(_folder(tmp_path))) == asdict(get("EIF"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": None}, "title"),
        ({"title": {"en": "only English"}}, "ur"),
        ({"version": "1"}, "version"),
        ({"version": True}, "version"),
        ({"form": "xml"}, "form"),
        ({"keyRule": "guess"}, "keyRule"),
        ({"key": []}, "key"),
        ({"key": [1]}, "key"),
        ({"name": "EIF2"}, "name"),
        ({"colour": "red"}, "colour"),
        ({"printed": [{"pointer": "/a", "label": {"en": "a", "ur": "ا"}, "width": 3}]}, "width"),
        ({"subjects": [{"kind": "ship", "pointer": "/a"}]}, "kind"),
        ({"references": ["/a"]}, "type.json"),
    ],
)
def test_a_type_with_one_member_wrong_is_refused(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(TypeDefinitionWrong) as refused:
        load_type(_folder(tmp_path, **changes))
    assert refused.value.field == field


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null"])
def test_an_unreadable_type_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = _folder(tmp_path)
    (folder / "type.json").write_bytes(content)
    with pytest.raises(TypeDefinitionWrong):
        load_type(folder)
    (folder / "type.json").unlink()
    with pytest.raises(TypeDefinitionWrong):
        load_type(folder)
