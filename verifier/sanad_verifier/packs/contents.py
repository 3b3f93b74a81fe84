"""The contents of a pack: as of which checkpoint, which types of which offices, and the shapes of its sections.

Canonical JSON (RFC 8785), signed through its SHA-256 in a note by the key that signs standings; docs/spec/pack.md.
"""

import base64
from dataclasses import dataclass

from sanad_verifier.digests import Digest, sha256
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import NAME, Note, NoteSigner, must_be_signed, parse_note
from sanad_verifier.packs.section import MOST_BUCKET_BITS, PackInvalid, Shape
from sanad_verifier.trust import Trust
from sanad_verifier.trust_reading import JsonReader, TrustInvalid
from sanad_verifier.words import MAX_UINT32

SCHEMA = "urn:sanad:pack:1"
HEADER = "sanad.pack/v1"
SALT_SIZE = 16
_TYPE = r"[A-Z][A-Z0-9_]{0,30}"
_REGION = r"|[A-Z0-9][A-Z0-9-]{0,30}"
_HASH, _SALT, _ADDRESS = r"[0-9a-f]{64}", r"[0-9a-f]{32}", r"[0-9a-f]{40}"


@dataclass(frozen=True, slots=True)
class SectionHead:
    """Whose documents a section has, and its shape. `numbered` of them can be found by their number. What the key
    issued from `suspect_since` on (seconds; 0 if it is not compromised) is `suspect`.
    """

    doc_type: str
    formation: int
    key: bytes
    suspect_since: int
    numbered: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Contents:
    """What a pack says of itself. `time` in seconds; `region` is the code of a formation, with everything beneath it,
    or empty for all; `formations` are the numbers of those; `absent` documents are on the ledger and in scope, but
    the node that made the pack does not have the file of their batch.
    """

    origin: str
    size: int
    root: Digest
    time: int
    types: tuple[str, ...]
    region: str
    formations: tuple[int, ...]
    salt: bytes
    absent: int
    sections: tuple[SectionHead, ...]
    sections_digest: Digest

    @property
    def documents(self) -> int:
        """How many documents the pack lists."""
        return sum(one.shape.documents for one in self.sections)

    def covers(self, doc_type: str, formation: int) -> bool:
        """Whether the pack lists every document of this type by this formation that it knows."""
        return doc_type in self.types and formation in self.formations


def encode_contents(contents: Contents) -> bytes:
    """The canonical JSON."""
    return canonicalise(
        {
            "schema": SCHEMA,
            "origin": contents.origin,
            "size": contents.size,
            "root": contents.root.hex(),
            "time": contents.time,
            "types": list(contents.types),
            "region": contents.region,
            "formations": list(contents.formations),
            "salt": contents.salt.hex(),
            "absent": contents.absent,
            "sections": [
                {
                    "type": one.doc_type,
                    "formation": one.formation,
                    "key": one.key.hex(),
                    "suspectSince": one.suspect_since,
                    "numbered": one.numbered,
                    "documents": one.shape.documents,
                    "bits": one.shape.bits,
                    "columns": one.shape.columns,
                    "more": one.shape.more,
                    "codes": one.shape.codes,
                }
                for one in contents.sections
            ],
            "sha256": contents.sections_digest.hex(),
        }
    )


def parse_contents(data: bytes) -> Contents:
    """The contents; `PackInvalid` unless writing them again gives the same bytes."""
    try:
        contents = _read(JsonReader(parse(data), ""))
    except (JsonRefused, TrustInvalid) as error:
        raise PackInvalid(
            "the pack's contents are not in the form they should have", field="contents.json"
        ) from error
    sections = [(one.doc_type, one.formation, one.key) for one in contents.sections]
    in_order = (
        contents.types
        and sections == sorted(set(sections))
        and list(contents.types) == sorted(set(contents.types))
        and list(contents.formations) == sorted(set(contents.formations))
    )
    if not in_order or encode_contents(contents) != data:
        raise PackInvalid("the pack's contents are not in their one encoding", field="contents.json")
    return contents


def _read(told: JsonReader) -> Contents:
    if told.text("schema", ".*") != SCHEMA:
        raise TrustInvalid("this is no pack of a version this verifier knows", field="/schema")
    return Contents(
        origin=told.text("origin", NAME.pattern),
        size=told.number("size", 0),
        root=Digest(bytes.fromhex(told.text("root", _HASH))),
        time=told.number("time", 0),
        types=tuple(told.texts("types", _TYPE)),
        region=told.text("region", _REGION),
        formations=tuple(told.numbers("formations", 1, MAX_UINT32)),
        salt=bytes.fromhex(told.text("salt", _SALT)),
        absent=told.number("absent", 0),
        sections=tuple(
            SectionHead(
                one.text("type", _TYPE),
                one.number("formation", 1, MAX_UINT32),
                bytes.fromhex(one.text("key", _ADDRESS)),
                one.number("suspectSince", 0),
                one.number("numbered", 0, MAX_UINT32),
                Shape(
                    one.number("documents", 1, MAX_UINT32),
                    one.number("bits", 0, MOST_BUCKET_BITS),
                    one.number("columns", 1, MAX_UINT32),
                    one.number("more", 0, MAX_UINT32),
                    one.boolean("codes"),
                ),
            )
            for one in told.objects("sections")
        ),
        sections_digest=Digest(bytes.fromhex(told.text("sha256", _HASH))),
    )


def sign_contents(data: bytes, origin: str, signer: NoteSigner) -> bytes:
    """The note that vouches for contents."""
    text = _text(data, origin)
    return Note(text, (signer.sign(text),)).encode()


def verify_contents(data: bytes, note: bytes, trust: Trust) -> Contents:
    """The contents that a key for standings has signed; raises an `EvidenceError`."""
    signed = parse_note(note)
    if signed.text != _text(data, trust.origin):
        raise PackInvalid("what was signed are not these contents", field="pack.note")
    if len(signed.signatures) != 1:
        raise PackInvalid("a pack has one signature", field="pack.note")
    must_be_signed(signed, trust.status_keys)
    contents = parse_contents(data)
    if contents.origin != trust.origin:
        raise PackInvalid("the pack is of another log", field="contents.json")
    return contents


def pack_id(contents: bytes) -> str:
    """What a pack is called by: the SHA-256 of its contents, in hex."""
    return sha256(contents).hex()


def _text(data: bytes, origin: str) -> str:
    return f"{HEADER}\n{origin}\n{base64.b64encode(sha256(data)).decode()}\n"
