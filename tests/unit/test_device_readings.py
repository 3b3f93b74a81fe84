"""Batches of readings: what is one, what is none, and that each reading is proved by its entry and no other is."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.local_signer import of_key
from sanad_node.observing import typed_readings
from sanad_testkit import devices
from sanad_verifier.digests import hash_leaf, hash_node
from sanad_verifier.entries import Entry, Kind, ReadingsWord, decode_entry, encode_entry
from sanad_verifier.errors import SanadError
from sanad_verifier.merkle import InclusionError
from sanad_verifier.readings import (
    Batch,
    ReadingNotInBatch,
    ReadingsInvalid,
    parse_batch,
    parse_reading,
    verify_reading,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "device-batches.json").read_text("utf-8"))
BOX, DEVICE = "0b" * 32, "55" * 20


def told(count: int = 3) -> dict[str, Any]:
    readings = [devices.reading(1_790_000_000 + 600 * n, "24.8600", f"67.{n:04d}") for n in range(count)]
    return devices.batch(BOX, DEVICE, 7, readings)


def entry_of(batch: Batch) -> Entry:
    word = ReadingsWord(batch.device, batch.sequence, len(batch.readings))
    entry = Entry(
        Kind.OBSERVE_BATCH,
        b"\xaa" * 20,
        4,
        "CONTAINER",
        batch.consignment,
        batch.root(),
        word.pack(),
        batch.last,
    )
    return decode_entry(encode_entry(entry))


def test_the_vector_is_met() -> None:
    vector = VECTORS["batch"]
    batch = parse_batch(vector["file"])
    assert [one.hex() for one in batch.hashes()] == vector["leaves"]
    assert batch.root().hex() == vector["root"]
    signer = of_key(bytes.fromhex(vector["key"]))
    assert signer.address.hex() == vector["file"]["device"]
    typed = typed_readings(batch, vector["chainId"], vector["custody"])
    assert signer.sign_typed_data(typed).hex() == vector["file"]["signature"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda one: str(one["name"]))
def test_what_is_no_batch_is_refused_with_the_place_that_is_wrong(case: dict[str, Any]) -> None:
    with pytest.raises(ReadingsInvalid) as refused:
        parse_batch(case["file"])
    assert refused.value.field == case["field"]


@settings(max_examples=40)
@given(st.integers(1, 40), st.data())
def test_each_reading_is_proved_and_the_root_is_the_obvious_one(count: int, data: st.DataObject) -> None:
    batch = parse_batch(told(count))

    def obvious(leaves: list[bytes]) -> bytes:
        if len(leaves) == 1:
            return hash_leaf(leaves[0])
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return hash_node(obvious(leaves[:split]), obvious(leaves[split:]))

    assert batch.root() == obvious([one.leaf().encode() for one in batch.readings])
    place = data.draw(st.integers(0, count - 1))
    verify_reading(batch.readings[place], batch.proof(place), entry_of(batch))


Tamper = Callable[[Batch], tuple[Any, Any, Entry]]


@pytest.mark.parametrize(
    ("tamper", "error"),
    [
        pytest.param(lambda b: (replace(b.readings[1], seal="open"), b.proof(1), entry_of(b)), InclusionError,
        id="another-seal"), pytest.param(lambda b: (replace(b.readings[1], time=b.readings[1].time + 1), b.proof(1),
        entry_of(b)), InclusionError, id="another-time"), pytest.param(lambda b: (b.readings[1], b.proof(0),
        entry_of(b)), InclusionError, id="another-place"), pytest.param(lambda b: (b.readings[1],
        replace(b.proof(1), size=4), entry_of(b)), ReadingNotInBatch, id="another-size"), pytest.param(
            lambda b: (b.readings[1], b.proof(1), replace(entry_of(b), kind=Kind.RECEIVE)), ReadingNotInBatch,
            id="another-kind" ),
        pytest.param(lambda b: (b.readings[1], b.proof(1), entry_of(parse_batch(told(4)))), SanadError,
        id="another-entry"),
        pytest.param(lambda b: (b.readings[1], b.proof(1), replace(entry_of(b), time=b.readings[1].time - 301)),
        ReadingNotInBatch, id="of-a-later-time-than-its-entry"), ],
)  # fmt: skip
def test_a_reading_with_one_thing_wrong_is_refused(tamper: Tamper, error: type[SanadError]) -> None:
    batch = parse_batch(told())
    verify_reading(batch.readings[1], batch.proof(1), entry_of(batch))
    verify_reading(
        batch.readings[1], batch.proof(1), replace(entry_of(batch), time=batch.readings[1].time - 300)
    )
    with pytest.raises(error):
        verify_reading(*tamper(batch))


def test_a_reading_by_itself_is_read_as_in_its_batch() -> None:
    batch = parse_batch(told())
    assert parse_reading(copy.deepcopy(batch.readings[0].members())) == batch.readings[0]
