"""The event hash: the published vectors, a slow obvious version, and what must and must not change it."""

import copy
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.epcis import documents
from sanad_node.epcis.event_hash import EventUnreadable, event_hash, namespaces, prehash
from sanad_node.epcis.gs1_keys import canonical, check_digit
from sanad_testkit.slow_event_hash import slow_event_hash, slow_prehash

FOLDER = Path(__file__).parents[1] / "vectors" / "epcis"
PUBLISHED = sorted(one.stem for one in FOLDER.glob("*.jsonld"))
OURS = json.loads((FOLDER / "events.json").read_text("utf-8"))
SPACES = {"ours": "urn:ours:"}
CONTEXT = namespaces([SPACES])


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_vectors_are_met(name: str) -> None:
    told = documents.parse((FOLDER / f"{name}.jsonld").read_bytes())
    spaces = [documents.spaces_of(told, one) for one in documents.events(told)]
    made = [prehash(one, space) for one, space in zip(documents.events(told), spaces, strict=True)]
    hashes = [event_hash(one, space) for one, space in zip(documents.events(told), spaces, strict=True)]
    assert made == (FOLDER / f"{name}.prehashes").read_text("utf-8").splitlines()
    assert hashes == (FOLDER / f"{name}.hashes").read_text("utf-8").splitlines()


def test_there_are_as_many_published_vectors_as_were_published() -> None:
    assert len(PUBLISHED) == 5


@pytest.mark.parametrize("vector", OURS["events"], ids=lambda one: str(one["name"]))
def test_our_vectors_are_met(vector: dict[str, Any]) -> None:
    event = json.loads(json.dumps(vector["event"]), parse_float=Decimal)
    spaces = namespaces(OURS["context"])
    assert prehash(event, spaces) == vector["prehash"]
    assert event_hash(event, spaces) == vector["eventID"]


words = st.text("abcXYZ-_:/ُ", min_size=1, max_size=8).map(lambda one: "urn:x:" + one)
times = st.datetimes(datetime.fromisoformat("1900-01-02"), datetime.fromisoformat("2200-01-01")).map(
    lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000)
)
parties = st.lists(words, max_size=3)
leaf = st.text("ABCxyz ", min_size=1, max_size=5).map(str.strip).filter(bool) | st.integers(0, 10**9)
extensions = st.recursive(
    leaf | st.lists(leaf, min_size=1, max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(["ours:p", "ours:q", "ours:r"]), inner, min_size=1, max_size=3
    ),
    max_leaves=6,
)


@st.composite
def object_events(draw: st.DrawFn) -> dict[str, Any]:
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": draw(times).strftime("%Y-%m-%dT%H:%M:%S.%f").zfill(26)
        + draw(st.sampled_from(["+05:00", "-03:30", "Z"])),
        "eventTimeZoneOffset": "+05:00",
        "action": "OBSERVE",
        "bizStep": draw(st.sampled_from(["shipping", "receiving", "inspecting"])),
    }
    if draw(st.booleans()):
        event["disposition"] = "in_transit"
    epcs = draw(st.lists(words, max_size=4))
    if epcs:
        event["epcList"] = epcs
    quantities = draw(st.lists(st.tuples(words, st.integers(0, 10**12), st.booleans()), max_size=3))
    if quantities:
        event["quantityList"] = [
            {"epcClass": name, "quantity": count, **({"uom": "KGM"} if unit else {})}
            for name, count, unit in quantities
        ]
    for name in ("readPoint", "bizLocation"):
        if draw(st.booleans()):
            event[name] = {"id": draw(words)}
    for name, kind, types in (
        ("bizTransactionList", "bizTransaction", ["bol", "inv", "po"]),
        ("sourceList", "source", ["possessing_party", "owning_party"]),
        ("destinationList", "destination", ["possessing_party", "location"]),
    ):
        told = [{"type": draw(st.sampled_from(types)), kind: one} for one in draw(parties)]
        if told:
            event[name] = told
    for name in ("ours:a", "ours:b"):
        if draw(st.booleans()):
            event[name] = draw(extensions)
    return event


@settings(max_examples=150)
@given(object_events())
def test_the_hash_is_that_of_the_slow_obvious_version(event: dict[str, Any]) -> None:
    assert prehash(event, CONTEXT) == slow_prehash(event, SPACES)
    assert event_hash(event, CONTEXT) == slow_event_hash(event, SPACES)


