"""A device's batch, and files that are none: the cases behind `tests/vectors/device-batches.json`."""

import copy
from collections.abc import Callable
from typing import Any

from sanad_node.local_signer import of_key
from sanad_node.observing import typed_readings
from sanad_testkit import devices
from sanad_verifier.readings import parse_batch

KEY = bytes.fromhex("77" * 32)
CHAIN, CUSTODY = 31337, "c0" * 20
BEGIN = 1_790_000_000
GOOD = devices.batch(
    "0b" * 32,
    of_key(KEY).address.hex(),
    7,
    [
        devices.reading(BEGIN, "24.8600", "67.0100"),
        devices.reading(BEGIN + 600, "24.9000", "67.0500"),
        devices.reading(BEGIN + 1200, "-0.5", "-180", seal="open", tamper=True),
        devices.reading(BEGIN + 1800, seal=""),
    ],
)
Change = Callable[[dict[str, Any]], object]
REFUSED: dict[str, tuple[Change, str]] = {
    "another-schema": (lambda b: b.update(schema="urn:sanad:device-batch:2"), "/schema"),
    "a-member-too-many": (lambda b: b.update(more=1), "/"),
    "a-member-too-few": (lambda b: b.pop("sequence"), "/"),
    "a-consignment-in-capitals": (lambda b: b.update(consignment="0B" * 32), "/consignment"),
    "a-device-with-0x": (lambda b: b.update(device="0x" + b["device"][2:]), "/device"),
    "number-zero": (lambda b: b.update(sequence=0), "/sequence"),
    "a-number-that-is-a-truth": (lambda b: b.update(sequence=True), "/sequence"),
    "a-short-signature": (lambda b: b.update(signature="11" * 64), "/signature"),
    "no-readings": (lambda b: b.update(readings=[]), "/readings"),
    "a-time-that-goes-back": (lambda b: b["readings"][2].update(time=BEGIN + 600), "/readings/2/time"),
    "a-time-of-day": (lambda b: b["readings"][0].update(time="08:00"), "/readings/0/time"),
    "half-a-position": (lambda b: b["readings"][0].pop("lon"), "/readings/0"),
    "a-position-that-is-a-number": (lambda b: b["readings"][0].update(lat=24), "/readings/0/lat"),
    "beyond-the-pole": (lambda b: b["readings"][0].update(lat="90.0000001"), "/readings/0/lat"),
    "beyond-the-date-line": (lambda b: b["readings"][0].update(lon="180.1"), "/readings/0/lon"),
    "eight-decimals": (lambda b: b["readings"][0].update(lat="24.12345678"), "/readings/0/lat"),
    "a-seal-that-is-neither": (lambda b: b["readings"][0].update(seal="ajar"), "/readings/0/seal"),
    "no-tampering-said": (lambda b: b["readings"][0].update(tamper=False), "/readings/0/tamper"),
    "a-short-salt": (lambda b: b["readings"][0].update(salt="AAAA"), "/readings/0/salt"),
    "a-salt-in-two-spellings": (lambda b: b["readings"][0].update(salt="A" * 21 + "B"), "/readings/0/salt"),
}


def device_batches() -> dict[str, Any]:
    """The vectors' content."""
    batch = parse_batch(GOOD)
    signature = of_key(KEY).sign_typed_data(typed_readings(batch, CHAIN, CUSTODY))
    refused = []
    for name, (change, field) in REFUSED.items():
        file = copy.deepcopy(GOOD)
        change(file)
        refused.append({"name": name, "field": field, "file": file})
    return {
        "batch": {
            "file": {**GOOD, "signature": signature.hex()},
            "key": KEY.hex(),
            "chainId": CHAIN,
            "custody": CUSTODY,
            "leaves": [one.hex() for one in batch.hashes()],
            "root": batch.root().hex(),
        },
        "refused": refused,
    }
