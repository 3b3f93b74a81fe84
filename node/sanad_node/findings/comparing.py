"""Do two writings mean the same? Names, numbers, codes and measures, each in its own way."""

import re
import unicodedata
from decimal import Decimal

from sanad_node.types import NumberInvalid, normalise_number
from sanad_verifier.subjects import normalise_subject

_WORD = re.compile(r"[^\W_]+")
_FORMS = {"LIMITED": "LTD", "PRIVATE": "PVT", "COMPANY": "CO", "CORPORATION": "CORP", "AND": "", "THE": ""}
MASS = {"KGM": Decimal(1), "TNE": Decimal(1000), "GRM": Decimal("0.001"), "LBR": Decimal("0.45359237")}
"""Kilograms of a unit of mass (UN/ECE Recommendation 20)."""
PIECES = {"NMB", "H87", "C62", "EA"}
DIGITS_ONLY = {"buyerNtn", "traderNtn"}
NAMES = {"buyerName", "sellerName", "traderName", "partnerName"}
THINGS = {"container", "seal"}


def same_form(name: str, text: str) -> str:
    """A fact as two papers' writings of it are compared."""
    if name in NAMES:
        return name_form(text)
    if name in THINGS:
        return re.sub(r"[/.]", "", normalise_subject("container", text))
    if name in DIGITS_ONLY:
        return re.sub(r"\D", "", text)[:7]  # the check digit is often left out
    if name == "deliveryTerm":
        return "CFR" if text == "C&F" else text
    try:
        return normalise_number(text)
    except NumberInvalid:
        return text


def name_form(text: str) -> str:
    """A firm's name without case, marks and the ways of writing its legal form."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).upper()
    words = (_FORMS.get(word, word) for word in _WORD.findall(plain))
    return " ".join(word for word in words if word)


def words(text: str) -> frozenset[str]:
    """The words of a description, to tell how much two have in common."""
    return frozenset(word for word in name_form(text).split() if len(word) > 1)


def likeness(one: frozenset[str], other: frozenset[str]) -> Decimal:
    """How much two descriptions have in common, 0 to 1: shared words among all words of the shorter one."""
    shorter = min(len(one), len(other))
    return Decimal(len(one & other)) / shorter if shorter else Decimal(0)


def in_unit(quantity: Decimal, unit: str, wanted: str) -> Decimal | None:
    """A quantity in another unit; None where one cannot be told from the other."""
    if unit == wanted or (unit in PIECES and wanted in PIECES):
        return quantity
    if unit in MASS and wanted in MASS:
        return quantity * MASS[unit] / MASS[wanted]
    return None
