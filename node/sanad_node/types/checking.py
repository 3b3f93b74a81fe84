"""Is this a document of that type, and what is certified of it?

A JSON document is certified by the SHA-256 of its canonical bytes (docs/spec/json-profile.md), anything
else by the SHA-256 of its bytes as they are. Whatever is wrong is told all at once, up to a bound, each
with its place and without repeating what was written there: messages end up in logs, documents do not
belong there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from sanad_node.types import pointers
from sanad_node.types.business_key import NumberInvalid, normalise_number
from sanad_node.types.open_attestation import OpenAttestationInvalid, check_open_attestation
from sanad_node.types.registry import DocumentType
from sanad_verifier import json_profile
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import InputError

if TYPE_CHECKING:  # jsonschema takes a while to import and is not needed for plain files
    from jsonschema.exceptions import ValidationError

MOST_PROBLEMS = 20
_SAFE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: where (a JSON pointer), a stable code, a sentence."""

    pointer: str
    code: str
    message: str


class DocumentInvalid(InputError):
    """A document is not of its type. `problems` says where and why."""

    code = "DOCUMENT_INVALID"

    def __init__(self, message: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(message, field=problems[0].pointer)
        self.problems = problems


class DocumentSaltMissing(DocumentInvalid):
    """A document of a salted type has no salt: whoever knows its fields could guess its digest (`prepare`
    adds one).
    """

    code = "DOCUMENT_SALT_MISSING"


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document that passed its type's check."""

    type: DocumentType
    content: bytes
    """What is certified, kept and shown: canonical JSON, or the bytes as given."""
    digest: Digest
    value: Any | None
    """The parsed JSON, None for bytes."""
    number: str
    """The normalised business number the blinded key is made of; empty for bytes that were given none."""
    key_text: str
    """The number as the document writes it, for people."""


def check(document_type: DocumentType, data: bytes, *, number: str | None = None) -> CheckedDocument:
    """The document in `data`, or why it is not one of this type.

    `number` is the number its bearer says it has: needed where the bytes do not carry one, else it must
    agree. Raises `DocumentInvalid`, `NumberInvalid`, or the JSON profile's errors for text that is not JSON
    in our profile.
    """
    if not data:
        raise _invalid(Problem("", "EMPTY", "the document is empty"))
    if len(data) > document_type.max_bytes:
        raise _invalid(
            Problem("", "TOO_LARGE", f"the document is larger than {document_type.max_bytes} bytes")
        )
    if document_type.form == "bytes":
        _must_be_as_wrapped(data)
        key_text = " ".join((number or "").split())
        normalised = "" if number is None else normalise_number(number)
        return CheckedDocument(document_type, data, sha256(data), None, normalised, key_text)
    value = json_profile.parse(data)
    _must_fit_schema(document_type, value)
    parts = [str(pointers.first(value, pointer)) for pointer in document_type.key]
    normalised = normalise_number(*parts)
    if number is not None and normalise_number(number) not in (normalised, normalise_number(parts[-1])):
        raise NumberInvalid("the number given is not the one in the document", field="number")
    content = json_profile.canonicalise(value)
    return CheckedDocument(document_type, content, sha256(content), value, normalised, "/".join(parts))


def _must_be_as_wrapped(data: bytes) -> None:
    """Refuses a trade document of another platform that contradicts its own digest."""
    try:
        check_open_attestation(data)
    except OpenAttestationInvalid as error:
        raise _invalid(Problem(error.pointer, "OPEN_ATTESTATION", error.message)) from error


def _must_fit_schema(document_type: DocumentType, value: Any) -> None:
    from sanad_node.types.schemas import (  # noqa: PLC0415  see TYPE_CHECKING above
        quick_validator_for,
        validator_for,
    )

    if quick_validator_for(document_type).is_valid(value):
        return
    errors = validator_for(document_type).iter_errors(value)
    problems = tuple(islice((p for error in errors for p in _problems(error)), MOST_PROBLEMS))
    if not problems:  # the two validators disagree: refuse what either refuses
        raise _invalid(Problem("", "NOT_ALLOWED", "this is not allowed by the type's schema"))
    if document_type.salted and isinstance(value, dict) and "salt" not in value:
        raise DocumentSaltMissing("the document has no salt: prepare it first", problems)
    raise _invalid(*problems)


def _invalid(*problems: Problem) -> DocumentInvalid:
    first, more = problems[0], len(problems) - 1
    where = f"at {first.pointer} " if first.pointer else ""
    others = f" (and {more} more)" if more else ""
    return DocumentInvalid(f"{where}{first.message}{others}", problems)


def _problems(error: "ValidationError") -> Iterator[Problem]:
    """One error of the schema in our words."""
    place = pointers.join([_shown(segment) for segment in error.absolute_path])
    keyword, told, instance = (
        str(error.validator),
        cast(Any, error.validator_value),
        cast(Any, error.instance),
    )
    if keyword == "required":
        for name in told:
            if name not in instance and error.message.startswith(repr(name)):
                code = "SALT_MISSING" if name == "salt" and not place else "MEMBER_MISSING"
                yield Problem(f"{place}/{name}", code, "this member is missing")
    elif keyword == "additionalProperties":
        known = cast(Any, error.schema).get("properties", {})
        for name in sorted(instance.keys() - known.keys())[:MOST_PROBLEMS]:
            yield Problem(f"{place}/{_shown(name)}", "MEMBER_UNKNOWN", "the type has no such member")
    else:
        code, message = _WORDS.get(keyword, ("NOT_ALLOWED", "this is not allowed here"))
        yield Problem(place, code, message(told) if callable(message) else message)


def _shown(segment: str | int) -> str | int:
    """A member's name, if it could be one of ours: a hostile name is not repeated."""
    return segment if isinstance(segment, int) or _SAFE_NAME.fullmatch(segment) else "?"


_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
}


def _type_words(wanted: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return "this must be " + " or ".join(_KINDS.get(name, name) for name in names)


_WORDS: dict[str, tuple[str, Any]] = {
    "type": ("WRONG_TYPE", _type_words),
    "pattern": ("WRONG_FORM", "this is not written in the form the type asks for"),
    "format": ("WRONG_DATE", "this is not a date or time in ISO 8601 form"),
    "enum": ("NOT_ALLOWED", lambda allowed: "this must be one of " + ", ".join(map(str, allowed))),
    "const": ("NOT_ALLOWED", lambda wanted: f"this must be {wanted}"),
    "maxLength": ("TOO_LONG", lambda most: f"this may have at most {most} characters"),
    "minLength": ("TOO_SHORT", lambda least: f"this must have at least {least} characters"),
    "maxItems": ("TOO_MANY", lambda most: f"this list may have at most {most} elements"),
    "minItems": ("TOO_FEW", lambda least: f"this list must have at least {least} elements"),
    "uniqueItems": ("NOT_UNIQUE", "this list has an element twice"),
    "minimum": ("OUT_OF_RANGE", lambda least: f"this must be at least {least}"),
    "maximum": ("OUT_OF_RANGE", lambda most: f"this must be at most {most}"),
    "maxProperties": ("TOO_MANY", lambda most: f"this may have at most {most} members"),
}
