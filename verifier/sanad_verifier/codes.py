"""Codes that entries carry, and the words for them: reasons for an act, conditions of goods
(docs/spec/entry.md).
"""

from enum import IntEnum


class Condition(IntEnum):
    """What state the goods were found in."""

    NOT_STATED = 0
    GOOD = 1
    DAMAGED = 2
    SHORT = 3
    EXCESS = 4
    SEAL_BROKEN = 5
    SEAL_CHANGED = 6
    WRONG_GOODS = 7
    SEAL_LOCKED = 8

    @property
    def words(self) -> str:
        """The condition as a person says it."""
        return self.name.lower().replace("_", " ")


class Reason(IntEnum):
    """Why an act was done."""

    ISSUED_IN_ERROR = 1
    DATA_CORRECTED = 2
    FRAUD = 3
    COURT_ORDER = 4
    KEY_COMPROMISE = 5
    CANCELLED_AT_HOLDERS_REQUEST = 6
    GOODS_NOT_SHIPPED = 7
    DUPLICATE = 8
    UNDER_INQUIRY = 9
    INQUIRY_CLOSED = 10
    LOST_OR_STOLEN_PAPER = 11
    AMENDED = 12
    CUSTOMS_EXAMINATION = 13
    DUTY_UNPAID = 14
    ORDER_VACATED = 15
    DUTY_PAID = 16
    TAKER_DID_NOT_COME = 17
    VEHICLE_BREAKDOWN = 18
    OFFICER_MOVED = 19

    @property
    def words(self) -> str:
        """The reason as a person says it."""
        return self.name.lower().replace("_", " ").replace("holders", "the holder's")


def reason_words(code: int) -> str:
    """The words for a reason code; contracts accept codes that this version has no words for."""
    try:
        return Reason(code).words
    except ValueError:
        return f"reason {code}"
