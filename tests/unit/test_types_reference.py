"""The reference page says what the folders say, and every type keeps the rules that the how-to gives."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sanad_node.types import get, registry
from sanad_node.types.pointers import split
from sanad_node.types.schemas import kind_at, schema_of

ROOT = Path(__file__).parent.parent.parent
SALTED = [name for name, kind in registry().items() if kind.salted]


def test_the_reference_page_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "generate_type_reference.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run scripts/generate_type_reference.py"


def test_the_how_to_names_every_member_of_a_type() -> None:
    page = (ROOT / "docs" / "howto" / "add-a-document-type.md").read_text(encoding="utf-8")
    for member in json.loads((get("GOODS_DECLARATION").folder / "type.json").read_bytes()):
        assert f"`{member}`" in page


def _subschemas(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for below in node.values():
            yield from _subschemas(below)
    elif isinstance(node, list):
        for below in node:
            yield from _subschemas(below)


@pytest.mark.parametrize("name", SALTED)
def test_a_type_of_our_own_is_strict_and_bounded(name: str) -> None:
    told = [node for node in _subschemas(schema_of(get(name))) if isinstance(node.get("type"), str)]
    assert {node["type"] for node in told} <= {"object", "array", "string"}
    for node in told:
        match node["type"]:
            case "object":
                assert node["additionalProperties"] is False
            case "array":
                assert node["maxItems"] <= 500
            case _ if "schema" not in node:
                assert node.get("maxLength", 0) > 0 or node == {"type": "string"}
    unbounded = [node for node in told if node == {"type": "string"}]
    assert len(unbounded) <= 1  # `schema` of the shared body, which each type fixes by a const


@pytest.mark.parametrize("name", [n for n, kind in registry().items() if kind.form == "json"])
def test_every_pointer_of_a_type_leads_to_a_single_value_of_its_schema(name: str) -> None:
    kind = get(name)
    told = [*kind.key, *(s.pointer for s in kind.subjects)]
    told += [p.pointer for p in kind.printed if not p.columns]
    told += [p.pointer + column.pointer for p in kind.printed for column in p.columns]
    told += [reference.at + part for reference in kind.references for part in reference.number]
    told += [reference.at + reference.type_from for reference in kind.references if reference.type_from]
    drawn = [(one.at, part) for one in kind.references for part in (one.drawn, one.drawn_unit) if part]
    told += [at + part for at, part in drawn]
    if kind.instrument is not None:
        told += [kind.instrument.total, kind.instrument.code, kind.instrument.expires]
    for pointer in told:
        segments = tuple("0" if segment == "*" else segment for segment in split(pointer))
        assert kind_at(kind, segments) is not None, pointer


def test_every_reference_has_as_many_parts_as_the_numbers_it_refers_to() -> None:
    for kind in registry().values():
        for reference in kind.references:
            assert all(len(get(name).key) == len(reference.number) for name in reference.types)


def test_no_personal_identifier_is_part_of_a_key() -> None:
    assert not any("cnic" in pointer.lower() for kind in registry().values() for pointer in kind.key)
