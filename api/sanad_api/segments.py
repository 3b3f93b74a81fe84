"""An identifier is one segment of an address, whatever is in it: `P/1` is asked for as `/v1/documents/P%2F1`.

Servers decode an address before it is matched with the routes, and a decoded slash looks like one that divides
segments (RFC 3986, 2.2). So where an address has an encoded slash it is matched segment by segment, and the
parameters are decoded afterwards.
"""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote

SLASH, PERCENT = "%2F", "%25"


def kept_apart(scope: MutableMapping[str, Any]) -> dict[str, Any] | None:
    """The scope with its path divided where the address is, or None where decoding did no harm."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return None
    segments = raw.partition(b"?")[0].decode("ascii", "replace").split("/")
    return {**scope, "path": "/".join(_marked(unquote(segment)) for segment in segments)}


def put_together(parameters: MutableMapping[str, Any]) -> dict[str, Any]:
    """The parameters found in such a path, as they were meant."""
    return {
        name: value.replace(SLASH, "/").replace(PERCENT, "%") if isinstance(value, str) else value
        for name, value in parameters.items()
    }


def _marked(segment: str) -> str:
    return segment.replace("%", PERCENT).replace("/", SLASH)
