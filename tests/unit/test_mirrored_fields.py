"""Which fields of a declaration flow is the agreement's to say; without its word, the list that the guide shows."""

import re
from pathlib import Path

from sanad_node import types
from sanad_node.exchange.asking import _grant
from sanad_node.exchange.contents import MATCHED
from sanad_node.types import pointers
from sanad_node.wire.exchange import GrantRequest
from sanad_verifier.json_profile import parse

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


def test_every_field_of_the_list_is_one_of_a_declaration() -> None:
    value = parse(types.get(GD).read_sample())
    assert [pattern for pattern in MATCHED[GD] if not list(pointers.find(value, pattern))] == []
