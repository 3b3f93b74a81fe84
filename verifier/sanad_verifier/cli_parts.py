"""What the commands of the verifier share: reading files, telling times, and what goes wrong with both."""

import argparse
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError
from sanad_verifier.roots import is_root, verify_root
from sanad_verifier.trust import Trust, parse_trust
from sanad_verifier.trust_reading import TrustInvalid

TRUST_AT_MOST = 16 << 20
_PRIVATE = 0o600


class FileUnreadable(EnvironmentFault):
    """A file named on the command line cannot be read."""

    code = "FILE_UNREADABLE"


class FileTooLarge(InputError):
    """A file is larger than anything it could be."""

    code = "FILE_TOO_LARGE"


class FileUnwritable(EnvironmentFault):
    """A file named on the command line cannot be written; what was there is as it was."""

    code = "FILE_UNWRITABLE"


class RootExpired(InputError):
    """The time of the trust root at hand is over: whom to believe now, only the next one says."""

    code = "ROOT_EXPIRED"


class UsageWrong(InputError):
    """The command line cannot be understood."""

    code = "USAGE"


class Parser(argparse.ArgumentParser):
    """A command line that, where it is wrong, is an error of ours."""

    def error(self, message: str) -> NoReturn:
        raise UsageWrong(f"{message}; see {self.prog} --help")


def moment(seconds: int) -> str:
    """A time for people."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):  # a time beyond what calendars here can name
        return f"second {seconds}"


def span(seconds: int) -> str:
    """A length of time for people."""
    if seconds < 2 * 3600:
        return f"{seconds // 60} minutes"
    return f"{seconds // 3600} hours" if seconds < 2 * 86400 else f"{seconds // 86400} days"


def new_parser(name: str, description: str, *, epilog: str) -> Parser:
    """The parser of one command, with the option that all have."""
    parser = Parser(
        name,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def as_json(told: dict[str, Any]) -> str:
    """One JSON object."""
    return json.dumps(told)  # in ASCII: a terminal of any encoding can take it


def read_file(path: Path, largest: int) -> bytes:
    """A file's bytes; `FileUnreadable`, or `FileTooLarge` if there are more than `largest`."""
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)  # one byte more, to see that there is more
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise FileUnreadable("the file cannot be read", field=path.name or str(path)) from error
    if len(data) > largest:
        raise FileTooLarge(f"the file is larger than {largest >> 20} MiB", field=path.name)
    return data


def time_of(text: str | None) -> int:
    """The time (seconds) that an option names in ISO 8601, or that it is now."""
    if text is None:
        return int(datetime.now(UTC).timestamp())
    try:
        when = datetime.fromisoformat(text)
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise UsageWrong("a time is written like 2026-11-23T14:30:00Z", field="--at") from error


def read_trust(path: Path) -> Trust:
    """What the trust file, or the trust root, of that name says; `TrustInvalid` if it is none to go by."""
    data = read_file(path, TRUST_AT_MOST)
    if not is_root(data):
        return parse_trust(data)
    try:
        return verify_root(data).trusted()
    except EvidenceError as error:  # it is no evidence, but what all evidence is checked against
        raise TrustInvalid(f"{error.message} ({error.code})", field=path.name) from error


def read_current_trust(path: Path) -> Trust:
    """The same, for who is told no age: `RootExpired` if the time of a trust root is over by the clock here."""
    trust = read_trust(path)
    if 0 < trust.valid_until <= time_of(None):
        raise RootExpired("the trust root's time is over: get the one that follows it", field=path.name)
    return trust


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads: beside it first, so that what is there stays whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise FileUnwritable("the file cannot be written", field=path.name) from error
