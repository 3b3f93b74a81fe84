"""What can be given on the command line: options that several commands share, and how their texts become
values.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sanad_verifier.errors import InputError

Data = Annotated[
    Path,
    typer.Option(
        "--data", envvar="SANAD_DATA", help="The data directory of this node.", show_default="sanad-data"
    ),
]
DEFAULT_DATA = Path("sanad-data")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]
As = Annotated[str, typer.Option("--as", help="Code of the formation that acts.")]


def _usable_key(key: str | None) -> str | None:
    """The key, if a service would take it too: it names the act wherever it is asked for."""
    if key is not None:
        from sanad_node.client.acting import must_be_key  # noqa: PLC0415 - what speaks HTTP takes a while to import

        must_be_key(key)
    return key


Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        help="Idempotency key: the same key with the same request is the same act.",
        callback=_usable_key,
    ),
]
TypeOption = Annotated[
    str | None, typer.Option("--type", help="Type of the document, to tell it from others.")
]
IssuerOption = Annotated[
    str | None, typer.Option("--issuer", help="Code of the formation that issued it, or has its place.")
]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Reason, by name or number; see `sanad reasons`.")
]


class TimeInvalid(InputError):
    """A time is not written in ISO 8601 form, or lies outside the years 1970 to 9999."""

    code = "TIME_INVALID"


class AddressInvalid(InputError):
    """An address is 40 hex digits, a cosigning key 64."""

    code = "ADDRESS_INVALID"


def parse_time(text: str, field: str) -> int:
    """Seconds of an ISO 8601 time (UTC when it names no zone), or of `now`."""
    if text == "now":
        return int(datetime.now(UTC).timestamp())
    try:
        when = datetime.fromisoformat(text)
        seconds = int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise TimeInvalid("a time is written like 2026-11-23 or 2026-11-23T14:30:00Z", field=field) from error
    if seconds < 0:
        raise TimeInvalid("a time before 1970 cannot be on a chain", field=field)
    return seconds


AsOf = Annotated[
    str | None, typer.Option("--as-of", help="As of a final block (a number), or of a time (2026-03-03).")
]


def block_or_time(text: str | None, field: str) -> tuple[int | None, int | None]:
    """What `--as-of` names: a block by its number, or else a time; neither for none."""
    if text is None:
        return None, None
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text), None
    return None, parse_time(text, field)


def window(since: str | None, until: str | None) -> tuple[int, int]:
    """The two ends of a time of validity; 0 where none is given."""
    return (parse_time(since, "--from") if since else 0, parse_time(until, "--to") if until else 0)


def address(text: str, field: str = "ADDRESS") -> bytes:
    """The 20 bytes of an address."""
    return _hex(text.removeprefix("0x"), 20, "an address is 40 hex digits", field)


def cosigning_key(text: str) -> bytes:
    """The 32 bytes of an Ed25519 public key."""
    return _hex(text, 32, "a cosigning key is 64 hex digits", "--cosigning-key")


def _hex(text: str, length: int, rule: str, field: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError as error:
        raise AddressInvalid(rule, field=field) from error
    if len(raw) != length:
        raise AddressInvalid(rule, field=field)
    return raw
