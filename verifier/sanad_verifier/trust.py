"""The trust file: what a verifier takes on trust about one network, and nothing else (docs/spec/trust.md).

It is handed over by a channel the reader trusts; the file itself is not signed. Strict canonical JSON: one
byte string per content.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import COSIGNATURE_V1, ED25519, NoteInvalid, VerifierKey

SCHEMA = "urn:sanad:trust:1"
SUBJECT_KINDS = ("chassis", "engine", "container")


class TrustInvalid(InputError):
    """The trust file is not one, or of a version this verifier does not know."""

    code = "TRUST_INVALID"


@dataclass(frozen=True, slots=True)
class TrustedFormation:
    number: int
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class SubjectField:
    """Where documents of a type name the thing they are about."""

    kind: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys, quorum, formations and limits of one network. Ages in seconds; `distrusted` maps a key's
    address to a time.
    """

    origin: str
    chain_id: int
    genesis: str
    ledger: str
    log_keys: tuple[VerifierKey, ...]
    status_keys: tuple[VerifierKey, ...]
    cosigners: tuple[VerifierKey, ...]
    quorum: int
    fresh_for: int
    usable_for: int
    formations: Mapping[int, TrustedFormation] = field(default_factory=dict)
    subjects: Mapping[str, tuple[SubjectField, ...]] = field(default_factory=dict)
    distrusted: Mapping[bytes, int] = field(default_factory=dict)


def encode_trust(trust: Trust) -> bytes:
    """The trust file's bytes."""
    return canonicalise(
        {
            "schema": SCHEMA,
            "network": {
                "origin": trust.origin,
                "chainId": trust.chain_id,
                "genesis": trust.genesis,
                "ledger": trust.ledger,
            },
            "logKeys": [k.encode() for k in trust.log_keys],
            "statusKeys": [k.encode() for k in trust.status_keys],
            "cosigners": [k.encode() for k in trust.cosigners],
            "quorum": trust.quorum,
            "limits": {"freshSeconds": trust.fresh_for, "usableSeconds": trust.usable_for},
            "formations": [
                {"number": f.number, "code": f.code, "kind": f.kind}
                for _, f in sorted(trust.formations.items())
            ],
            "subjects": {
                name: [{"kind": s.kind, "pointer": s.pointer} for s in fields]
                for name, fields in trust.subjects.items()
            },
            "distrusted": [
                {"key": key.hex(), "since": since} for key, since in sorted(trust.distrusted.items())
            ],
        }
    )


def parse_trust(data: bytes) -> Trust:
    """The trust in a file; `TrustInvalid` names the member that is wrong."""
    try:
        told = parse(data)
    except JsonRefused as error:
        raise TrustInvalid("the trust file is not JSON in Sanad's profile", field=error.field) from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise TrustInvalid("this is no trust file of a version this verifier knows", field="schema")
    try:
        trust = _read(told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrustInvalid("the trust file is malformed") from error
    except NoteInvalid as error:
        raise TrustInvalid("the trust file has a malformed key", field="vkey") from error
    if encode_trust(trust) != canonicalise(told):
        raise TrustInvalid("the trust file says something this verifier does not understand")
    if not 0 <= trust.quorum <= len(trust.cosigners):
        raise TrustInvalid("the quorum is larger than the number of cosigners", field="quorum")
    if not 0 < trust.fresh_for <= trust.usable_for:
        raise TrustInvalid("the limits are out of order", field="limits")
    return trust


def _read(told: dict[str, Any]) -> Trust:
    network, limits = told["network"], told["limits"]
    return Trust(
        origin=_as(str, network["origin"]),
        chain_id=_as(int, network["chainId"]),
        genesis=_as(str, network["genesis"]),
        ledger=_as(str, network["ledger"]),
        log_keys=_keys(told["logKeys"], ED25519),
        status_keys=_keys(told["statusKeys"], ED25519),
        cosigners=_keys(told["cosigners"], COSIGNATURE_V1),
        quorum=_as(int, told["quorum"]),
        fresh_for=_as(int, limits["freshSeconds"]),
        usable_for=_as(int, limits["usableSeconds"]),
        formations={
            _as(int, f["number"]): TrustedFormation(f["number"], _as(str, f["code"]), _as(str, f["kind"]))
            for f in told["formations"]
        },
        subjects={
            name: tuple(SubjectField(_kind(s["kind"]), _as(str, s["pointer"])) for s in fields)
            for name, fields in told["subjects"].items()
        },
        distrusted={bytes.fromhex(d["key"]): _as(int, d["since"]) for d in told["distrusted"]},
    )


def _keys(texts: list[str], algorithm: int) -> tuple[VerifierKey, ...]:
    keys = tuple(VerifierKey.parse(_as(str, text)) for text in texts)
    if any(key.algorithm != algorithm for key in keys) or len({k.public for k in keys}) != len(keys):
        raise TrustInvalid("a key is of the wrong kind or stands twice", field="vkey")
    return keys


T = TypeVar("T")


def _as(kind: Callable[..., T], value: Any) -> T:
    if type(value) is not kind:
        raise TypeError(kind)
    return value  # type: ignore[no-any-return]


def _kind(value: Any) -> str:
    if value not in SUBJECT_KINDS:
        raise ValueError(value)
    return str(value)
