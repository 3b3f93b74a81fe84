"""Numbers of papers: declarations, financial instruments, manifests, payments.

Their forms are those seen in public messages and texts; no authority has published them, so what does not fit is
doubted and never refused.
"""

import re
from datetime import date

from sanad_node.identifiers.judgement import FITS, NOT_CHECKED, Judgement, doubtful

GD = re.compile(r"[A-Z]{4}-[A-Z]{2}-[0-9]{1,9}-([0-9]{2})-([0-9]{2})-([0-9]{4})")
GD_WITHOUT_DATE = re.compile(r"[A-Z]{4}-[A-Z]{2}-[0-9]{1,9}")
INSTRUMENT = re.compile(r"[A-Z0-9]{2,6}-(IMP|EXP)-[0-9]{6}-([0-9]{2})([0-9]{2})([0-9]{4})")
MANIFEST = re.compile(r"[A-Z]{4}-[0-9]{1,6}-([0-9]{2})([0-9]{2})([0-9]{4})")
_OF_MANIFEST = re.compile(r"[A-Z]{4}-[0-9]{1,6}-[0-9]+")


def declaration(text: str) -> Judgement:
    """A goods declaration's number: formation, type, serial, day: `KAPW-HC-22012-18-08-2022`."""
    found = GD.fullmatch(text.strip().upper())
    if found is None:
        if GD_WITHOUT_DATE.fullmatch(text.strip().upper()):
            return doubtful("GD_NUMBER_UNDATED", "the day is missing: the same serial comes again each day")
        return doubtful("GD_NUMBER_FORM", "a declaration's number is formation-type-serial-dd-mm-yyyy")
    return _dated(found, "GD_NUMBER_DATE")


def instrument(text: str) -> Judgement:
    """A financial instrument's number: bank, direction, serial, day: `SLB-IMP-000002-29062021`."""
    found = INSTRUMENT.fullmatch(text.strip().upper())
    if found is None:
        return doubtful(
            "FI_NUMBER_FORM", "an instrument's number is BANK-IMP or BANK-EXP, six digits, ddmmyyyy"
        )
    return _dated(found, "FI_NUMBER_DATE", first=2)


def manifest(text: str) -> Judgement:
    """A vessel's intimation report: port, serial, day: `KAPW-0117-15092026`."""
    given = text.strip().upper()
    found = MANIFEST.fullmatch(given)
    if found is not None:
        return _dated(found, "VIR_NUMBER_DATE")
    if _OF_MANIFEST.fullmatch(given):
        return doubtful("VIR_NUMBER_DATE", "the day at the end of a VIR number is ddmmyyyy")
    return doubtful("VIR_NUMBER_FORM", "a VIR number is port, serial and ddmmyyyy")


def _dated(found: re.Match[str], code: str, *, first: int = 1) -> Judgement:
    day, month, year = (int(found[place]) for place in range(first, first + 3))
    try:
        date(year, month, day)
    except ValueError:
        return doubtful(code, "the day in this number is not in the calendar")
    return FITS


def psid(text: str) -> Judgement:
    """A payment slip: 17 digits."""
    return (
        NOT_CHECKED
        if re.fullmatch(r"[0-9]{17}", text)
        else doubtful("PSID_FORM", "a payment slip has 17 digits")
    )


def bill_reference(text: str) -> Judgement:
    """A carrier's reference of a transport document (DCSA: at most 20 characters). Unique with the carrier only."""
    if len(text) > 20 or not text.isascii() or not text.strip():
        return doubtful("BILL_REFERENCE_FORM", "a bill's reference has at most 20 characters")
    return NOT_CHECKED


def carrier_code(text: str) -> Judgement:
    """A code of a carrier: SCAC (NMFTA, two to four letters) or SMDG (three). The lists are not here."""
    if re.fullmatch(r"[A-Z0-9]{2,4}", text):
        return NOT_CHECKED
    return doubtful("CARRIER_CODE_FORM", "a carrier's code has two to four capital letters")
