"""Numbers of people, firms and banks."""

import re

from stdnum import bic as stdnum_bic
from stdnum import ean as stdnum_ean
from stdnum import iban as stdnum_iban
from stdnum import lei as stdnum_lei
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.pk import cnic as stdnum_cnic

from sanad_node.identifiers.judgement import FITS, NOT_CHECKED, Judgement, doubtful

NTN = re.compile(r"[0-9]{7}(-?[0-9]{1,2})?")
AZAD_KASHMIR = "8"
"""The first digit of cards of Azad Kashmir, which python-stdnum does not know."""


def ntn(text: str) -> Judgement:
    """A National Tax Number. No algorithm of its check digit is public, so only the form can be told."""
    if not NTN.fullmatch(text.strip()) or not text.strip("0-"):
        return doubtful("NTN_FORM", "an NTN has seven digits and a check digit; a leading zero belongs to it")
    return NOT_CHECKED


def strn(text: str) -> Judgement:
    """A Sales Tax Registration Number: 13 digits."""
    return NOT_CHECKED if re.fullmatch(r"[0-9]{13}", text) else doubtful("STRN_FORM", "an STRN has 13 digits")


def cnic(text: str) -> Judgement:
    """A computerised national identity card number: region, family, person; it has no check digit."""
    number = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]{13}", number):
        return doubtful("CNIC_FORM", "an identity card number has 13 digits: five, seven and one")
    if number[-1] == "0":
        return doubtful("CNIC_LAST_DIGIT", "the last digit of an identity card number is 1 to 9")
    known = ("7" + number[1:]) if number[0] == AZAD_KASHMIR else number
    if not stdnum_cnic.is_valid(known):
        return doubtful("CNIC_REGION", "no region of identity cards begins with this digit")
    return FITS


def iban(text: str) -> Judgement:
    """An International Bank Account Number (ISO 13616)."""
    try:
        stdnum_iban.validate(text, check_country=False)
    except InvalidChecksum:
        return doubtful("IBAN_CHECK_DIGITS", "the check digits of this account number are wrong")
    except ValidationError:
        return doubtful("IBAN_FORM", "this is not of the form of its country's account numbers")
    return FITS


def bic(text: str) -> Judgement:
    """A Business Identifier Code (ISO 9362): its form, and that its country exists. The register is not here."""
    if stdnum_bic.is_valid(text):
        return NOT_CHECKED
    return doubtful("BIC_FORM", "a BIC has four letters, a country, a place, and three more or none")


def lei(text: str) -> Judgement:
    """A Legal Entity Identifier (ISO 17442)."""
    if stdnum_lei.is_valid(text):
        return FITS
    return doubtful("LEI_CHECK_DIGITS", "this is no LEI: 20 characters, the last two of them check digits")


def gln(text: str) -> Judgement:
    """A GS1 number of 8, 12, 13 or 14 digits: GLN, GTIN."""
    if stdnum_ean.is_valid(text):
        return FITS
    return doubtful("GS1_CHECK_DIGIT", "the check digit of this GS1 number is wrong")
