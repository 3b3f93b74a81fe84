"""Readings of a device that rode along with cargo: was this one in the batch that the device signed?

A batch is one entry of the log; its tree's leaves are readings (docs/spec/epcis.md). A reading carries a salt, so its
neighbours' hashes in a proof give nothing away. Pure functions: the device's signature was judged by the contract that
appended the entry, and is not needed again.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from sanad_verifier.digests import Digest, hash_leaf, sha256
from sanad_verifier.entries import BatchLeaf, Entry, Kind, ReadingsWord
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.merkle import InclusionProof, inclusion_path, tree_root, verify_inclusion

SCHEMA = "urn:sanad:device-batch:1"
READINGS_AT_MOST = 10_000
SALT_BYTES = 16
LATEST = 253402300799
AHEAD = 300
"""Seconds by which a device's clock may be ahead of the block's, as the contract `Custody` has it."""
SEALS = ("locked", "open")
_DEGREES = re.compile(r"-?(0|[1-9][0-9]{0,2})(\.[0-9]{1,7})?")
_HEX = {"consignment": re.compile(r"[0-9a-f]{64}"), "device": re.compile(r"[0-9a-f]{40}")}
_SIGNATURE = re.compile(r"[0-9a-f]{130}")
_MEMBERS = {"schema", "consignment", "device", "sequence", "readings", "signature"}
_READING = {"time", "lat", "lon", "seal", "tamper", "salt"}
_WITHOUT = bytes(32)


class ReadingsInvalid(InputError):
    """The file is no batch of readings; `field` is a JSON pointer to what is wrong."""

    code = "READINGS_INVALID"


class ReadingNotInBatch(EvidenceError):
    """The log's entry does not commit to this reading."""

    code = "READING_NOT_IN_BATCH"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device measured at one moment. `time` in seconds; `lat` and `lon` in degrees (WGS 84) as written,
    empty where it had no position; `seal` `locked`, `open` or empty; `tamper`: it was interfered with.
    """

    time: int
    lat: str
    lon: str
    seal: str
    tamper: bool
    salt: str

    def members(self) -> dict[str, Any]:
        """The JSON object; what the device does not say is left out."""
        told: dict[str, Any] = {"time": self.time, "salt": self.salt}
        for name in ("lat", "lon", "seal"):
            if getattr(self, name):
                told[name] = getattr(self, name)
        if self.tamper:
            told["tamper"] = True
        return told

    def leaf(self) -> BatchLeaf:
        """Its leaf in the batch: the digest of its canonical JSON, and its time."""
        return BatchLeaf(sha256(canonicalise(self.members())), _WITHOUT, self.time.to_bytes(32))


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings in the order of their times, and who signed them. `signature` is empty before it is made."""

    consignment: bytes
    device: bytes
    sequence: int
    readings: tuple[Reading, ...]
    signature: bytes

    @property
    def first(self) -> int:
        return self.readings[0].time

    @property
    def last(self) -> int:
        return self.readings[-1].time

    def hashes(self) -> list[Digest]:
        """The leaves' hashes."""
        return [hash_leaf(one.leaf().encode()) for one in self.readings]

    def root(self) -> Digest:
        """What the device signs, and the entry names."""
        return tree_root(self.hashes())

    def proof(self, place: int) -> InclusionProof:
        """The path of one reading, counted from 0."""
        return inclusion_path(self.hashes(), place)

    def members(self) -> dict[str, Any]:
        """The JSON object of the batch's file."""
        return {
            "schema": SCHEMA,
            "consignment": self.consignment.hex(),
            "device": self.device.hex(),
            "sequence": self.sequence,
            "readings": [one.members() for one in self.readings],
            "signature": self.signature.hex(),
        }


def parse_batch(told: Any) -> Batch:
    """The batch in a JSON object; `ReadingsInvalid` names what is wrong. Readings are in the order of their times, each
    at a later second than the one before.
    """
    _must(isinstance(told, dict) and told.keys() <= _MEMBERS and _MEMBERS - {"signature"} <= told.keys(), "")
    _must(told["schema"] == SCHEMA, "/schema")
    for name, form in _HEX.items():
        _must(isinstance(told[name], str) and form.fullmatch(told[name]) is not None, f"/{name}")
    _must(_is_number(told["sequence"], 1, 2**32 - 1), "/sequence")
    signature = told.get("signature", "")
    _must(
        isinstance(signature, str) and (not signature or _SIGNATURE.fullmatch(signature) is not None),
        "/signature",
    )
    listed = told["readings"]
    _must(isinstance(listed, list) and 0 < len(listed) <= READINGS_AT_MOST, "/readings")
    readings = tuple(_reading(one, f"/readings/{place}") for place, one in enumerate(listed))
    for place in range(1, len(readings)):
        _must(readings[place - 1].time < readings[place].time, f"/readings/{place}/time")
    return Batch(
        bytes.fromhex(told["consignment"]),
        bytes.fromhex(told["device"]),
        told["sequence"],
        readings,
        bytes.fromhex(signature),
    )


def parse_reading(told: Any) -> Reading:
    """One reading by itself, as a proof shows it."""
    return _reading(told, "")


def verify_reading(reading: Reading, proof: InclusionProof, entry: Entry) -> None:
    """Check that an entry of the log commits to a reading; `ReadingNotInBatch`, or `InclusionError`, if it does not."""
    if entry.kind is not Kind.OBSERVE_BATCH:
        raise ReadingNotInBatch("the entry is of no batch of readings", field="entry")
    if proof.size != ReadingsWord.unpack(entry.data).count:
        raise ReadingNotInBatch("the batch has another number of readings", field="proof")
    if reading.time > entry.time + AHEAD:
        raise ReadingNotInBatch(
            "the reading is of a later time than the entry that commits to it", field="reading"
        )
    verify_inclusion(reading.leaf().encode(), proof, Digest(entry.related))


def _reading(told: Any, at: str) -> Reading:
    _must(isinstance(told, dict) and told.keys() <= _READING and {"time", "salt"} <= told.keys(), at)
    _must(_is_number(told["time"], 1, LATEST), f"{at}/time")
    _must(("lat" in told) == ("lon" in told), at)
    for name, most in (("lat", 90), ("lon", 180)):
        if name in told:
            text = told[name]
            _must(isinstance(text, str) and _DEGREES.fullmatch(text) is not None, f"{at}/{name}")
            _must(_within(text, most), f"{at}/{name}")
    _must(told.get("seal", "locked") in SEALS, f"{at}/seal")
    _must(told.get("tamper", True) is True, f"{at}/tamper")
    _must(isinstance(told["salt"], str) and _is_salt(told["salt"]), f"{at}/salt")
    return Reading(
        told["time"],
        told.get("lat", ""),
        told.get("lon", ""),
        told.get("seal", ""),
        told.get("tamper", False),
        told["salt"],
    )


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _within(text: str, most: int) -> bool:
    whole, _, part = text.lstrip("-").partition(".")
    return int(whole) < most or (int(whole) == most and not part.strip("0"))


def _is_salt(text: str) -> bool:
    try:
        salt = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(salt) == SALT_BYTES and base64.urlsafe_b64encode(salt).rstrip(b"=").decode() == text


def _must(so: bool, pointer: str) -> None:
    if not so:
        raise ReadingsInvalid("this is no batch of readings (docs/spec/epcis.md)", field=pointer or "/")
