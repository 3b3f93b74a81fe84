"""Numbers of what carries: containers (ISO 6346), ships (IMO), vehicles (ISO 3779 and Japanese frame numbers)."""

import re

from stdnum import imo as stdnum_imo
from stdnum import iso6346
from stdnum.exceptions import ValidationError

from sanad_node.identifiers.judgement import FITS, NOT_CHECKED, Judgement, doubtful
from sanad_verifier.subjects import normalise_subject

CONTAINER_LIKE = re.compile(r"[A-Z]{4}[0-9]{5,9}")
CATEGORIES = "UJZ"
SAME = re.compile(r"(.)\1*")
CHECKED_REGIONS = "12345L"
"""World manufacturer regions (ISO 3780) whose law makes the ninth character a check digit: North America, China."""
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True)
)


def container(text: str) -> Judgement:
    """A container number, or the truck number that stands in the same field, which nothing can be said about."""
    number = re.sub(r"[/.]", "", normalise_subject("container", text))
    if not CONTAINER_LIKE.fullmatch(number):
        return NOT_CHECKED
    if len(number) != 11:
        return doubtful("CONTAINER_LENGTH", "a container number has four letters and seven digits")
    if number[3] not in CATEGORIES:
        return doubtful("CONTAINER_CATEGORY", "the fourth letter of a container number is U, J or Z")
    try:
        iso6346.validate(number)
    except ValidationError:
        return doubtful("CONTAINER_CHECK_DIGIT", "the check digit of this container number is wrong")
    return FITS


def ship(text: str) -> Judgement:
    """An IMO ship identification number."""
    number = re.sub(r"(?i)^\s*imo\b", "", text).strip()
    try:
        stdnum_imo.validate(number)
    except ValidationError:
        return doubtful(
            "IMO_CHECK_DIGIT", "this is no IMO number: seven digits, the last of them a check digit"
        )
    return FITS


def chassis(text: str) -> Judgement:
    """A VIN of 17 characters, or the shorter frame number of a car made for Japan, which has no check digit.

    The check digit of a VIN is compulsory in North America and China only; elsewhere its place holds anything.
    """
    read = re.sub(r"[\s\-]", "", text).upper()
    number = normalise_subject("chassis", text)
    if (
        not number.isascii()
        or not number.isalnum()
        or len(number) < 5
        or not any(c.isdigit() for c in number)
    ):
        return doubtful("CHASSIS_FORM", "a chassis number has letters and digits, and at least five of them")
    if SAME.fullmatch(number):
        return doubtful("CHASSIS_IMPLAUSIBLE", "this chassis number is one character repeated")
    if len(number) != 17:
        return NOT_CHECKED
    if read != number:
        return doubtful("CHASSIS_LETTERS", "a chassis number of 17 has no I, O or Q: look at the plate again")
    if number[0] in CHECKED_REGIONS and number[8] != vin_check_digit(number):
        return doubtful("CHASSIS_CHECK_DIGIT", "the check digit of this chassis number is wrong")
    return FITS


def vin_check_digit(number: str) -> str:
    """The ninth character of a VIN by its other sixteen (49 CFR 565.15)."""
    total = sum(weight * _VALUES[char] for weight, char in zip(_WEIGHTS, number, strict=True))
    return "0123456789X"[total % 11]
