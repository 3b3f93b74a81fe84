"""Verifiable credentials of the W3C CCG's traceability vocabulary: bills of lading and intents to import, as extracts.

A credential is somebody else's word, and whether its signature holds is asked at its issuer's address, which no reader
here does. So it becomes an extract that says *not checked* of itself, with the SHA-256 of its bytes as they came:
whoever has the credential can show that it is the one, and two offices can attest what they know of it. What else the
credential says stays in it, and is found by that digest.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from sanad_node.identifiers import IdentifierWarning
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source, finished
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.json_profile import parse

CREDENTIAL_AT_MOST = 1 << 20
GOODS_AT_MOST = 500
CONTEXTS = frozenset({"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"})
KINDS = {"BillOfLadingCredential": "BILL_OF_LADING", "IntentToImportCredential": "INTENT_TO_IMPORT"}
SUBJECTS = {"BILL_OF_LADING": "BillOfLading", "INTENT_TO_IMPORT": "IntentToImport"}
_DECIMAL = re.compile(r"[0-9]{1,16}(\.[0-9]{1,4})?")
UNCHECKED = IdentifierWarning(
    "/signature",
    "credentialProof",
    "CREDENTIAL_UNCHECKED",
    "the credential's signature was not checked: that it says who issued it proves nothing",
)


class CredentialInvalid(InputError):
    """The bytes are no credential that could be taken. `field` is a JSON pointer to what is wrong."""

    code = "CREDENTIAL_INVALID"


def read_credential(path: Path, reading: Reading) -> Iterator[Source]:
    """The credential in a file as one document."""
    try:
        with path.open("rb") as file:
            data = file.read(CREDENTIAL_AT_MOST + 1)
    except OSError as error:
        raise BatchSourceInvalid("the file cannot be read", field=path.name) from error
    if not reading.first:
        try:
            yield Source("credential", finished(reading, extract(data)), notes=(UNCHECKED,))
        except SanadError as error:
            yield Source("credential", None, error)


def extract(data: bytes) -> dict[str, Any]:
    """What a credential says, without schema name and salt. `CredentialInvalid`, or the JSON profile's refusal."""
    if len(data) > CREDENTIAL_AT_MOST:
        raise CredentialInvalid(f"a credential has at most {CREDENTIAL_AT_MOST} bytes", field="/")
    told = parse(data)
    if not isinstance(told, dict):
        raise CredentialInvalid(
            "a credential is an object; one in an envelope (JWT, COSE) is not taken", field="/"
        )
    contexts = _each(told.get("@context"), "/@context")
    if not contexts or contexts[0] not in CONTEXTS:
        raise CredentialInvalid("this is no verifiable credential", field="/@context")
    kind = _kind(told)
    subject = told.get("credentialSubject")
    if not isinstance(subject, dict) or SUBJECTS[kind] not in _each(
        subject.get("type"), "/credentialSubject/type"
    ):
        raise CredentialInvalid(
            "the credential is about something else than it says", field="/credentialSubject"
        )
    issuer = told.get("issuer")
    issued_by = {"id": issuer} if isinstance(issuer, str) else {
        "id": _text(issuer, "/issuer", "id"), "name": _text(issuer, "/issuer", "name")
    }  # fmt: skip
    made = {
        "kind": kind,
        "issuer": issued_by,
        "validFrom": _text(told, "", "validFrom") or _text(told, "", "issuanceDate"),
        "credentialDigest": sha256(data).hexdigest(),
        "signature": "not-checked",
        **(_bill(subject) if kind == "BILL_OF_LADING" else _intent(told, subject)),
    }
    return _said(made)


def _kind(told: Mapping[str, Any]) -> str:
    types = _each(told.get("type"), "/type")
    kinds = [KINDS[one] for one in types if isinstance(one, str) and one in KINDS]
    if "VerifiableCredential" not in types or len(kinds) != 1:
        raise CredentialInvalid("only bills of lading and intents to import are taken", field="/type")
    return kinds[0]


def _intent(told: Mapping[str, Any], subject: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": _text(told, "", "id"),
        "statement": _text(subject, "/credentialSubject", "importIntent"),
    }


def _bill(subject: Mapping[str, Any]) -> dict[str, Any]:
    at = "/credentialSubject"
    lines = subject.get("particulars", [])
    if not isinstance(lines, list) or len(lines) > GOODS_AT_MOST:
        raise CredentialInvalid(
            f"a list of at most {GOODS_AT_MOST} is wanted here", field=f"{at}/particulars"
        )
    return {
        "number": _text(subject, at, "billOfLadingNumber"),
        "bookingNumber": _text(subject, at, "bookingNumber"),
        "carrier": {
            "code": _text(subject, at, "carrier", "scac"),
            "name": _text(subject, at, "carrier", "name"),
        },
        "consignor": _text(subject, at, "consignor", "name"),
        "consignee": _text(subject, at, "consignee", "name"),
        "portOfLoading": _text(subject, at, "portOfLoading", "unLocode"),
        "portOfDischarge": _text(subject, at, "portOfDischarge", "unLocode"),
        "goods": [_line(one, f"{at}/particulars/{place}") for place, one in enumerate(lines)],
    }


def _line(item: Any, at: str) -> dict[str, str]:
    units = {_text(item, at, name, "unitCode") for name in ("netWeight", "grossWeight")} - {""}
    if len(units) > 1:
        raise CredentialInvalid("the weights of one line are in different units", field=at)
    tariff = _text(item, at, "commodity", "commodityCode")
    return {
        "hsCode": tariff if _text(item, at, "commodity", "commodityCodeType") == "HS" else "",
        "marks": _text(item, at, "marksAndNumbers"),
        "packages": _amount(item, at, "packageQuantity"),
        "netWeight": _amount(item, at, "netWeight", "value"),
        "grossWeight": _amount(item, at, "grossWeight", "value"),
        "weightUnit": next(iter(units), ""),
    }


def _each(value: Any, at: str) -> list[Any]:
    """A value that may be one or a list, as a list (JSON-LD)."""
    told = value if isinstance(value, list) else [value]
    if len(told) > GOODS_AT_MOST:
        raise CredentialInvalid(f"a list of at most {GOODS_AT_MOST} is wanted here", field=at)
    return told


def _found(value: Any, at: str, path: tuple[str, ...]) -> Any:
    """What is at a place; None if nothing is. `CredentialInvalid` for something else on the way."""
    for step in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise CredentialInvalid("an object is wanted here", field=at or "/")
        at, value = f"{at}/{step}", value.get(step)
    return value


def _text(value: Any, at: str, *path: str) -> str:
    """The text at a place; empty if there is none."""
    told = _found(value, at, path)
    if told is None:
        return ""
    if not isinstance(told, str):
        raise CredentialInvalid("a text is wanted here", field="/".join((at, *path)))
    return told.strip()


def _amount(value: Any, at: str, *path: str) -> str:
    """A number at a place, written as one or as a text; empty if there is none."""
    told = _found(value, at, path)
    if told is None:
        return ""
    text = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
    if not _DECIMAL.fullmatch(text):
        raise CredentialInvalid("a decimal number is wanted here", field="/".join((at, *path)))
    return text


def _said(value: dict[str, Any]) -> dict[str, Any]:
    """Without the members that the credential leaves empty."""
    told = {name: _shortened(one) for name, one in value.items()}
    return {name: one for name, one in told.items() if one not in ("", [], {})}


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return _said(value)
    return [one for one in map(_said, value) if one] if isinstance(value, list) else value
