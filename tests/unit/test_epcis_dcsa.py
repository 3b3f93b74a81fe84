"""DCSA's own track-and-trace events: which become a look at a container, and why the others are not taken."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.epcis import capturing, dcsa
from sanad_node.epcis.documents import EpcisInvalid
from sanad_verifier.errors import InputError, SanadError

VECTORS = Path(__file__).parents[1] / "vectors" / "dcsa-tnt"
NAMES = {"SMDG:EXCO": "SMPL-LINE"}
Event = dict[str, Any]


def raw(name: str) -> bytes:
    return (VECTORS / f"tnt-300-request-{name}.json").read_bytes()


def event(change: Callable[[Event], object] = lambda _: None) -> Event:
    told: Event = json.loads(raw("equipment"))["events"][0]
    change(told)
    return told


def test_a_container_that_was_loaded_is_a_look_at_it_where_it_was() -> None:
    ((made, spaces),) = dcsa.translated(raw("equipment"), NAMES, "SMPL-LINE")
    assert isinstance(made, dict)
    intent = capturing.read(made, spaces, NAMES, "SMPL-LINE")
    assert (intent.act, intent.container, intent.to) == ("inspect", "APZU4812090", "")
    assert (intent.stated["place"], intent.stated["condition"], intent.stated["seal"]) == ("NLRTM", "", "")
    assert (
        intent.stated["note"]
        == "DCSA event evt-equip-001-2026-01-20T14:15:00Z, LOAD, of 2026-01-20T14:15:00Z"
    )


def test_the_same_event_is_the_same_and_another_is_another() -> None:
    def identifier(one: Event) -> str:
        return capturing.read(dcsa.as_epcis(one, NAMES, "SMPL-LINE"), dcsa.SPACES, NAMES, "SMPL-LINE").event

    assert identifier(event()) == identifier(
        event(lambda e: e.update(eventUpdatedDateTime="2026-02-01T00:00:00Z"))
    )
    assert identifier(event()) != identifier(event(lambda e: e.update(eventID="evt-2")))


def test_a_container_that_was_sealed_anew_has_another_seal() -> None:
    def sealed(one: Event) -> None:
        one["eventClassification"]["equipmentEventTypeCode"] = "RSEA"
        one["equipmentDetails"]["seals"] = [{"number": "NSL13386", "source": "CUS"}]

    intent = capturing.read(dcsa.as_epcis(event(sealed), NAMES, "SMPL-LINE"), dcsa.SPACES, NAMES, "SMPL-LINE")
    assert (intent.stated["condition"], intent.stated["seal"]) == ("seal-changed", "NSL13386")


def test_a_place_told_by_coordinates_is_the_known_one_near_it() -> None:
    def near(one: Event) -> None:
        one["eventLocation"] = {"geoCoordinate": {"latitude": "24.86", "longitude": "67.01"}}

    intent = capturing.read(dcsa.as_epcis(event(near), NAMES, "SMPL-LINE"), dcsa.SPACES, NAMES, "SMPL-LINE")
    assert intent.stated["place"] == "PKKHI"


@pytest.mark.parametrize(("name", "field"), [
    ("transport", "/eventClassification/eventTypeCode"),
    ("iot", "/eventClassification/eventTypeCode"),
])  # fmt: skip
def test_events_of_ships_and_devices_are_not_taken(name: str, field: str) -> None:
    ((made, _),) = dcsa.translated(raw(name), NAMES, "SMPL-LINE")
    assert isinstance(made, InputError)
    assert (made.code, made.field) == ("EPCIS_EVENT_NOT_TAKEN", field)


def within(*path: str, value: object) -> Callable[[Event], object]:
    def change(one: Event) -> None:
        for step in path[:-1]:
            one = one[step]
        one[path[-1]] = value

    return change


@pytest.mark.parametrize(("change", "code", "field"), [
    pytest.param(within("eventClassification", "eventClassifierCode", value="EST"), "EPCIS_EVENT_NOT_TAKEN",
                 "/eventClassification/eventClassifierCode", id="estimate"),
    pytest.param(within("eventClassification", "equipmentEventTypeCode", value="FLY"), "EPCIS_EVENT_NOT_TAKEN",
                 "/eventClassification/equipmentEventTypeCode", id="code-nobody-knows"),
    pytest.param(within("eventRouting", "originatingParty", "partyCode", value="ELSE"), "EPCIS_PARTY_UNKNOWN",
                 "/eventRouting/originatingParty", id="party-nobody-knows"),
    pytest.param(within("eventRouting", "originatingParty", "partyCode", value="TERM"), "EPCIS_NOT_YOUR_EVENT",
                 "/eventRouting/originatingParty", id="another-s"),
    pytest.param(within("equipmentDetails", "equipmentReference", value="APZU4812091"), "EPCIS_OBJECT_UNCLEAR",
                 "/equipmentDetails/equipmentReference", id="check-digit"),
    pytest.param(within("equipmentDetails", "equipmentReference", value="APZU4812090 and more"), "EPCIS_OBJECT_UNCLEAR",
                 "/equipmentDetails/equipmentReference", id="more-than-a-number"),
    pytest.param(within("eventDateTime", value="2026-01-20T14:15:00"), "EPCIS_EVENT_NOT_TAKEN", "/eventDateTime",
                 id="time-without-zone"),
    pytest.param(within("eventLocation", "UNLocationCode", value="nowhere"), "EPCIS_EVENT_NOT_TAKEN",
                 "/eventLocation/UNLocationCode", id="no-place"),
    pytest.param(within("eventID", value="x" * 101), "EPCIS_EVENT_NOT_TAKEN", "/eventID", id="long-identifier"),
    pytest.param(within("eventID", value="a\x1b[31m"), "EPCIS_EVENT_NOT_TAKEN", "/eventID", id="what-cannot-be-shown"),
    pytest.param(within("equipmentDetails", "seals", value=[{"number": "1"}, {"number": "2"}]), "EPCIS_EVENT_NOT_TAKEN",
                 "/equipmentDetails/seals", id="two-seals"),
    pytest.param(within("equipmentDetails", "seals", value=["1"]), "EPCIS_EVENT_NOT_TAKEN",
                 "/equipmentDetails/seals", id="seal-no-object"),
])  # fmt: skip
def test_an_event_with_one_thing_wrong_is_refused_by_its_place(
    change: Callable[[Event], object], code: str, field: str
) -> None:
    names = {**NAMES, "SMDG:TERM": "KSCT"}
    assert dcsa.as_epcis(event(), names, "SMPL-LINE")
    with pytest.raises(InputError) as refused:
        dcsa.as_epcis(event(change), names, "SMPL-LINE")
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("data", [
    pytest.param(b"{", id="no-json"),
    pytest.param(b"[]", id="list"),
    pytest.param(b'{"events": {}}', id="no-list"),
    pytest.param(b'{"events": [], "events": []}', id="member-twice"),
    pytest.param(b'{"events": [' + b"{}," * 1000 + b"{}]}", id="too-many"),
    pytest.param(b'{"events": ' + b"[" * 300 + b"]" * 300 + b"}", id="deep"),
])  # fmt: skip
def test_what_is_no_list_of_events_is_refused_whole(data: bytes) -> None:
    with pytest.raises(EpcisInvalid):
        dcsa.translated(data, NAMES, "SMPL-LINE")


@given(seed=st.integers(0, 2**32))
def test_of_a_changed_event_only_errors_of_ours_come(seed: int) -> None:
    random, data = Random(seed), raw("equipment")
    at, size = random.randrange(len(data)), random.randrange(1, 40)
    other = random.randrange(len(data))
    changed = data[:at] + data[other : other + size] + data[at + size * random.randrange(2) :]
    try:
        for made, spaces in dcsa.translated(changed, NAMES, "SMPL-LINE"):
            if isinstance(made, dict):
                capturing.read(made, spaces, NAMES, "SMPL-LINE")
    except SanadError:
        return  # whatever else is raised fails the test
