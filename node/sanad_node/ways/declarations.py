"""What other systems write about declarations, in one way for all readers: numbers, tariff codes, countries, units."""

import re
from datetime import date
from functools import cache

import pycountry

from sanad_node.ways.rows import BatchSourceInvalid

_GD = re.compile(r"([A-Z]{4})-([A-Z]{2})-([0-9]{1,8})-([0-9]{2})-([0-9]{2})-([0-9]{4})")
"""A declaration's number: formation, type, serial number, day."""
_DOTTED = re.compile(r"[0-9]{4}\.[0-9]{2}(?:[0-9]{2})?")
UNITS = {"KG": "KGM", "MT": "TNE", "NO": "NMB", "NOS": "NMB"}
"""Units as customs write them, and their codes of UN/ECE Recommendation 20. Others are taken as they are."""


def gd_date(number: str, field: str) -> str:
    """The day at the end of a declaration's number. People write numbers without it, and the same serial number comes
    back each day: such a number is no key.
    """
    *_, day, month, year = _gd(number, field)
    return calendar_day(year, month, day, field)


def gd_office(number: str, field: str) -> str:
    """The formation at the beginning of a declaration's number."""
    return _gd(number, field)[0]


def calendar_day(year: str, month: str, day: str, field: str) -> str:
    """A day of the calendar as ISO 8601 writes it."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError as error:
        raise BatchSourceInvalid("the day is not in the calendar", field=field) from error


def tariff_code(text: str) -> str:
    """A code written like `8703.2323` in digits; anything else as it is."""
    return text.replace(".", "") if _DOTTED.fullmatch(text) else text


def unit(text: str) -> str:
    return UNITS.get(text.upper(), text)


def country(text: str, field: str) -> str:
    """The code (ISO 3166-1) of a country named by it or by its English name."""
    if not text:
        return ""
    code = _countries().get(text.casefold())
    if code is None:
        raise BatchSourceInvalid("this is the name of no country in ISO 3166-1", field=field)
    return code


@cache
def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for one in pycountry.countries:
        for name in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if (told := getattr(one, name, None)) is not None:
                names[told.casefold()] = one.alpha_2
    return names


def _gd(number: str, field: str) -> tuple[str, ...]:
    told = _GD.fullmatch(number.strip())
    if told is None:
        raise BatchSourceInvalid(
            "a declaration's number is written with its day, like KAPW-HC-22012-18-08-2022", field=field
        )
    return told.groups()
