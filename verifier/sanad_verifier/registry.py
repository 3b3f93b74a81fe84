"""The issuer's registry facts: which office, key and scope were the power to issue, by the log itself
(docs/spec/registry.md).

That an entry is in the log shows that its issuer had the power: the contract admits no other. These facts say what that
power was, to who has no other record of it: three entries from before the act, each with its way to the root under the
same checkpoint.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sanad_verifier.digests import Digest
from sanad_verifier.entries import ENTRY_SIZE, Entry, FormationWord, KeyWord, Kind, Window, decode_entry
from sanad_verifier.errors import EvidenceError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.merkle import LONGEST_PATH, InclusionProof, verify_inclusion
from sanad_verifier.notes import decode_base64, decode_digest

SIZE_AT_MOST = 1 << 16
KINDS = (Kind.FORMATION, Kind.KEY, Kind.SCOPE)
"""Which entries are shown, each once."""


class RegistryInvalid(EvidenceError):
    """Bytes that are no registry facts in their one encoding."""

    code = "REGISTRY_INVALID"


class RegistryDiffers(EvidenceError):
    """Registry facts of another office, key, scope or time than the act they stand beside."""

    code = "REGISTRY_DIFFERS"


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry of the log, its place, and its siblings from the leaf upwards."""

    raw: bytes
    index: int
    path: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """The three entries in ascending order of their places."""

    entries: tuple[ShownEntry, ...]

    def encode(self) -> bytes:
        """The one encoding: canonical JSON."""
        return canonicalise({"entries": [_told(one) for one in self.entries]})


@dataclass(frozen=True, slots=True)
class Issuer:
    """An office as the log registered it, and the places of the entries that say so, by kind."""

    code: str
    kind: str
    entries: Mapping[Kind, int]


def parse_registry(data: bytes) -> Registry:
    """The facts in a file; `RegistryInvalid` unless encoding them again gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise RegistryInvalid("the registry facts are too large", field="registry")
    try:
        told = parse(data)
        members = told["entries"]
        entries = tuple(_shown(one) for one in members)
        facts = Registry(entries)
        same = facts.encode() == data
    except (JsonRefused, TypeError, KeyError, AttributeError) as error:
        raise RegistryInvalid("these are no registry facts", field="registry") from error
    places = [one.index for one in entries]
    if not same or len(entries) != len(KINDS) or places != sorted(set(places)):
        raise RegistryInvalid("these are no registry facts", field="registry")
    return facts


def verify_registry(facts: Registry, act: Entry, index: int, size: int, root: Digest) -> Issuer:
    """The issuer of the act at `index`, after checking each fact against a log of `size` entries with this root; an
    `EvidenceError` if one is not in that log, or is of something else.
    """
    found: dict[Kind, tuple[Entry, int]] = {}
    for one in facts.entries:
        verify_inclusion(one.raw, InclusionProof(one.index, size, one.path), root)
        entry = decode_entry(one.raw)
        found[entry.kind] = (entry, one.index)
    if set(found) != set(KINDS):
        raise RegistryDiffers("an office, a key and a scope make the power to issue", field="registry")
    (office, _), (key, _), (scope, _) = (found[kind] for kind in KINDS)
    word, number = KeyWord.unpack(key.data), act.formation.to_bytes(32)
    # the register issues where a scope allows to enter, the titles where it allows to register
    kinds = (Kind.ISSUE, Kind.ENTER, Kind.REGISTER) if act.kind is Kind.ISSUE else (act.kind,)
    acts = int.from_bytes(scope.related)
    allowed = int(any(acts >> kind & 1 for kind in kinds))
    holds = (
        office.subject == scope.subject == number
        and (key.subject[12:], word.formation) == (act.key, act.formation)
        and (scope.doc_type, allowed) == (act.doc_type, 1)
        and FormationWord.unpack(office.data).window.holds(act.time)
        and word.window.holds(act.time)
        and Window.unpack(scope.data).holds(act.time)
        and facts.entries[-1].index < index
    )
    if not holds:
        raise RegistryDiffers(
            "the registry facts are of another office, key, scope or time", field="registry"
        )
    code = office.related.rstrip(b"\0").decode("ascii")
    return Issuer(code, office.doc_type, {kind: found[kind][1] for kind in KINDS})


def _told(one: ShownEntry) -> dict[str, Any]:
    path = [base64.b64encode(sibling).decode() for sibling in one.path]
    return {"entry": base64.b64encode(one.raw).decode(), "index": one.index, "path": path}


def _shown(told: Any) -> ShownEntry:
    raw, index, path = told["entry"], told["index"], told["path"]
    if (
        type(raw) is not str
        or type(index) is not int
        or index < 0
        or type(path) is not list
        or len(path) > LONGEST_PATH
        or not all(type(one) is str for one in path)
    ):
        raise RegistryInvalid("these are no registry facts", field="registry")
    entry = decode_base64(raw, "registry", RegistryInvalid)
    if len(entry) != ENTRY_SIZE:
        raise RegistryInvalid("an entry has 224 bytes", field="registry")
    return ShownEntry(entry, index, tuple(decode_digest(one, "registry", RegistryInvalid) for one in path))
