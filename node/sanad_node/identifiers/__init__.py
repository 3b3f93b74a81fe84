"""Could the numbers and codes that a document names be right ones?

A container number has a check digit, a place is in a list, a date is a day of the calendar: a mistake in one of
them is found before the document is signed. Nothing is refused here. Real papers break the rules (a truck stands
where a container is named, a European chassis number has no check digit), so what looks wrong is a warning, and
what cannot be told is neither right nor wrong.
"""

from sanad_node.identifiers.judgement import Judgement
from sanad_node.identifiers.judging import judge, kinds
from sanad_node.identifiers.warnings import (
    IdentifierWarning,
    Looked,
    as_line,
    look,
    warnings_about,
    warnings_in,
)

__all__ = [
    "IdentifierWarning",
    "Judgement",
    "Looked",
    "as_line",
    "judge",
    "kinds",
    "look",
    "warnings_about",
    "warnings_in",
]
