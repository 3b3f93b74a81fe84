"""Which fields of a declaration flow is the agreement's to say; without its word, the list that the guide shows."""

import re
from pathlib import Path
from typing import Any

from sanad_node import types
from sanad_node.exchange.asking import _grant
from sanad_node.exchange.contents import ACDD, MATCHED
from sanad_node.types.schemas import schema_of
from sanad_node.wire.exchange import GrantRequest

GUIDE = Path(__file__).parents[2] / "docs/howto/exchange-data-with-a-partner.md"
GD = "GOODS_DECLARATION"


def granted(fields: list[str] | None) -> list[str]:
    asked = GrantRequest(sender="us", kind="mirror", types=[GD.lower()], fields=fields)
    return _grant(asked, 1, 2).fields


def test_the_guide_shows_the_list_that_is_taken_when_none_is_named() -> None:
    (shown,) = re.findall(r"```text\n(/gdType [^`]+)```", GUIDE.read_text("utf-8"))
    assert granted(None) == list(MATCHED[GD]) == shown.split()


def test_an_agreement_s_own_list_is_taken_as_it_is() -> None:
    assert granted(["/gdNumber", "/items/*/hsCode"]) == ["/gdNumber", "/items/*/hsCode"]


def places(schema: dict[str, Any], at: str = "") -> set[str]:
    """The pointers of all values that a schema has room for, and of the lists' elements."""
    if "properties" in schema:
        return {one for name, part in schema["properties"].items() for one in places(part, f"{at}/{name}")}
    if schema.get("type") == "array":
        return {f"{at}/*"} | places(schema["items"], f"{at}/*")
    return {at}


def test_every_field_of_the_list_is_one_of_a_declaration() -> None:
    assert set(MATCHED[GD]) <= places(schema_of(types.get(GD)))


def test_the_fifteen_fields_of_the_acdd_are_in_the_list() -> None:
    assert len(ACDD) == len(set(ACDD.values())) == 15
    elements = {"/items/*"}  # the place of an item is in the pointers of what is said of it
    assert set(ACDD.values()) - elements <= set(MATCHED[GD])
    assert set(ACDD.values()) <= places(schema_of(types.get(GD)))
