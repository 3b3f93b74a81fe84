"""Codes out of lists: countries and currencies (ISO, by pycountry), places (UN/LOCODE), goods (HS), units (UN/ECE
Recommendation 20), delivery terms.

A list that this node holds only in part (see data/README.md) can say that a code is known, and of what it covers
whole also that one is not; of the rest nothing is said.
"""

from functools import cache
from importlib.resources import files

import pycountry

from sanad_node.identifiers.judgement import FITS, NOT_CHECKED, Judgement, doubtful

DATA = files("sanad_node.identifiers") / "data"
CHAPTERS = frozenset(f"{n:02}" for n in range(1, 98)) - {"77"}
"""Chapters of the Harmonized System; 77 is reserved, 98 and 99 are for national use."""
INCOTERMS = frozenset(["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF", "C&F"])
RETIRED_TERMS = frozenset(["DAT", "DAF", "DES", "DEQ", "DDU", "CAF", "CNF"])
UNITS = frozenset(
    {
        *("KGM", "GRM", "TNE", "DTN", "LBR", "ONZ", "LTR", "MLT", "GLL", "BLL"),
        *("MTR", "CMT", "MMT", "KMT", "FOT", "INH", "YRD", "MTK", "MTQ"),
        *("NMB", "H87", "C62", "EA", "PR", "DZN", "SET", "GRO", "CEN", "MIL"),
        *("PK", "BX", "CT", "BG", "BA", "BE", "CS", "CR", "DR", "RO", "PF", "TN"),
        *("KWH", "WTT", "KWT", "HUR", "DAY"),
    }
)
"""Codes of Recommendation 20 (and of 21 for packages) that occur in the trade documents seen: not the whole list."""
MISWRITTEN_UNITS = {
    "KG": "KGM", "KGS": "KGM", "MT": "TNE", "MTS": "TNE", "TON": "TNE", "LTS": "LTR", "LT": "LTR", "PC": "H87",
    "PCS": "H87", "PCE": "H87", "NO": "NMB", "NOS": "NMB", "NUM": "NMB", "UNT": "C62", "SQM": "MTK", "CBM": "MTQ",
    "DOZ": "DZN", "MTRS": "MTR",
}  # fmt: skip


@cache
def _listed(name: str) -> dict[str, frozenset[str]]:
    """The codes of a data file, by what they begin with."""
    lines = (line.split() for line in (DATA / name).read_text("ascii").splitlines() if line)
    return {first: frozenset(rest) for first, *rest in lines}


@cache
def _countries() -> frozenset[str]:
    return frozenset(one.alpha_2 for one in pycountry.countries)


@cache
def _currencies() -> frozenset[str]:
    return frozenset(one.alpha_3 for one in pycountry.currencies)


@cache
def _past_countries() -> frozenset[str]:
    return frozenset(one.alpha_2 for one in pycountry.historic_countries if hasattr(one, "alpha_2"))


def country(text: str) -> Judgement:
    """ISO 3166-1 alpha-2."""
    if text in _countries():
        return FITS
    if text in _past_countries():
        return doubtful("COUNTRY_PAST", "this country's code is no longer in use")
    return doubtful("COUNTRY_UNKNOWN", "no country has this code (ISO 3166)")


def currency(text: str) -> Judgement:
    """ISO 4217."""
    if text in _currencies():
        return FITS
    return doubtful("CURRENCY_UNKNOWN", "no currency that is in use has this code (ISO 4217)")


def place(text: str) -> Judgement:
    """UN/LOCODE. Of countries whose list is not here only the country is checked."""
    if text[:2] not in _countries() and text[:2] != "XZ":  # international waters
        return doubtful("PLACE_COUNTRY", "the first two letters of a place are a country (UN/LOCODE)")
    known = _listed("unlocode.txt").get(text[:2])
    if known is None:
        return NOT_CHECKED
    if text[2:] in known:
        return FITS
    return doubtful("PLACE_UNKNOWN", "the list of this country has no such place (UN/LOCODE)")


def hs_digits(text: str) -> str:
    """The digits of a tariff code however it is written: `8481.1000` is `84811000`."""
    return "".join(char for char in text if char.isascii() and char.isdigit())


def hs(text: str) -> Judgement:
    """A code of the Harmonized System, at six digits; what a country adds to them is not checked."""
    digits = hs_digits(text)
    if len(digits) < 6 or len(digits) > 12 or len(digits) % 2:
        return doubtful("HS_LENGTH", "a tariff code has 6 to 12 digits, two by two")
    if digits[:2] in ("98", "99"):
        return NOT_CHECKED
    if digits[:2] not in CHAPTERS:
        return doubtful("HS_CHAPTER", "the Harmonized System has no such chapter")
    known = _listed("hs6.txt").get(digits[:2])
    if known is None:
        return NOT_CHECKED
    if digits[2:6] in known:
        return FITS
    return doubtful("HS_UNKNOWN", "the edition of 2022 has no such subheading; an older one may")


def unit(text: str) -> Judgement:
    """A unit of measure (UN/ECE Recommendation 20)."""
    if text in UNITS:
        return FITS
    if text in MISWRITTEN_UNITS:
        return doubtful("UNIT_MISWRITTEN", f"Recommendation 20 writes this unit {MISWRITTEN_UNITS[text]}")
    return NOT_CHECKED


def delivery_term(text: str) -> Judgement:
    """An Incoterm of 2020, or `C&F`, as CFR is still written."""
    if text in INCOTERMS:
        return FITS
    if text in RETIRED_TERMS:
        return doubtful("TERM_RETIRED", "this delivery term is not among the Incoterms of 2020")
    return doubtful("TERM_UNKNOWN", "this is no delivery term (Incoterms 2020)")
