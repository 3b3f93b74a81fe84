"""The option `--clock` of checking: a file that remembers the newest cosignature this reader ever met."""

import os
from collections.abc import Iterable
from pathlib import Path

from sanad_verifier.cli_parts import read_file, write_private
from sanad_verifier.clock import SIZE_AT_MOST, remembered, remembering
from sanad_verifier.trust import Trust
from sanad_verifier.verdict import Report

HELP = "remembers when the newest evidence was cosigned; the clock is not believed to be before that"


def with_clock(trust: Trust, path: Path | None) -> Trust:
    """The trust of a reader who remembers what is in the file, if one was named and is there already."""
    if path is None or not os.path.lexists(path):
        return trust
    return remembering(trust, read_file(path, SIZE_AT_MOST))


def remember(path: Path | None, trust: Trust, reports: Iterable[Report]) -> None:
    """Write the time of the newest checkpoint that these reports met, if it is newer than what the file has."""
    newer = remembered(trust, max(report.seen for report in reports))
    if path is not None and newer is not None:
        write_private(path, newer)
