"""The trust root: what a trust file says, signed by k of n holders of root keys, and replaced only by another that the
old holders and the new ones have signed (docs/spec/root.md).

A signed note (C2SP) whose text is one line of canonical JSON. It is handed over once by a channel the reader trusts;
every later one proves itself against the one before it.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from sanad_verifier.checkpoints import in_order
from sanad_verifier.cosignatures import Window
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import ED25519, KeyInvalid, Note, NoteSigner, VerifierKey, parse_note
from sanad_verifier.trust import Trust, encode_trust, parse_trust
from sanad_verifier.trust_reading import JsonReader, TrustInvalid

SCHEMA = "urn:sanad:root:1"
MOST_KEYS = 64
_ROLE, _ADDRESS, _HASH = r"[A-Za-z][A-Za-z0-9]{0,30}", r"[0-9a-f]{40}", r"[0-9a-f]{64}"
_HOLDER = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class RootInvalid(EvidenceError):
    """The note is no trust root in its one encoding, or too few of its own holders have signed it."""

    code = "ROOT_INVALID"


class RootUnfit(InputError):
    """A trust root that is genuine, but does not follow the one at hand."""

    code = "ROOT_UNFIT"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of the network: what it is for, its address and the hash of its code (lower-case hex)."""

    role: str
    address: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class Root:
    """`version` counts from 1 by one; `threshold` of `keys` have to sign, this one and the next. Before `valid_until`
    (seconds) the next has to come; a root whose time is over still says what follows it.
    """

    version: int
    issued: int
    valid_until: int
    threshold: int
    keys: tuple[VerifierKey, ...]
    contracts: tuple[Contract, ...]
    windows: tuple[Window, ...]
    trust: Trust

    def trusted(self) -> Trust:
        """What evidence is checked with."""
        return replace(self.trust, windows=self.windows, valid_until=self.valid_until)


def holder_key_name(origin: str, holder: str) -> str:
    """The name of a holder's root key; `InputError` for a name that is none."""
    if not _HOLDER.fullmatch(holder):
        raise InputError("a holder's name has letters a-z, digits and dashes", field="holder")
    return f"{origin}/root/{holder}"


def encode_root(root: Root) -> str:
    """The text that is signed: canonical JSON and a line end."""
    told = {
        "schema": SCHEMA,
        "version": root.version,
        "issued": root.issued,
        "validUntil": root.valid_until,
        "threshold": root.threshold,
        "keys": [key.encode() for key in root.keys],
        "contracts": [
            {"role": one.role, "address": one.address, "codeHash": one.code_hash} for one in root.contracts
        ],
        "windows": [{"key": one.key.encode(), "from": one.since, "to": one.until} for one in root.windows],
        "trust": parse(encode_trust(root.trust)),
    }
    return canonicalise(told).decode() + "\n"


def is_root(data: bytes) -> bool:
    """Whether a file is a trust root rather than a bare trust file: it has lines."""
    return b"\n\n" in data


def sign_root(data: bytes, signer: NoteSigner, after: Root | None = None) -> bytes:
    """A root with one signature more, by a holder of it or of the one it replaces: `data` is the text of a draft, or a
    note that others have signed. `RootUnfit` for somebody else's key.
    """
    note = parse_note(data) if is_root(data) else Note(_decoded(data), ())
    root = parse_root(note.text)
    if signer.key not in (*root.keys, *(() if after is None else after.keys)):
        raise RootUnfit("the key is none of those that are to sign this trust root", field="key")
    lines = {(one.name, one.key_id): one for one in (*note.signatures, signer.sign(note.text))}
    return Note(note.text, in_order(root.trust.origin, lines.values())).encode()


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RootInvalid("the draft is not UTF-8", field="root") from error


def read_root(data: bytes) -> Root:
    """The root in a note, whoever signed it; an `EvidenceError` if it is none."""
    return parse_root(parse_note(data).text)


def parse_root(text: str) -> Root:
    """The root in a text; `RootInvalid` unless encoding it again gives the same text."""
    try:
        root = _read(parse(text.removesuffix("\n").encode()))
    except (JsonRefused, KeyInvalid, TrustInvalid) as error:
        raise RootInvalid("this is no trust root", field=error.field) from error
    if encode_root(root) != text:
        raise RootInvalid("the trust root is not in its one encoding", field="root")
    _check(root)
    return root


def verify_root(data: bytes) -> Root:
    """The root in a note that enough of its own holders have signed; an `EvidenceError`."""
    root, note = read_root(data), parse_note(data)
    _must_have_signed(note, root, "its own holders")
    return root


def verify_next(known: Root, data: bytes) -> Root:
    """The root that follows one that is trusted: signed by enough of the old holders and of the new ones."""
    root, note = verify_root(data), parse_note(data)
    if root.trust.origin != known.trust.origin:
        raise RootUnfit("the trust root is of another network", field="root")
    if root.version != known.version + 1:
        raise RootUnfit(f"version {known.version + 1} follows, and this is {root.version}", field="root")
    _must_have_signed(note, known, "the holders before")
    return root


def _must_have_signed(note: Note, root: Root, who: str) -> None:
    signed = 0
    for key in root.keys:
        line = note.by(key)
        if line is not None:
            key.check(note.text.encode(), line.body)
            signed += 1
    if signed < root.threshold:
        raise RootInvalid(f"{signed} of {root.threshold} signatures by {who} are there", field="root")


def _read(told: Any) -> Root:
    members = JsonReader(told, "")
    if members.text("schema", ".*") != SCHEMA:
        raise TrustInvalid("this is no trust root of a version this verifier knows", field="/schema")
    trust = told.get("trust")
    return Root(
        version=members.number("version", 1),
        issued=members.number("issued", 0),
        valid_until=members.number("validUntil", 1),
        threshold=members.number("threshold", 1, MOST_KEYS),
        keys=members.keys("keys", ED25519),
        contracts=tuple(
            Contract(one.text("role", _ROLE), one.text("address", _ADDRESS), one.text("codeHash", _HASH))
            for one in members.objects("contracts")
        ),
        windows=tuple(
            Window(VerifierKey.parse(one.text("key", ".*")), one.number("from", 0), one.number("to", 0))
            for one in members.objects("windows")
        ),
        trust=parse_trust(canonicalise(trust)),
    )


def _check(root: Root) -> None:
    """What must hold between the members of a root."""
    if root.valid_until <= root.issued:
        raise RootInvalid("a trust root ends after it was issued", field="/validUntil")
    prefix = f"{root.trust.origin}/root/"
    publics = [key.public for key in root.keys]
    others = (*root.trust.log_keys, *root.trust.status_keys, *root.trust.cosigners)
    if not root.threshold <= len(root.keys) <= MOST_KEYS or len(set(publics)) != len(publics):
        raise RootInvalid(
            "the threshold is between one and the number of keys, each of which stands once", field="/keys"
        )
    if any(not key.name.startswith(prefix) for key in root.keys) or {k.public for k in others} & set(publics):
        raise RootInvalid("a root key bears the name of one, and serves no other purpose", field="/keys")
    if [key.name for key in root.keys] != sorted(key.name for key in root.keys):
        raise RootInvalid("root keys stand in the order of their names", field="/keys")
    roles = [one.role for one in root.contracts]
    if roles != sorted(set(roles)):
        raise RootInvalid("contracts stand in the order of their roles, each once", field="/contracts")
    if [one.key for one in root.windows] != list(root.trust.cosigners):
        raise RootInvalid("each cosigner has a window, in their order", field="/windows")
    if any(one.until and one.until <= one.since for one in root.windows):
        raise RootInvalid("a window ends after it begins", field="/windows")
