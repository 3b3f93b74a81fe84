"""What was found out about one identifier."""

from dataclasses import dataclass
from typing import Literal

from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError


@dataclass(frozen=True, slots=True)
class Judgement:
    """`yes`: it fits its rule. `no`: it does not, `code` says which rule and `message` what to look at.
    `not-checked`: there is no rule, or no list here, that could tell.
    """

    answer: Literal["yes", "no", "not-checked"]
    code: str = ""
    message: str = ""


FITS = Judgement("yes")
NOT_CHECKED = Judgement("not-checked")


def doubtful(code: str, message: str) -> Judgement:
    """It does not fit; the message never repeats what was written."""
    return Judgement("no", code, message)


def of_stdnum(error: ValidationError, form: Judgement, checksum: Judgement) -> Judgement:
    """What a refusal of python-stdnum means: another form, or a wrong check digit."""
    if isinstance(error, InvalidChecksum):
        return checksum
    if isinstance(error, (InvalidFormat, InvalidLength)):
        return form
    return checksum
