"""The documents that status lists are published as: a list, or a delta to the one before. Canonical JSON of the type
`STATUS_LIST` (docs/spec/status-list.md), issued through the log as any document is.
"""

import base64
import re
import zlib
from dataclasses import dataclass

from sanad_verifier.digests import Digest
from sanad_verifier.json_profile import Json, JsonRefused, canonicalise, parse
from sanad_verifier.notes import NAME
from sanad_verifier.standings import BITS
from sanad_verifier.status_lists.state import (
    ENTRIES_AT_MOST,
    MEMBER_SIZE,
    VALUES_MOST,
    Change,
    ListState,
    MemberChange,
    StatusListInvalid,
    members_of,
)
from sanad_verifier.trust_reading import JsonReader, TrustInvalid
from sanad_verifier.words import MAX_UINT32

DOC_TYPE = "STATUS_LIST"
SCHEMA = "urn:sanad:STATUS_LIST:1"
EVERYONE = "*"
"""The group of all formations."""
MEMBERS_AT_MOST = 1 << 19
CHANGES_AT_MOST = 1 << 16
"""Changes in a delta: beyond that a list is smaller."""
_GROUP = r"\*|[A-Z0-9][A-Z0-9-]{0,30}"
_HASH, _KEY, _BASE64 = r"[0-9a-f]{64}", r"[0-9a-f]{32}", r"[A-Za-z0-9_-]*"


@dataclass(frozen=True, slots=True)
class Delta:
    """What is another standing than in the list or delta before: by entry, ascending, and by member key, ascending;
    zero for a member that is active again.
    """

    entries: tuple[Change, ...]
    members: tuple[MemberChange, ...]


@dataclass(frozen=True, slots=True)
class ListDocument:
    """One publication. `group` is the code of a formation, with those beneath it and those whose place they took, or
    `*`; `formations` are the numbers of those at `size`. `time` in seconds. `previous` is the digest of the publication
    before, None of the first. `state` is the digest of the whole state, which a list says and a delta leads to.
    """

    origin: str
    group: str
    formations: tuple[int, ...]
    sequence: int
    size: int
    root: Digest
    time: int
    previous: Digest | None
    state: Digest
    told: ListState | Delta

    @property
    def number(self) -> str:
        """Its business number."""
        return f"{self.group}/{self.sequence}"

    def encode(self) -> bytes:
        """The canonical JSON."""
        if isinstance(self.told, ListState):
            return self.encode_with(_base64url(zlib.compress(self.told.values, 9)))
        return self.encode_with("")

    def encode_with(self, packed: str) -> bytes:
        """The same, with the standings as they were packed already."""
        told: dict[str, Json] = {
            "schema": SCHEMA,
            "number": self.number,
            "origin": self.origin,
            "group": self.group,
            "formations": list(self.formations),
            "sequence": self.sequence,
            "size": self.size,
            "root": self.root.hex(),
            "time": self.time,
            "state": self.state.hex(),
        }
        if self.previous is not None:
            told["previous"] = self.previous.hex()
        if isinstance(self.told, ListState):
            told["status_list"] = {"bits": BITS, "lst": packed}
            told["members"] = _base64url(self.told.rows())
        else:
            told["delta"] = {
                "entries": [list(one) for one in self.told.entries],
                "members": [[key.hex(), value] for key, value in self.told.members],
            }
        return canonicalise(told)


def parse_list(data: bytes) -> ListDocument:
    """The publication in a document; `StatusListInvalid` for anything else.

    Any other compressor than ours may have packed the standings; all else is in its one encoding.
    """
    try:
        reader = JsonReader(parse(data), "")
        made = _read(reader)
    except (JsonRefused, TrustInvalid) as error:
        raise StatusListInvalid("the document is no status list", field=error.field) from error
    packed = "" if isinstance(made.told, Delta) else reader.object("status_list").text("lst", _BASE64)
    if made.encode_with(packed) != data:
        raise StatusListInvalid("the status list is not in its one encoding", field="")
    return made


def _read(told: JsonReader) -> ListDocument:
    if told.text("schema", ".*") != SCHEMA:
        raise TrustInvalid("this is no status list of a version this verifier knows", field="/schema")
    size, sequence = told.number("size", 0, ENTRIES_AT_MOST), told.number("sequence", 1, MAX_UINT32)
    formations = tuple(told.numbers("formations", 1, MAX_UINT32))
    previous = Digest(bytes.fromhex(told.text("previous", _HASH))) if told.has("previous") else None
    if (previous is None) != (sequence == 1):
        raise TrustInvalid("only the first list has none before it", field="/previous")
    if list(formations) != sorted(set(formations)):
        raise TrustInvalid("the formations are not in order", field="/formations")
    if told.has("delta") == told.has("status_list") or (told.has("delta") and previous is None):
        raise TrustInvalid("a publication is a list, or a delta to one", field="/delta")
    return ListDocument(
        origin=told.text("origin", NAME.pattern),
        group=told.text("group", _GROUP),
        formations=formations,
        sequence=sequence,
        size=size,
        root=Digest(bytes.fromhex(told.text("root", _HASH))),
        time=told.number("time", 0),
        previous=previous,
        state=Digest(bytes.fromhex(told.text("state", _HASH))),
        told=_delta(told.object("delta"), size) if told.has("delta") else _state(told, size),
    )


def _state(told: JsonReader, size: int) -> ListState:
    packed = told.object("status_list")
    packed.number("bits", BITS, BITS)
    values = _inflated(_base64(packed.text("lst", _BASE64), packed.at("lst")), (size + 1) // 2)
    rows = _base64(told.text("members", _BASE64), "/members")
    if len(rows) > MEMBERS_AT_MOST * (MEMBER_SIZE + 1):
        raise TrustInvalid("there are too many members", field="/members")
    if size % 2 and values[-1] >> BITS:
        raise TrustInvalid("there is a standing beyond the last entry", field="/status_list/lst")
    return ListState(size, values, members_of(rows))


def _delta(told: JsonReader, size: int) -> Delta:
    entries, named = told.pairs("entries", int), told.pairs("members", str)
    if entries != sorted(dict(entries).items()) or not all(0 <= place < size for place, _ in entries):
        raise TrustInvalid("the changes are not of entries in order", field=told.at("entries"))
    if named != sorted(dict(named).items()) or not all(re.fullmatch(_KEY, key) for key, _ in named):
        raise TrustInvalid("the changes are not of members in order", field=told.at("members"))
    if len(entries) + len(named) > CHANGES_AT_MOST:
        raise TrustInvalid("there are too many changes", field=told.at("entries"))
    if not all(0 <= value <= VALUES_MOST for _, value in (*entries, *named)):
        raise TrustInvalid("a standing is out of range", field=told.at("entries"))
    return Delta(tuple(entries), tuple((bytes.fromhex(key), value) for key, value in named))


def _inflated(data: bytes, size: int) -> bytes:
    """What was compressed, if it is exactly of this size and nothing follows it."""
    try:
        stream = zlib.decompressobj()
        values = stream.decompress(data, size + 1)
        if len(values) == size and stream.eof and not stream.unused_data:
            return values
    except zlib.error:
        pass
    raise TrustInvalid("the standings are not as many as the entries", field="/status_list/lst")


def _base64(text: str, pointer: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    try:
        data = base64.b64decode(padded, b"-_", validate=True)
    except ValueError as error:
        raise TrustInvalid("this is no base64url", field=pointer) from error
    if _base64url(data) != text:
        raise TrustInvalid("the base64url is not in its one encoding", field=pointer)
    return data


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
