"""The trust file: what a verifier takes on trust about one network, and nothing else (docs/spec/trust.md).

It is handed over by a channel the reader trusts; the file itself is not signed. Strict canonical JSON: one
byte string per content.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned, Validators
from sanad_verifier.cosignatures import Window
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import COSIGNATURE_V1, ED25519, NAME, VerifierKey
from sanad_verifier.status_statement import status_key_name
from sanad_verifier.trust_reading import JsonReader, TrustInvalid
from sanad_verifier.words import MAX_UINT32

SCHEMA = "urn:sanad:trust:1"
SUBJECT_KINDS = ("chassis", "engine", "container")
_TYPE = r"[A-Z][A-Z0-9_]{0,30}"
_CODE = r"[A-Z0-9][A-Z0-9-]{0,30}"
_POINTER = r"(?:/(?:[^~/]|~[01])*)+"
_NO_CONSENSUS = "none"
_ADDRESS, _HASH = r"[0-9a-f]{40}", r"[0-9a-f]{64}"


@dataclass(frozen=True, slots=True)
class TrustedFormation:
    """How the network calls a formation."""

    number: int
    code: str
    kind: str


class SubjectField(NamedTuple):
    """Where documents of a type name the thing they are about; `*` in the pointer stands for each element
    of a list.
    """

    kind: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to which age (seconds) knowledge is fresh, and up to which it is of use."""

    fresh_for: int
    usable_for: int


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys, quorum, validators, formations and limits of one network. Ages in seconds; `distrusted` maps a key's
    address to a time. `chain` is None where no consensus seals the blocks (the embedded engine).
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
    chain: ChainTrust | None = None
    formations: Mapping[int, TrustedFormation] = field(default_factory=dict)
    subjects: Mapping[str, tuple[SubjectField, ...]] = field(default_factory=dict)
    distrusted: Mapping[bytes, int] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    """When cosigners' words count, by a trust root; for ever where there is none. Not part of the trust file."""
    valid_until: int = 0
    """When the time of a trust root is over (seconds); 0 for a bare trust file, which has no end."""
    seen: int = 0
    """When the newest checkpoint that this reader ever met was cosigned (seconds): it is not earlier than that now."""
    limits: Mapping[str, Limits] = field(default_factory=dict)
    """Of types whose standing changes quicker or slower than that of others."""

    def limits_of(self, doc_type: str) -> Limits:
        """The limits for documents of a type."""
        return self.limits.get(doc_type) or _limits(self.fresh_for, self.usable_for)

    def usable_until(self, known: int, limits: Limits) -> int:
        """Until when (seconds) knowledge as of `known` is of use: its own limit, or the end of the trust root."""
        end = known + limits.usable_for
        return min(end, self.valid_until) if self.valid_until else end


@lru_cache(maxsize=16)
def _limits(fresh_for: int, usable_for: int) -> Limits:
    return Limits(fresh_for, usable_for)


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
            "chain": _chain_told(trust.chain),
            "limits": _limits_told(trust),
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


def _limits_told(trust: Trust) -> dict[str, object]:
    told: dict[str, object] = {"freshSeconds": trust.fresh_for, "usableSeconds": trust.usable_for}
    types = {
        name: {"freshSeconds": one.fresh_for, "usableSeconds": one.usable_for}
        for name, one in trust.limits.items()
    }
    return {**told, "types": types} if types else told


def _chain_told(chain: ChainTrust | None) -> dict[str, object]:
    if chain is None:
        return {"consensus": _NO_CONSENSUS, "validators": []}
    return {
        "consensus": chain.consensus.value.decode(),
        "validators": [
            {"since": one.since, "addresses": [address.hex() for address in one.validators.addresses]}
            for one in chain.pinned
        ],
    }


def parse_trust(data: bytes) -> Trust:
    """The trust in a file; `TrustInvalid` points to what is wrong."""
    try:
        told = parse(data)
    except JsonRefused as error:
        raise TrustInvalid("the trust file is not JSON in Sanad's profile", field=error.field) from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise TrustInvalid("this is no trust file of a version this verifier knows", field="/schema")
    trust = _read(JsonReader(told, ""))
    if encode_trust(trust) != canonicalise(told):
        raise TrustInvalid("the trust file says something this verifier does not understand", field="")
    if canonicalise(told) != data:
        raise TrustInvalid("the trust file is not in its canonical form (RFC 8785)", field="")
    _check(trust)
    return trust


