"""What all commands share: the data directory, the output in words or JSON, and errors in the same words
everywhere.
"""

import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from sanad_node.engines.base import ChainUnavailable
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.pipeline.refusals import ActRefused
from sanad_verifier.errors import EvidenceError, InputError, SanadError

DONE, REFUSED, CANNOT_TELL, USAGE = 0, 1, 2, 3

Data = Annotated[
    Path,
    typer.Option(
        "--data", envvar="SANAD_DATA", help="The data directory of this node.", show_default="sanad-data"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]
As = Annotated[str, typer.Option("--as", help="Code of the formation that acts.")]
Key = Annotated[
    str | None,
    typer.Option("--key", help="Idempotency key: the same key with the same request is the same act."),
]
TypeOption = Annotated[
    str | None, typer.Option("--type", help="Type of the document, to tell it from others.")
]
IssuerOption = Annotated[str | None, typer.Option("--issuer", help="Code of the formation that issued it.")]
DEFAULT_DATA = Path("sanad-data")


class Answer(typer.Exit):
    """Ends a command with an exit code after its answer was printed."""


def open_node(data: Path) -> Node:
    """The node of a data directory, to be used as a context manager."""
    return Node(data)


def say(as_json: bool, payload: dict[str, Any], *lines: str) -> None:
    """Print an answer: the payload as JSON, or the lines."""
    if as_json:
        print(json.dumps(payload, default=plain, ensure_ascii=False))
    else:
        for line in lines:
            print(line)


def plain(value: Any) -> Any:
    """Bytes as hex, records as objects, enumerations by name: how values look in JSON."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.name.lower()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def moment(seconds: int | None) -> str:
    """A time as people read it; a dash for none."""
    return "-" if not seconds else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def act_payload(act: Act) -> dict[str, Any]:
    """An act in JSON."""
    return {
        "act": act.id,
        "state": act.state,
        "entry": act.entry,
        "block": act.block,
        "tx": None if act.tx is None else act.tx.hex(),
        "idempotencyKey": act.key,
        "replayed": act.replayed,
    }


def act_line(act: Act) -> str:
    """An act in words."""
    if act.entry is None:
        return "accepted: the act is stored durably; the chain cannot be reached, it will be anchored when it can"
    return f"{act.state}: entry {act.entry} in block {act.block}"


def finish(act: Act) -> NoReturn:
    """End a command that acted: done when anchored, cannot tell while it is only promised."""
    raise Answer(DONE if act.entry is not None else CANNOT_TELL)


def exit_code(error: SanadError) -> int:
    """Which exit code an error ends a command with."""
    if isinstance(error, (EvidenceError, ActRefused)):
        return REFUSED
    if isinstance(error, ChainUnavailable):
        return CANNOT_TELL
    return USAGE


def complain(error: SanadError, as_json: bool) -> int:
    """Print an error; returns the exit code."""
    shown: dict[str, Any] = dict(error.as_dict())
    problems = getattr(error, "problems", ())
    if problems:
        shown["problems"] = [asdict(problem) for problem in problems]
    if as_json:
        print(json.dumps({"error": shown}, ensure_ascii=False))
    else:
        where = f" [{error.field}]" if error.field else ""
        print(f"error {error.code}{where}: {error.message}", file=sys.stderr)
        for problem in problems:
            print(f"  {problem.pointer or '/'}: {problem.message} ({problem.code})", file=sys.stderr)
    return exit_code(error)


class FileUnreadable(InputError):
    """A file named on the command line cannot be read."""

    code = "FILE_UNREADABLE"


FILE_AT_MOST = 64 << 20


def read_file(path: Path) -> bytes:
    """The bytes of a file named by the user; bounded."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_AT_MOST + 1)
    except OSError as error:
        raise FileUnreadable("the file cannot be read", field=path.name) from error
    if len(data) > FILE_AT_MOST:
        raise FileUnreadable("the file is larger than 64 MiB", field=path.name)
    return data


def parse_time(text: str, field: str) -> int:
    """Seconds of an ISO 8601 time (UTC when it names no zone), or of `now`."""
    if text == "now":
        return int(datetime.now(UTC).timestamp())
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise TimeInvalid("a time is written like 2026-11-23 or 2026-11-23T14:30:00Z", field=field) from error
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


class TimeInvalid(InputError):
    """A time is not written in ISO 8601 form."""

    code = "TIME_INVALID"
