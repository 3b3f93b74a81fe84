"""How does a document get its schema name and its salt, and how does a row of a table become a document?

The salt keeps the digest from being guessed by somebody who knows or can enumerate the fields; it is made
here, once, and then belongs to the document for ever.
"""

import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from sanad_node.types import pointers
from sanad_node.types.checking import DocumentInvalid, Problem
from sanad_node.types.registry import DocumentType
from sanad_verifier import json_profile
from sanad_verifier.errors import InputError

SALT_BYTES = 16
MOST_ELEMENTS = 1000
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_SAFE_COLUMN = re.compile(r"[/.A-Za-z0-9_-]{1,120}")


class RowInvalid(InputError):
    """A row of a table cannot be made a document. `field` names the column."""

    code = "ROW_INVALID"


def new_salt() -> str:
    """16 fresh random bytes as the documents write them."""
    return urlsafe_b64encode(secrets.token_bytes(SALT_BYTES)).rstrip(b"=").decode()


def prepare(document_type: DocumentType, data: bytes) -> bytes:
    """The document with `schema` and a fresh `salt` where they lack, in canonical form; bytes stay as they
    are.

    What is there already is not touched. Whether the result is a document of the type is for `check` to say.
    """
    if document_type.form == "bytes":
        return data
    value = json_profile.parse(data)
    if not isinstance(value, dict):
        raise DocumentInvalid(
            "a document is a JSON object", (Problem("", "WRONG_TYPE", "this must be an object"),)
        )
    return _finish(document_type, value)


def value_of_row(document_type: DocumentType, row: Mapping[str, str]) -> dict[str, Any]:
    """The document that one row says, without schema name and salt: each column's name is a JSON pointer
    (`/vehicle/make`) or dotted (`vehicle.make`).

    An empty cell is a member that is not there. A column the type does not have is refused by its name: a
    typing error in a heading must not silently drop a field of ten thousand documents.
    """
    if document_type.form == "bytes":
        raise RowInvalid(f"a {document_type.name} is a file, not a row of a table", field="type")
    tree: dict[str, Any] = {}
    taken: set[tuple[str, ...]] = set()
    for place, (column, cell) in enumerate(row.items(), start=1):
        segments, kind = _column(document_type, column, place)
        if segments in taken:
            raise _row("two columns name the same member", column, place)
        taken.add(segments)
        text = cell.strip()
        if text:
            _plant(tree, segments, _converted(text, kind, column, place))
    listed = _lists(tree)
    return listed if isinstance(listed, dict) else {}


def _finish(document_type: DocumentType, value: dict[str, Any]) -> bytes:
    if document_type.salted:
        value = {"schema": document_type.urn, "salt": new_salt(), **value}
    return json_profile.canonicalise(value)


def _column(document_type: DocumentType, column: Any, place: int) -> tuple[tuple[str, ...], str]:
    from sanad_node.types.schemas import kind_at  # noqa: PLC0415  jsonschema is slow to import

    if not isinstance(column, str) or not _SAFE_COLUMN.fullmatch(column):
        raise _row("a column is named by a JSON pointer or a dotted name", "", place)
    segments = pointers.split(column) if column.startswith("/") else tuple(column.split("."))
    if any(s.isdecimal() and (len(s) > 4 or int(s) >= MOST_ELEMENTS or s != str(int(s))) for s in segments):
        raise _row(f"a list in a row has elements 0 to {MOST_ELEMENTS - 1}", column, place)
    kind = kind_at(document_type, segments)
    if kind is None:
        raise _row(f"{document_type.name} has no such member", column, place)
    return segments, kind


def _converted(text: str, kind: str, column: str, place: int) -> str | int | bool:
    """A cell as the schema's type. Only booleans and whole numbers are anything else than text."""
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise _row("a cell of this column says true or false", column, place)
        return text.lower() == "true"
    if kind == "integer":
        if not _INTEGER.fullmatch(text):
            raise _row("a cell of this column is a whole number", column, place)
        return int(text)
    return text


def _plant(tree: dict[str, Any], segments: tuple[str, ...], value: Any) -> None:
    """Put a value at its place; lists are dicts of places until all cells are in."""
    for segment in segments[:-1]:
        tree = tree.setdefault(segment, {})
    tree[segments[-1]] = value


def _lists(node: Any) -> Any:
    """The tree with its dicts of places made lists. A gap closes: an element whose cells are all empty is
    not there.
    """
    if not isinstance(node, dict):
        return node
    if node and all(name.isdecimal() for name in node):
        return [_lists(node[place]) for place in sorted(node, key=int)]
    return {name: _lists(below) for name, below in node.items()}


def _row(message: str, column: str, place: int) -> RowInvalid:
    return RowInvalid(message, field=column or f"column {place}")
