"""What our acts are called in EPCIS 2.0 and its Core Business Vocabulary, and how we name things there as URIs."""

import base64
import re
from collections.abc import Mapping
from types import MappingProxyType

from stdnum import iso6346

from sanad_node.blinding import normalise
from sanad_verifier.entries import Condition, Kind

CONTEXT = (
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"cbv": "https://ref.gs1.org/cbv/", "gs1": "https://gs1.org/voc/", "sanad": "urn:sanad:epcis:"},
)
NEUTRAL = frozenset({Condition.NOT_STATED, Condition.GOOD})
STEPS: Mapping[Kind, tuple[str, str]] = MappingProxyType(
    {
        Kind.REGISTER: ("accepting", "in_progress"),
        Kind.SHIP: ("shipping", "in_transit"),
        Kind.RECEIVE: ("receiving", "in_progress"),
        Kind.REFUSE: ("inspecting", "returned"),
        Kind.RECALL: ("void_shipping", "in_progress"),
        Kind.HOLD: ("holding", "unavailable"),
        Kind.LIFT: ("holding", "available"),
        Kind.OBSERVE: ("inspecting", "in_progress"),
        Kind.OBSERVE_BATCH: ("sensor_reporting", "in_transit"),
    }
)
"""The business step of an act, and the disposition of goods that nothing is wrong with."""
DISPOSITIONS: Mapping[Condition, str] = MappingProxyType(
    {
        Condition.DAMAGED: "damaged",
        Condition.SHORT: "mismatch_quantity",
        Condition.EXCESS: "mismatch_quantity",
        Condition.SEAL_BROKEN: "container_open",
        Condition.SEAL_CHANGED: "non_conformant",
        Condition.WRONG_GOODS: "mismatch_class",
        Condition.SEAL_LOCKED: "container_closed",
    }
)
TRANSACTIONS: Mapping[str, str] = MappingProxyType({"BILL_OF_LADING": "bol", "COMMERCIAL_INVOICE": "inv"})
"""The document types that CBV has a business transaction type for."""
_CONSIGNMENT = re.compile(r"urn:sanad:consignment:([0-9a-f]{64})")
_FORMATION = re.compile(r"urn:sanad:formation:([A-Z0-9][A-Z0-9-]{0,30})")
_BIC = re.compile(r"urn:epc:id:bic:([A-Z]{4}[0-9]{7})")
_NI = re.compile(r"ni:///sha-256;([A-Za-z0-9_-]{43})")


def consignment_uri(identifier: bytes) -> str:
    return f"urn:sanad:consignment:{identifier.hex()}"


def contents_uri(identifier: bytes) -> str:
    """The class of what a consignment holds, of which there are so many."""
    return f"urn:sanad:contents:{identifier.hex()}"


def formation_uri(code: str) -> str:
    return f"urn:sanad:formation:{code}"


def device_uri(address: bytes) -> str:
    return f"urn:sanad:device:{address.hex()}"


def digest_uri(digest: bytes) -> str:
    """A digest as RFC 6920 names it."""
    return "ni:///sha-256;" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def transaction_type(doc_type: str) -> str:
    return TRANSACTIONS.get(doc_type) or f"urn:sanad:document-type:{doc_type or 'UNKNOWN'}"


def container_uri(reference: str) -> str:
    """The EPC of a freight container, empty if the reference does not begin with its number (ISO 6346)."""
    number = normalise(reference)[:11]
    return f"urn:epc:id:bic:{number}" if len(number) == 11 and iso6346.is_valid(number) else ""


def consignment_of(uri: str) -> bytes | None:
    found = _CONSIGNMENT.fullmatch(uri)
    return bytes.fromhex(found[1]) if found else None


def container_of(uri: str) -> str | None:
    found = _BIC.fullmatch(uri)
    return found[1] if found else None


def formation_of(uri: str) -> str | None:
    found = _FORMATION.fullmatch(uri)
    return found[1] if found else None


def digest_of(uri: str) -> bytes | None:
    """The digest of an RFC 6920 name, of 32 bytes; None for anything else."""
    found = _NI.fullmatch(uri)
    if found is None:
        return None
    raw = base64.urlsafe_b64decode(found[1] + "=")
    return raw if digest_uri(raw) == uri else None
