"""The `sanad-verify` command: checks a bundle, or prints a document's digest. It opens no network
connection and no database.

Exit codes: 0 authentic or done, 1 refused, 2 cannot tell, unknown or stale, 3 usage or I/O.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from sanad_verifier.bundle import SIZE_AT_MOST
from sanad_verifier.documents import document_digest
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.trust import parse_trust
from sanad_verifier.verdict import EXIT_CODES

USAGE = 3
EXAMPLES = """\
examples:
  sanad-verify receipt.sanad --trust trust.json
  sanad-verify receipt.sanad --trust trust.json --document scan.json --subject "TRJ150-0098765"
  sanad-verify digest invoice.json

exit codes: 0 authentic or done, 1 refused, 2 cannot tell, unknown or stale, 3 usage or I/O"""


class _FileUnreadable(InputError):
    code = "FILE_UNREADABLE"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"error USAGE: {message}", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        return _digest(given[1:]) if given[:1] == ["digest"] else _verify(given)
    except SanadError as error:
        if "--json" in given:
            print(json.dumps({"error": error.as_dict()}))
        else:
            where = f" [{error.field}]" if error.field else ""
            print(f"error {error.code}{where}: {error.message}", file=sys.stderr)
        return USAGE
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE


def _digest(given: list[str]) -> int:
    parser = _Parser("sanad-verify digest", description="Print the digest a document is certified by.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(given)
    found = document_digest(_read(options.file))
    if options.json:
        why = None if found.why is None else found.why.as_dict()
        print(json.dumps({"digest": found.digest.hex(), "form": found.form, "notJsonBecause": why}))
    else:
        print(found.digest.hex())
        if found.why is not None:
            print(f"taken of the bytes: {found.why.message} ({found.why.code})", file=sys.stderr)
    return 0


def _verify(given: list[str]) -> int:
    parser = _Parser(
        "sanad-verify",
        description="Check a bundle offline, or print a document's digest (sanad-verify digest FILE).",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, help="the bundle to check")
    parser.add_argument("--trust", type=Path, required=True, help="the network's trust file")
    parser.add_argument("--document", type=Path, help="a document presented with it")
    parser.add_argument("--subject", help="chassis, engine or container number read off the thing itself")
    parser.add_argument("--at", help="examine as of this ISO 8601 time instead of now")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(given)
    report = examine_bundle(
        _read(options.bundle),
        parse_trust(_read(options.trust)),
        _time(options.at),
        document=None if options.document is None else _read(options.document),
        subject=options.subject,
    )
    if options.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        print("\n".join(report.lines()))
    return EXIT_CODES[report.overall]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SIZE_AT_MOST + 1)
    except OSError as error:
        raise _FileUnreadable("the file cannot be read", field=path.name) from error


def _time(text: str | None) -> int:
    if text is None:
        return int(datetime.now(UTC).timestamp())
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("a time is written like 2026-11-23T14:30:00Z", field="--at") from error
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
