"""How a command ends: its answer in words or as one JSON object, its errors in the same words, its exit code."""

import json
import sys
from datetime import UTC, datetime
from typing import Any, NoReturn

import typer

from sanad_node.engines.base import ChainUnavailable
from sanad_node.ipfs.errors import IpfsFault
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.shown import members, shown
from sanad_node.wire import ActView
from sanad_verifier.cli_parts import RootExpired
from sanad_verifier.errors import EvidenceError, SanadError

DONE, REFUSED, CANNOT_TELL, USAGE = 0, 1, 2, 3

OPTIONS = {
    "countedOn": "--on",
    "as-of-block": "--as-of",
    "as-of-time": "--as-of",
    "formation": "--as",
    "idempotencyKey": "--key",
    "month": "--month",
    "until": "--until",
    "offset": "--offset",
    "number": "--number",
    "place": "--place",
    "quantity": "--quantity",
    "type": "--type",
}
"""What the command line calls a field that the use cases, which know no command line, name otherwise."""


__all__ = [
    "Answer",
    "act_line",
    "act_payload",
    "complain",
    "exit_code",
    "finish",
    "members",
    "moment",
    "say",
    "shown",
]


class Answer(typer.Exit):
    """Ends a command with an exit code after its answer was printed."""


def say(as_json: bool, payload: dict[str, Any], *lines: str) -> None:
    """Print an answer: the payload as JSON, or the lines."""
    if as_json:
        print(json.dumps(shown(payload), ensure_ascii=False))
    else:
        for line in lines:
            print(line)


def moment(seconds: int | None) -> str:
    """A time as people read it; a dash for none, the number for one beyond what a calendar here can name."""
    if not seconds:
        return "-"
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"


def act_payload(act: ActView) -> dict[str, Any]:
    """An act in JSON."""
    return {
        "act": act.act,
        "state": act.state,
        "entry": act.entry,
        "block": act.block,
        "tx": act.tx,
        "idempotencyKey": act.idempotency_key,
        "replayed": act.replayed,
    }


def act_line(act: ActView) -> str:
    """An act in words."""
    before = " (asked before: nothing new was done)" if act.replayed else ""
    if act.entry is None:
        return (
            "accepted: the act is stored durably; the chain cannot be reached, it will be anchored when it can"
            + before
        )
    return f"{act.state}: entry {act.entry} in block {act.block}{before}"


def finish(act: ActView) -> NoReturn:
    """End a command that acted: done when anchored, cannot tell while it is only promised."""
    raise Answer(DONE if act.entry is not None else CANNOT_TELL)


def exit_code(error: SanadError) -> int:
    """Which exit code an error ends a command with."""
    if isinstance(error, (EvidenceError, ActRefused)):
        return REFUSED
    if isinstance(error, (ChainUnavailable, IpfsFault, RootExpired)):
        return CANNOT_TELL
    return USAGE


def complain(error: SanadError, as_json: bool) -> int:
    """Print an error; returns the exit code."""
    told: dict[str, Any] = dict(error.as_dict())
    if error.field is not None:
        told["field"] = OPTIONS.get(error.field, error.field)
    problems = getattr(error, "problems", ())
    if problems:
        told["problems"] = problems
    if as_json:
        print(json.dumps({"error": shown(told)}, ensure_ascii=False))
    else:
        where = f" [{told['field']}]" if error.field else ""
        print(f"error {error.code}{where}: {error.message}", file=sys.stderr)
        for problem in problems:
            print(f"  {problem.pointer or '/'}: {problem.message} ({problem.code})", file=sys.stderr)
    return exit_code(error)
