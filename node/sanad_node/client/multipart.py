"""A form with one file, whose bytes follow from what is in it and from its key.

A request that is sent again must be the same bytes, or the service takes it for another one under the same
idempotency key: so the boundary is no random number, as clients usually have it, but a digest.
"""

import hashlib
from collections.abc import Iterable


def form(key: str, members: Iterable[tuple[str, str]], content: bytes) -> tuple[str, bytes]:
    """The media type and the body (RFC 7578): the members, then the part named `file`."""
    boundary = "sanad-" + hashlib.sha256(f"{key}\0".encode() + content).hexdigest()[:40]
    parts = [_part(boundary, f'name="{name}"', "", text.encode()) for name, text in members]
    kind = "Content-Type: application/octet-stream\r\n"
    parts.append(_part(boundary, 'name="file"; filename="file"', kind, content))
    return f"multipart/form-data; boundary={boundary}", b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _part(boundary: str, disposition: str, kind: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n"
    return head.encode() + content + b"\r\n"
