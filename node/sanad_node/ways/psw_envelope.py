"""The envelope of messages of Pakistan Single Window (PSW), and what their digest is worth.

A message is a JSON object: `messageId`, `timestamp`, `senderId`, `receiverId`, `processingCode`, `data`, `signature`.
What is called its signature is the Base64 of the SHA-256 of the text of `data`, made without a key: it shows that the
text arrived as it was written, and nothing about who wrote it. So a message whose digest is wrong is refused, and one
whose digest is right is told with a note that says what this is worth. The text is what was sent: the same numbers
written in another way (`1.0000`, `1.0`) have another digest, so numbers are never read as binary fractions here.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any, BinaryIO

from sanad_node.identifiers import IdentifierWarning
from sanad_node.ways.rows import BatchSourceInvalid
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import DEPTH_AT_MOST, nesting

MESSAGE_AT_MOST = 1 << 20
LONGEST_NUMBER = 40
_PIECE = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*")
ENVELOPE = frozenset(
    {"messageId", "timestamp", "senderId", "receiverId", "processingCode", "methodId", "data", "signature"}
)
UNSIGNED = IdentifierWarning(
    "/signature",
    "pswDigest",
    "PSW_UNSIGNED",
    "the digest fits, and was made without a key: it proves nothing about who sent the message",
)
NO_DIGEST = IdentifierWarning(
    "/signature",
    "pswDigest",
    "PSW_NO_DIGEST",
    "the message has no digest: nothing shows that it arrived whole",
)


class MessageInvalid(InputError):
    """The bytes are no PSW message that could be taken. `field` is a JSON pointer to what is wrong."""

    code = "PSW_MESSAGE_INVALID"


class DigestWrong(InputError):
    """The message's digest is not that of its data: it was changed or damaged after it was written."""

    code = "PSW_DIGEST_WRONG"


class Number(str):
    """A number as it was written."""

    __slots__ = ()


def texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """The messages of a file: if its first line is one, each line is; else the whole file is. Of one that is too large
    only as much as is refused.
    """
    try:
        with path.open("rb") as file:
            head = file.readline(MESSAGE_AT_MOST + 3)
            if not head.strip() or _is_whole(head):
                yield from _lines(head, file)
            else:
                yield "message", head + file.read(MESSAGE_AT_MOST + 3)
    except OSError as error:
        raise BatchSourceInvalid("the file cannot be read", field=path.name) from error


def _lines(line: bytes, file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    number = 1
    while line:
        if line.strip():
            yield f"line {number}", line
        while line and not line.endswith(b"\n"):
            line = file.readline(_PIECE)
        number, line = number + 1, file.readline(MESSAGE_AT_MOST + 3)


def _is_whole(line: bytes) -> bool:
    """Whether a line is a value of its own, well-formed or not: it ends where it began."""
    text = line.strip()
    return text.startswith(b"{") and text.endswith(b"}")


def open_message(text: bytes) -> tuple[dict[str, Any], tuple[IdentifierWarning, ...]]:
    """The data of a message whose digest fits, numbers as they were written, and what there is to say of the digest.

    `MessageInvalid` for what is no message, `DigestWrong` for another text than the digest is of.
    """
    members = _members(text)
    if surplus := members.keys() - ENVELOPE:
        raise MessageInvalid("no message known has this member", field=pointer(min(surplus)))
    data, written = members.get("data", (None, ""))
    if not isinstance(data, dict):
        raise MessageInvalid("a message has its data in an object", field="/data")
    if "signature" not in members:
        return data, (NO_DIGEST,)
    told, _ = members["signature"]
    if not isinstance(told, str) or isinstance(told, Number):
        raise MessageInvalid("the digest is 32 bytes in Base64", field="/signature")
    try:
        digest = b64decode(told, validate=True)
    except ValueError as error:
        raise MessageInvalid("the digest is 32 bytes in Base64", field="/signature") from error
    if not compare_digest(digest, sha256(written.encode()).digest()):
        raise DigestWrong(
            "the data is not what the digest was made of: it was changed or damaged on its way",
            field="/signature",
        )
    return data, (UNSIGNED,)


def digest_of(written: str) -> str:
    """What PSW calls the signature of a text of `data`."""
    return b64encode(sha256(written.encode()).digest()).decode()


def _members(text: bytes) -> dict[str, tuple[Any, str]]:
    """The members of the outermost object: each value, and its text as it was written."""
    if len(text) > MESSAGE_AT_MOST:
        raise MessageInvalid(f"a message has at most {MESSAGE_AT_MOST} bytes", field="/")
    try:
        if nesting(text) > DEPTH_AT_MOST:
            raise MessageInvalid("the message is nested too deep", field="/")
        return _walk(text.decode("utf-8").strip(" \t\r\n"))
    except (ValueError, IndexError, StopIteration, RecursionError) as error:
        raise MessageInvalid("this is no JSON that could be read in one way only", field="/") from error


def _walk(text: str) -> dict[str, tuple[Any, str]]:
    decoder = json.JSONDecoder(
        parse_float=_number, parse_int=_number, parse_constant=_constant, object_pairs_hook=_once
    )
    members: dict[str, tuple[Any, str]] = {}
    at = _expect(text, 0, "{")
    while True:
        name, at = decoder.raw_decode(text, _expect(text, at, '"') - 1)
        at = _blank(text, _expect(text, at, ":"))
        value, end = decoder.raw_decode(text, at)
        if name in members:
            raise ValueError("a key is there twice")
        members[name] = (value, text[at:end])
        at = _blank(text, end)
        if text[at] == "}":
            if at + 1 != len(text):
                raise ValueError("something follows")
            return members
        at = _expect(text, at, ",")


def _expect(text: str, at: int, mark: str) -> int:
    at = _blank(text, at)
    if text[at] != mark:
        raise ValueError("malformed")
    return at + 1


def _blank(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _number(text: str) -> Number:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number has too many digits")
    return Number(text)


def _constant(_: str) -> None:
    raise ValueError("not a number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key is there twice")
    return told


def pointer(name: str) -> str:
    """A member's place; a name that could be anything is not repeated."""
    return f"/{name}" if re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) else "/"
