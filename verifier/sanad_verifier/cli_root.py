"""`sanad-verify root`: what a trust root says, and replacing one by the next."""

from pathlib import Path
from typing import Any

from sanad_verifier.cli_parts import (
    TRUST_AT_MOST,
    as_json,
    moment,
    new_parser,
    read_file,
    span,
    time_of,
    write_private,
)
from sanad_verifier.digests import sha256
from sanad_verifier.errors import EvidenceError
from sanad_verifier.roots import Root, verify_next, verify_root

REFUSED, STALE = 1, 2
EXAMPLES = """\
A trust root is handed over once by a channel you trust: compare its SHA-256. Every later one proves itself: enough of
the old holders have signed it, and enough of the new ones. One whose time is over still says what follows it.

examples:
  sanad-verify root root.note
  sanad-verify root root.note --next newer.note -o root.note

exit codes: 0 done, 1 it is not to be trusted, or does not follow, 2 its time is over, 3 usage or I/O"""


def root(given: list[str]) -> tuple[str, int]:
    """Show a trust root, or replace it by the next."""
    parser = new_parser("sanad-verify root", "Check a trust root, and what replaces it.", epilog=EXAMPLES)
    parser.add_argument("root", type=Path, help="the trust root at hand")
    parser.add_argument("--next", type=Path, metavar="FILE", help="the one that is to replace it")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="with --next: where to write it")
    options = parser.parse_args(given)
    if (options.next is None) != (options.out is None):
        parser.error("--next and -o go together")
    data = read_file(options.root, TRUST_AT_MOST)
    try:
        found = verify_root(data)
        if options.next is not None:
            data = read_file(options.next, TRUST_AT_MOST)
            found = verify_next(found, data)
    except EvidenceError as error:
        refused = as_json({"trusted": False, "code": error.code})
        return refused if options.json else f"not to be trusted: {error.message}", REFUSED
    if options.out is not None:
        write_private(options.out, data)
    now = time_of(None)
    code = STALE if found.valid_until <= now else 0
    told = as_json(described(found, data)) if options.json else "\n".join(in_words(found, data, now))
    return told, code


def described(root: Root, data: bytes) -> dict[str, Any]:
    """A trust root as `--json` shows it; times in seconds."""
    return {
        "trusted": True,
        "sha256": sha256(data).hex(),
        "origin": root.trust.origin,
        "version": root.version,
        "issued": root.issued,
        "validUntil": root.valid_until,
        "threshold": root.threshold,
        "holders": [key.name for key in root.keys],
        "quorum": root.trust.quorum,
        "cosigners": [{"name": one.key.name, "from": one.since, "to": one.until} for one in root.windows],
    }


def in_words(root: Root, data: bytes, now: int) -> list[str]:
    """The same for people, at a time (seconds)."""
    left = root.valid_until - now
    lines = [
        f"trust root of {root.trust.origin}, version {root.version}, {moment(root.issued)}",
        f"SHA-256 {sha256(data).hex()}",
        f"valid until {moment(root.valid_until)}, for another {span(left)}"
        if left > 0
        else f"its time was over on {moment(root.valid_until)}: get the one that follows it",
        f"signed by at least {root.threshold} of {len(root.keys)}: {', '.join(key.name for key in root.keys)}",
        f"{root.trust.quorum} of {len(root.windows)} cosigners are needed:",
    ]
    for one in root.windows:
        end = moment(one.until) if one.until else "further notice"
        lines.append(f"  {one.key.name} from {moment(one.since)} until {end}")
    return lines
