"""`sanad-verify status-list`, and the option `--status` of checking: what publications of status lists say."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sanad_verifier.bundle import SIZE_AT_MOST
from sanad_verifier.cli_parts import as_json, moment, new_parser, read_file, read_trust, span, time_of
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.standings import BITS, name_of
from sanad_verifier.status_lists.document import DOC_TYPE
from sanad_verifier.status_lists.lists import Published, StatusList, read_published, together
from sanad_verifier.status_lists.state import ACTIVE
from sanad_verifier.trust import Trust

EXAMPLES = """\
Each file is the bundle of a published status list, or of a delta to the one before. A delta is of no use
without what it changes: give all of them from the last list on.

examples:
  sanad-verify status-list kape-17.sanad kape-18.sanad --trust trust.json
  sanad-verify receipt.sanad --trust trust.json --status kape-17.sanad --status kape-18.sanad

exit codes: 0 done, 3 usage or I/O, or a list that is not to be trusted"""


class StatusListRefused(InputError):
    """A status list is not to be trusted, or cannot be used without others. Nothing is said of any document."""

    code = "STATUS_LIST_REFUSED"


def show_lists(given: list[str]) -> tuple[str, int]:
    """What status lists say, whether they are to be trusted, and how old they are."""
    parser = new_parser(
        "sanad-verify status-list", "Show what status lists say, and their age.", epilog=EXAMPLES
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="the bundle of a list or a delta")
    parser.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the network's trust file")
    parser.add_argument("--at", metavar="TIME", help="tell its age at this ISO 8601 time instead of now")
    options = parser.parse_args(given)
    trust = read_trust(options.trust)
    told = [described(one, trust, time_of(options.at)) for one in lists_in(options.files, trust)]
    if options.json:
        return as_json({"lists": told}), 0
    return "\n".join(line for one in told for line in in_words(one)), 0


def lists_in(paths: Sequence[Path], trust: Trust) -> tuple[StatusList, ...]:
    """What the publications in these files say together; `StatusListRefused` if they are not to be trusted."""
    published: list[Published] = []
    for path in paths:
        data = read_file(path, SIZE_AT_MOST)
        try:
            published.append(read_published(data, trust))
        except EvidenceError as error:
            raise _refused(error, path.name) from error
    try:
        return together(published)
    except EvidenceError as error:
        raise _refused(error, "--status") from error


def _refused(error: EvidenceError, field: str) -> StatusListRefused:
    return StatusListRefused(f"the status list is refused: {error.message} ({error.code})", field=field)


def described(one: StatusList, trust: Trust, now: int) -> dict[str, Any]:
    """A list as `--json` shows it; ages in seconds."""
    document, entry = one.published.document, one.published.entry
    publisher = trust.formations.get(entry.formation)
    return {
        "group": document.group,
        "publisher": publisher.code if publisher else f"formation {entry.formation}",
        "sequence": document.sequence,
        "digest": one.published.digest.hex(),
        "entry": one.published.index,
        "entries": document.size,
        "offices": len(document.formations),
        "asOf": one.time,
        "ageSeconds": max(now - one.time, 0),
        "usableSeconds": max(trust.usable_until(one.time, trust.limits_of(DOC_TYPE)) - now, 0),
        "standings": dict(sorted(counted(one).items())),
    }


def counted(one: StatusList) -> dict[str, int]:
    """How many entries and documents of batches are in each standing but active."""
    most = (1 << BITS) - 1
    low = Counter(value & most for value in one.state.values)
    high = Counter(value >> BITS for value in one.state.values)
    told = low + high + Counter(one.state.members.values())
    return {name_of(value): count for value, count in told.items() if value != ACTIVE}


def in_words(told: dict[str, Any]) -> list[str]:
    """The same for people."""
    whose = "every office" if told["group"] == "*" else f"{told['group']} and beneath"
    counts = ", ".join(f"{count} {name}" for name, count in told["standings"].items())
    age = "too old" if not told["usableSeconds"] else f"to be used for another {span(told['usableSeconds'])}"
    return [
        f"number {told['sequence']} of {whose}, published by {told['publisher']} (entry {told['entry']})",
        f"  as of {moment(told['asOf'])} ({told['entries']} entries), {span(told['ageSeconds'])} ago; {age}",
        f"  {counts or 'all active'}",
    ]
