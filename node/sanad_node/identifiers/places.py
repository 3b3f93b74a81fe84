"""Where does a document of a type name identifiers, and of which kind?

Most of it follows from the type itself: a member whose schema refers to a form of `_shared/common.schema.json` is of
that kind, and a subject is a chassis or a container. A type whose schema is somebody else's, or whose numbers have no
form of their own, says the rest in an `identifiers.json` in its folder: `[{"pointer": …, "kind": …}]`.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from sanad_node.identifiers.judging import kinds
from sanad_node.types import pointers
from sanad_node.types.registry import CATALOGUE, DocumentType, TypeDefinitionWrong

COMMON = "urn:sanad:schema:common:1#/$defs/"
SUBJECTS = {"chassis": "chassis", "container": "containerNumber"}
Place = tuple[str, str]
"""A pattern of pointers, and the kind of what is there."""


@cache
def places_of(document_type: DocumentType) -> tuple[Place, ...]:
    """Every place of identifiers in documents of a type, in order; `TypeDefinitionWrong` for a damaged folder."""
    if document_type.form != "json":
        return ()
    found = dict(_of_schema(_read(document_type, "schema.json"), ()))
    found |= {one.pointer: SUBJECTS[one.kind] for one in document_type.subjects if one.kind in SUBJECTS}
    if (document_type.folder / "identifiers.json").is_file():
        found |= dict(_told(document_type))
    return tuple(sorted(found.items()))


def _told(document_type: DocumentType) -> Iterator[Place]:
    told = _read(document_type, "identifiers.json")
    for one in told if isinstance(told, list) else [None]:
        if not isinstance(one, dict) or one.keys() != {"pointer", "kind"} or one["kind"] not in kinds():
            raise TypeDefinitionWrong(
                f"{document_type.name}: identifiers.json names pointers and kinds that exist",
                field="identifiers.json",
            )
        yield str(one["pointer"]), str(one["kind"])


def _read(document_type: DocumentType, name: str) -> Any:
    try:
        return json.loads((document_type.folder / name).read_bytes())
    except (OSError, ValueError) as error:
        raise TypeDefinitionWrong(f"{document_type.name} has no readable {name}", field=name) from error


@cache
def _shared() -> dict[str, Any]:
    told = (json.loads(f.read_bytes()) for f in (CATALOGUE / "_shared").iterdir() if f.name.endswith(".json"))
    return {one["$id"]: one for one in told}


def _of_schema(node: Any, gone: tuple[str, ...]) -> Iterator[Place]:
    """The schemas of ours have no circles: the catalogue's loader refuses them."""
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str):
        name = reference.removeprefix(COMMON)
        if name != reference:
            if name in kinds():
                yield pointers.join(gone), name
        else:
            identifier, _, pointer = reference.partition("#")
            yield from _of_schema(pointers.first(_shared().get(identifier), pointer), gone)
    for name, below in node.get("properties", {}).items():
        yield from _of_schema(below, (*gone, name))
    yield from _of_schema(node.get("items"), (*gone, "*"))
    for part in node.get("allOf", ()):
        yield from _of_schema(part, gone)
