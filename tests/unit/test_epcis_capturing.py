"""What an EPCIS event asks to be recorded, and whose it is: a good event, with one thing changed each time."""

from decimal import Decimal
from typing import Any

import pytest

from sanad_node.epcis import capturing
from sanad_node.epcis.capturing import EventNotTaken, NotYourEvent, PartyUnknown, QuantityUnclear
from sanad_node.epcis.event_hash import namespaces
from sanad_node.epcis.vocabulary import CONTEXT

SPACES = namespaces(list(CONTEXT))
SEEN: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-28T09:00:00+05:00",
    "eventTimeZoneOffset": "+05:00",
    "epcList": ["urn:epc:id:bic:MSKU1234565"],
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "disposition": "damaged",
}


def read(**changed: Any) -> capturing.Intent:
    return capturing.read({**SEEN, **changed}, SPACES, {}, "CELL")


def test_an_officers_look_is_taken_as_it_is_told() -> None:
    intent = read()
    assert (intent.act, intent.stated["condition"], intent.entry) == ("inspect", "damaged", None)


@pytest.mark.parametrize(
    "step",
    ["inspecting", "holding", "accepting", "shipping", "receiving", "void_shipping"],
)
def test_an_event_that_says_it_is_anothers_is_not_ones_own(step: str) -> None:
    own = {"bizStep": step, "sanad:reason": "court-order", "disposition": "in_progress", "destinationList": [
        {"type": "possessing_party", "destination": "urn:sanad:formation:CELL"}]}  # fmt: skip
    assert read(**own, **{"sanad:by": "urn:sanad:formation:CELL"}).act
    with pytest.raises(NotYourEvent) as refused:
        read(**own, **{"sanad:by": "urn:sanad:formation:YARD"})
    assert refused.value.field == "/sanad:by"


def test_an_error_declaration_of_anothers_event_is_not_ones_own() -> None:
    wrong = {"errorDeclaration": {"declarationTime": "2026-11-28T10:00:00Z", "reason": "did_not_occur"}}
    assert read(**wrong, **{"sanad:by": "urn:sanad:formation:CELL"}).act == "error"
    with pytest.raises(NotYourEvent):
        read(**wrong, **{"sanad:by": "urn:sanad:formation:YARD"})


@pytest.mark.parametrize("by", ["CELL", "", 7, ["urn:sanad:formation:CELL"], "urn:sanad:formation:cell"])
def test_who_it_is_by_is_said_clearly_or_not_at_all(by: object) -> None:
    with pytest.raises(PartyUnknown):
        read(**{"sanad:by": by})


@pytest.mark.parametrize("entry", [-1, True, "7", 2**53, Decimal("1.5"), None])
def test_an_entry_is_a_number_of_the_log(entry: object) -> None:
    assert read(**{"sanad:entry": 7}).entry == 7
    assert read(**{"sanad:entry": entry}).entry is None


def test_a_count_that_differs_is_told_by_the_count_and_not_guessed() -> None:
    counted = [{"epcClass": "urn:x:cartons", "quantity": 430}]
    intent = read(disposition="mismatch_quantity", quantityList=counted)
    assert (intent.stated["condition"], intent.stated["quantity"]) == ("", 430)
    with pytest.raises(QuantityUnclear):
        read(disposition="mismatch_quantity")


def test_readings_are_not_taken_from_an_event() -> None:
    with pytest.raises(EventNotTaken):
        read(bizStep="sensor_reporting")
