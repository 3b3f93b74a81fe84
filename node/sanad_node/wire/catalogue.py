"""What there is to choose from, and who is asking."""

from typing import Any

from sanad_node.types import DocumentType
from sanad_node.wire.base import Answer
from sanad_verifier.entries import Reason


class TypeView(Answer):
    """A document type. `json_schema` (JSON Schema 2020-12) only where one type was asked for; a type without one
    is certified as bytes.
    """

    name: str
    titles: dict[str, str]
    takes_json: bool
    salted: bool
    max_bytes: int
    json_schema: dict[str, Any] | None = None


class TypeList(Answer):
    types: list[TypeView]


class ReasonList(Answer):
    """Numbers by name."""

    reasons: dict[str, int]


class MeView(Answer):
    name: str
    formation: str
    roles: list[str]


def type_view(kind: DocumentType, *, with_schema: bool = False) -> TypeView:
    """A type as it is told."""
    from sanad_node.types.schemas import schema_of  # noqa: PLC0415 - jsonschema is slow to import

    return TypeView(
        name=kind.name,
        titles={"en": kind.title.en, "ur": kind.title.ur},
        takes_json=kind.form == "json",
        salted=kind.salted,
        max_bytes=kind.max_bytes,
        json_schema=schema_of(kind) if with_schema and kind.form == "json" else None,
    )


def reasons() -> dict[str, int]:
    """The reasons by the names people use."""
    return {reason.name.lower().replace("_", "-"): int(reason) for reason in Reason}
