"""`sanad-verify report`: whether a monthly return is as a node of the network signed it, and what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sanad_verifier.cli_parts import as_json, moment, new_parser, read_current_trust, read_file
from sanad_verifier.errors import EvidenceError
from sanad_verifier.returns import SIZE_AT_MOST, Line, Return, members_of, verify_return
from sanad_verifier.trust import Trust

REFUSED = 1
EXAMPLES = """\
That the return is as a node of the network signed it is checked, and nothing else: whoever has the log and the papers
can count again, and gets the same return for the same block.

examples:
  sanad-verify report return-2026-10.json --trust trust.json

exit codes: 0 it is as it was signed, 1 it is not, 3 usage or I/O"""


def show_return(given: list[str]) -> tuple[str, int]:
    """Check a monthly return, and say what is in it."""
    parser = new_parser("sanad-verify report", "Check a monthly return offline.", epilog=EXAMPLES)
    parser.add_argument("report", type=Path, help="the return")
    parser.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the network's trust file")
    options = parser.parse_args(given)
    trust = read_current_trust(options.trust)
    try:
        told = verify_return(read_file(options.report, SIZE_AT_MOST), trust)
    except EvidenceError as error:
        if options.json:
            return as_json({"signed": False, "code": error.code, "field": error.field}), REFUSED
        return f"not to be trusted: {error.message}", REFUSED
    return (as_json(described(told)) if options.json else "\n".join(in_words(told, trust))), 0


def described(told: Return) -> dict[str, Any]:
    """A return as `--json` shows it."""
    return {"signed": True, **members_of(told)}


def in_words(told: Return, trust: Trust) -> list[str]:
    """The same for people."""
    months = told.months[0] if told.months[0] == told.months[1] else f"{told.months[0]} to {told.months[1]}"
    whose = told.formation or "all formations"
    return [
        f"return of {whose} for {months}, signed by a node of {trust.origin}",
        as_of(told.block, told.time, told.offset, over=told.over),
        f"its log then: {told.size} entries, root {told.root.hex()}",
        *line_words(told.lines),
        *unregistered_words(told.unregistered),
    ]


def as_of(block: int, time: int, offset: str, *, over: bool) -> str:
    """As of when a return is, and whether more may come."""
    when = f"as of block {block}, {moment(time)}; months by UTC{offset}"
    return when if over else f"{when}; NOT OVER then: more may come"


def line_words(lines: tuple[Line, ...]) -> Iterator[str]:
    """A line in words each."""
    for one in lines:
        yield f"{one.month}  {one.formation:<12} {one.act:<9} {words_of(one)}"


def words_of(one: Line) -> str:
    """What a line says, and what it does not know: never as nothing."""
    worth = ", ".join(f"{amount} {name}" for name, amount in one.values.items())
    counted = (
        (one.unvalued, "without a value in their papers"),
        (one.not_held, "whose papers are not held there"),
        (one.unreadable, "whose papers could not be read there"),
        (one.other_month, "dated in another month"),
        (one.reassigned, "reassigned to a formation above"),
        (one.withdrawn, "more withdrawn since"),
    )
    rest = [f"{count} {what}" for count, what in counted if count]
    return ", ".join([f"{one.things}", *([worth] if worth else []), *rest])


def unregistered_words(counts: Any) -> list[str]:
    """What was issued without the register."""
    return [f"not counted, issued without the register: {n} {name}" for name, n in counts.items()]
