"""Is this paper about the thing in front of me? Compares a number read off a car or a container with those
a document names.

Two readings of one number differ in blanks, dashes and case; in a chassis number also in I, O and Q, which
such numbers do not have (ISO 3779), so they are read as 1, 0 and 0 on both sides.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sanad_verifier.errors import InputError
from sanad_verifier.fields import Field
from sanad_verifier.json_profile import Json, JsonRefused, parse
from sanad_verifier.trust import SubjectField

LONGEST = 256
_IGNORED = re.compile(r"[\s\-\u2010-\u2015\u2212]")
_LOOKALIKES = str.maketrans("IOQ", "100")


class SubjectInvalid(InputError):
    """What was read off the thing is no number that could be compared."""

    code = "SUBJECT_INVALID"


def normalise_subject(kind: str, text: str) -> str:
    """A chassis, engine or container number as two readings of it are compared."""
    kept = _IGNORED.sub("", text).upper()
    return kept.translate(_LOOKALIKES) if kind == "chassis" else kept


def check_reading(reading: str) -> None:
    """Raise `SubjectInvalid` for a reading with nothing in it, or too much."""
    if len(reading) > LONGEST or not _IGNORED.sub("", reading):
        raise SubjectInvalid("a reading has between 1 and 256 characters", field="subject")


def subjects_named(document: bytes, fields: Sequence[SubjectField]) -> list[tuple[str, str]]:
    """(kind, number as compared) of each thing that a document names at these places."""
    try:
        value = parse(document)
    except JsonRefused:
        return []
    found = ((f.kind, text) for f in fields for text in _at(value, f.pointer.split("/")[1:]))
    return _as_compared(found)


def subjects_shown(shown: Sequence[Field], fields: Sequence[SubjectField]) -> list[tuple[str, str]]:
    """The same of the fields that were shown."""
    return _as_compared(
        (f.kind, one.value) for f in fields for one in shown if _fits(one.pointer, f.pointer.split("/"))
    )


def _as_compared(found: Iterable[tuple[str, Json]]) -> list[tuple[str, str]]:
    named = ((kind, normalise_subject(kind, text)) for kind, text in found if isinstance(text, str))
    return [(kind, number) for kind, number in named if number]


def _fits(pointer: str, segments: list[str]) -> bool:
    """Whether a pointer is one of those meant; `*` stands for the place of an element."""
    given = pointer.split("/")
    return len(given) == len(segments) and all(
        one == meant or (meant == "*" and one.isdecimal()) for one, meant in zip(given, segments, strict=True)
    )


def _at(value: Json, segments: list[str]) -> Iterator[Json]:
    """The values at a pointer; `*` stands for every element of a list."""
    for place, segment in enumerate(segments):
        if segment == "*" and isinstance(value, list):
            for element in value:
                yield from _at(element, segments[place + 1 :])
            return
        name = segment.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or name not in value:
            return
        value = value[name]
    yield value