def _check(trust: Trust) -> None:
    """What must hold between the members of a trust file."""
    if not trust.log_keys:
        raise TrustInvalid("no key of the log is named", field="/logKeys")
    if not 1 <= trust.quorum <= len(trust.cosigners):
        raise TrustInvalid("the quorum is between 1 and the number of cosigners", field="/quorum")
    limits = (Limits(trust.fresh_for, trust.usable_for), *trust.limits.values())
    if not all(0 < one.fresh_for <= one.usable_for for one in limits):
        raise TrustInvalid("the limits are out of order", field="/limits")
    for keys, name, where in (
        (trust.log_keys, trust.origin, "/logKeys"),
        (trust.status_keys, status_key_name(trust.origin), "/statusKeys"),
    ):
        if any(key.name != name for key in keys):
            raise TrustInvalid("a key does not bear the name of this log's key", field=where)
    publics = [key.public for key in (*trust.log_keys, *trust.status_keys, *trust.cosigners)]
    if len(set(publics)) != len(publics):
        raise TrustInvalid("a key stands twice: each serves one purpose", field="/cosigners")


def _read(told: JsonReader) -> Trust:
    network, limits, subjects = told.object("network"), told.object("limits"), told.object("subjects")
    formations = [
        TrustedFormation(f.number("number", 1, MAX_UINT32), f.text("code", _CODE), f.text("kind", _TYPE))
        for f in told.objects("formations")
    ]
    return Trust(
        origin=network.text("origin", NAME.pattern),
        chain_id=network.number("chainId", 1),
        genesis=network.text("genesis", _HASH),
        ledger=network.text("ledger", _ADDRESS),
        log_keys=told.keys("logKeys", ED25519),
        status_keys=told.keys("statusKeys", ED25519),
        cosigners=told.keys("cosigners", COSIGNATURE_V1),
        quorum=told.number("quorum", 0),
        fresh_for=limits.number("freshSeconds", 0),
        usable_for=limits.number("usableSeconds", 0),
        limits=_limits_by_type(limits),
        chain=_chain(told.object("chain")),
        formations={f.number: f for f in formations},
        subjects={
            name: tuple(
                SubjectField(s.text("kind", "|".join(SUBJECT_KINDS)), s.text("pointer", _POINTER))
                for s in subjects.objects(name)
            )
            for name in subjects.names(_TYPE)
        },
        distrusted={
            bytes.fromhex(d.text("key", _ADDRESS)): d.number("since", 0) for d in told.objects("distrusted")
        },
    )


def _limits_by_type(told: JsonReader) -> dict[str, Limits]:
    if not told.has("types"):
        return {}
    types = told.object("types")
    return {
        name: Limits(
            types.object(name).number("freshSeconds", 0), types.object(name).number("usableSeconds", 0)
        )
        for name in types.names(_TYPE)
    }


def _chain(told: JsonReader) -> ChainTrust | None:
    kinds = {kind.value.decode(): kind for kind in Consensus}
    consensus = kinds.get(told.text("consensus", "|".join([*kinds, _NO_CONSENSUS])))
    pinned = tuple(
        Pinned(
            one.number("since", 0),
            Validators(tuple(map(bytes.fromhex, one.texts("addresses", _ADDRESS)))),
        )
        for one in told.objects("validators")
    )
    if consensus is None and not pinned:
        return None
    where = told.at("validators")
    if consensus is None or not pinned:
        raise TrustInvalid("a consensus has validators, and no others have", field=where)
    if any(not one.validators.in_order() for one in pinned):
        raise TrustInvalid("validators are named in ascending order, each once", field=where)
    if any(one.since >= following.since for one, following in pairwise(pinned)):
        raise TrustInvalid("sets of validators are named in the order of their heights", field=where)
    return ChainTrust(consensus, pinned)
