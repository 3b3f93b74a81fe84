"""Amounts as people write them: decimal strings of a currency or a unit, and whole numbers of its smallest step.

How many decimals a currency has is ISO 4217's (package `iso4217`: the standard's own table). Quantities have
four, as in the documents. What has more than that is refused, not rounded.
"""

import re

from iso4217 import Currency

from sanad_node.drawdown.masking import MOST
from sanad_verifier.drawdown_words import Counts, Measure
from sanad_verifier.errors import InputError

QUANTITY_DECIMALS = 4
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,4}))?")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")


class AmountInvalid(InputError):
    """An amount is a decimal string above zero, with no more decimals than its currency or unit has."""

    code = "AMOUNT_INVALID"


class MeasureUnknown(InputError):
    """What is counted is a currency with decimals in ISO 4217, or a unit of UN/ECE Recommendation 20."""

    code = "MEASURE_UNKNOWN"


def currency(code: str) -> Measure:
    """The measure of a currency; `MeasureUnknown` for a code that is none, or has no minor unit (gold, test codes)."""
    try:
        exponent = Currency(code).exponent
    except ValueError as error:
        raise MeasureUnknown("this is no currency of ISO 4217", field="currency") from error
    if exponent is None:
        raise MeasureUnknown("ISO 4217 knows no decimals of this currency", field="currency")
    return Measure(Counts.CURRENCY, exponent, code)


def unit(code: str) -> Measure:
    """The measure of a unit by its code."""
    if not _UNIT.fullmatch(code):
        raise MeasureUnknown("a unit is a code of UN/ECE Recommendation 20", field="unit")
    return Measure(Counts.UNIT, QUANTITY_DECIMALS, code)


def parse(text: str, measure: Measure, field: str = "amount") -> int:
    """An amount in steps of the measure's last decimal; `AmountInvalid` for anything else. Zeros beyond the last
    decimal are taken: PSW writes four decimals of every currency.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise AmountInvalid("an amount is a decimal string, as 1250.00", field=field)
    whole, rest = match[1], match[2] or ""
    if rest[measure.decimals :].strip("0"):
        raise AmountInvalid(f"{measure.code} has {measure.decimals} decimals", field=field)
    amount = int(whole + rest[: measure.decimals].ljust(measure.decimals, "0"))
    if not 0 < amount <= MOST:
        raise AmountInvalid("an amount is above zero", field=field)
    return amount


def write(amount: int, measure: Measure) -> str:
    """An amount as a decimal string, with all decimals of its measure."""
    if measure.decimals == 0:
        return str(amount)
    digits = str(amount).rjust(measure.decimals + 1, "0")
    return f"{digits[: -measure.decimals]}.{digits[-measure.decimals :]}"