@settings(max_examples=60)
@given(object_events(), st.randoms(use_true_random=False))
def test_order_and_what_identifies_or_corrects_do_not_change_the_hash(
    event: dict[str, Any], random: Any
) -> None:
    items = list(event.items())
    random.shuffle(items)
    shuffled = {name: random.sample(one, len(one)) if isinstance(one, list) else one for name, one in items}
    shuffled |= {"eventID": "ni:///x", "recordTime": "2026-01-01T00:00:00Z"}
    shuffled["errorDeclaration"] = {"declarationTime": "2026-01-01T00:00:00Z", "reason": "did_not_occur"}
    assert event_hash(shuffled, CONTEXT) == event_hash(event, CONTEXT)


SHIPPING = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-28T09:00:00+05:00",
    "eventTimeZoneOffset": "+05:00",
    "epcList": ["urn:epc:id:sscc:4012345.0000000111"],
    "action": "OBSERVE",
    "bizStep": "shipping",
    "quantityList": [{"epcClass": "urn:x:y", "quantity": Decimal("200.50"), "uom": "KGM"}],
}


@pytest.mark.parametrize(
    ("member", "same"),
    [
        ("eventTime", "2026-11-28T04:00:00.0004Z"),
        ("epcList", ["https://example.org/some/where/sscc/040123450000001112?x=1"]),
        ("bizStep", "https://ref.gs1.org/cbv/BizStep-shipping"),
        ("bizStep", "urn:epcglobal:cbv:bizstep:shipping"),
        ("bizStep", "cbv:BizStep-shipping"),
        ("quantityList", [{"uom": "KGM", "quantity": Decimal("200.5"), "epcClass": " urn:x:y "}]),
    ],
)
def test_another_spelling_is_the_same_event(member: str, same: Any) -> None:
    assert event_hash({**SHIPPING, member: same}) == event_hash(SHIPPING)


@pytest.mark.parametrize(
    ("member", "other"),
    [
        ("eventTime", "2026-11-28T09:00:00.001+05:00"),
        ("eventTimeZoneOffset", "+04:00"),
        ("epcList", ["urn:epc:id:sscc:4012345.0000000112"]),
        ("quantityList", [{"epcClass": "urn:x:y", "quantity": Decimal("200.51"), "uom": "KGM"}]),
        ("readPoint", {"id": "geo:24.86,67.01"}),
        ("type", "TransactionEvent"),
        ("other:said", "yes"),
    ],
)
def test_anything_said_differently_is_another_event(member: str, other: Any) -> None:
    changed = copy.deepcopy(SHIPPING)
    changed[member] = other
    assert event_hash(changed) != event_hash(SHIPPING)


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        ("type", None),
        ("eventTime", "28.11.2026"),
        ("eventTime", "2026-13-28T09:00:00Z"),
        ("eventTime", "2026-11-28T09:00:00"),
        ("epcList", "urn:x"),
        ("readPoint", "geo:1,2"),
        ("other:deep", [["x"]]),
        ("other:big", Decimal("1e999")),
        ("other:none", float("nan")),
    ],
)
def test_what_has_no_form_to_hash_is_refused(member: str, wrong: Any) -> None:
    with pytest.raises(EventUnreadable):
        event_hash({**SHIPPING, member: wrong})


@pytest.mark.parametrize(
    ("key", "link"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "https://id.gs1.org/01/04012345111118/21/9876"),
        ("urn:epc:id:sgln:4012345.00011.0", "https://id.gs1.org/414/4012345000115"),
        ("urn:epc:id:grai:4012345.00077.8765", "https://id.gs1.org/8003/040123450007718765"),
        ("urn:epc:id:giai:4000001.111", "https://id.gs1.org/8004/4000001111"),
        ("urn:epc:id:pgln:4012345.00000", "https://id.gs1.org/417/4012345000009"),
        ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"),
        ("urn:epc:idpat:sgtin:4012345.012345.*", "https://id.gs1.org/01/04012345123456"),
        ("https://x.example/gtin/4012345123456/lot/a/ser/b?q", "https://id.gs1.org/01/04012345123456/21/b"),
        ("urn:epc:id:bic:MSKU1234565", "urn:epc:id:bic:MSKU1234565"),
        ("urn:epc:id:sgtin:4012345.9876", "urn:epc:id:sgtin:4012345.9876"),
        ("geo:24.86,67.01", "geo:24.86,67.01"),
        ("https://example.com/01", "https://example.com/01"),
    ],
)
def test_keys_have_one_spelling(key: str, link: str) -> None:
    made = canonical(key)
    assert made == link
    assert canonical(made) == made


def test_the_check_digit_is_that_of_the_general_specifications() -> None:
    assert [check_digit(one) for one in ("629104150021", "0401234511111", "37610425002123456")] == [
        "3",
        "8",
        "9",
    ]
