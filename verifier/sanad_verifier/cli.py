"""The `sanad-verify` command: checks a bundle or a printed code, or prints a document's digest. It opens no network
connection and no database.

Exit codes: 0 authentic or done, 1 refused, 2 cannot tell, unknown or stale, 3 usage or I/O.
"""

import json
import os
import sys
import traceback
from argparse import Namespace
from pathlib import Path

from sanad_verifier.bundle import DOCUMENT_AT_MOST, PROOF, SIZE_AT_MOST
from sanad_verifier.cli_clock import HELP, remember, with_clock
from sanad_verifier.cli_parts import (
    as_json,
    moment,
    new_parser,
    read_file,
    read_trust,
    time_of,
)
from sanad_verifier.cli_returns import show_return
from sanad_verifier.cli_root import root
from sanad_verifier.documents import document_digest
from sanad_verifier.errors import EvidenceError, InputError, SanadError
from sanad_verifier.packs.commands import pack_in, show_pack, update_pack
from sanad_verifier.presented import examine_target
from sanad_verifier.qr import is_qr_text
from sanad_verifier.qr_image import is_image
from sanad_verifier.status_lists.commands import lists_in, show_lists
from sanad_verifier.verdict import EXIT_CODES, Is, Report
from sanad_verifier.witnessing import parse_equivocation, verify_equivocation

USAGE = 3
LIE_AT_MOST = 4 << 20
EXIT_REFUSED = 1
ZIP_MARK = b"PK\x03\x04"
EXAMPLES = """\
examples:
  sanad-verify receipt.sanad --trust trust.json
  sanad-verify receipt.sanad --trust trust.json --document scan.json --subject "TRJ150-0098765"
  sanad-verify photo.jpg --trust trust.json --subject "TRJ150-0098765"
  sanad-verify receipt.sanad --trust trust.json --at 2026-03-03T09:00:00+05:00 --json
  sanad-verify "KAPW-AUC-2026-00117" --trust trust.json --pack shift.pack
  sanad-verify digest invoice.json
  sanad-verify pack shift.pack --trust trust.json
  sanad-verify receipt.sanad --trust trust.json --status kape-17.sanad
  sanad-verify status-list kape-17.sanad kape-18.sanad --trust trust.json
  sanad-verify report return-2026-10.json --trust trust.json
  sanad-verify root root.note --next newer.note -o root.note
  sanad-verify update shift.pack changes.update --trust trust.json -o newer.pack
  sanad-verify equivocation proof.json --trust trust.json

exit codes: 0 authentic or done, 1 refused, 2 cannot tell, unknown or stale, 3 usage or I/O"""
LIE_EXAMPLES = """\
A witness that was shown two checkpoints of one log, of one size and with two roots, keeps both: that proves
to anybody that the log has lied (docs/spec/witness.md).

examples:
  sanad-verify equivocation proof.json --trust trust.json

exit codes: 0 it is proved, 1 the file proves nothing, 3 usage or I/O"""
DIGEST_EXAMPLES = """\
A JSON object in Sanad's profile is certified by its canonical form (RFC 8785), so its spelling does not
matter; anything else by its bytes. If a file looks like JSON but is outside the profile, the reason is told.

examples:
  sanad-verify digest invoice.json
  sanad-verify digest scan.pdf --json"""


class NotABundle(InputError):
    """The file to check bears no mark of a bundle, a code or a picture: most likely the document itself was given.

    A bundle with a changed byte still bears one of its two marks, and is refused.
    """

    code = "NOT_A_BUNDLE"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code. Whatever goes wrong, it is never the code of a verdict."""
    try:
        return _answer(sys.argv[1:] if arguments is None else arguments)
    except SystemExit as stop:  # argparse has printed the help that was asked for
        return stop.code if isinstance(stop.code, int) else USAGE
    except OSError:  # of writing: what cannot be read has an error of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter would try to write the rest again
        print("error OUTPUT_FAILED: the answer could not be written", file=sys.stderr)
    except Exception:  # noqa: BLE001 -- the exit code Python gives a fault of ours is that of "refused"
        traceback.print_exc()
    return USAGE


def _answer(given: list[str]) -> int:
    try:
        asked = _COMMANDS.get(given[0]) if given else None
        told, code = _verify(given) if asked is None else asked(given[1:])
    except SanadError as error:
        if "--json" not in given:
            where = f" [{error.field}]" if error.field else ""
            print(f"error {error.code}{where}: {error.message}", file=sys.stderr)
            return USAGE
        told, code = as_json({"error": error.as_dict()}), USAGE
    print(told, flush=True)  # now, so that a failure is still ours to report
    return code


def _digest(given: list[str]) -> tuple[str, int]:
    parser = new_parser(
        "sanad-verify digest", "Print the digest a document is certified by.", epilog=DIGEST_EXAMPLES
    )
    parser.add_argument("file", type=Path, help="the document")
    options = parser.parse_args(given)
    found = document_digest(read_file(options.file, DOCUMENT_AT_MOST))
    if options.json:
        why = None if found.why is None else found.why.as_dict()
        return as_json({"digest": found.digest.hex(), "form": found.form, "notJsonBecause": why}), 0
    if found.why is not None:
        where = f" at {found.why.field}" if found.why.field else ""
        print(f"taken of the bytes: {found.why.message}{where} ({found.why.code})", file=sys.stderr)
    return found.digest.hex(), 0


def _equivocation(given: list[str]) -> tuple[str, int]:
    parser = new_parser(
        "sanad-verify equivocation", "Check a proof that a log has shown two faces.", epilog=LIE_EXAMPLES
    )
    parser.add_argument("proof", type=Path, help="the proof")
    parser.add_argument(
        "--trust", type=Path, required=True, metavar="FILE", help="the trust file of that log's network"
    )
    options = parser.parse_args(given)
    keys = read_trust(options.trust).log_keys
    try:
        proof = parse_equivocation(read_file(options.proof, LIE_AT_MOST))
        one, other = verify_equivocation(proof, keys)
    except EvidenceError as error:
        told = (
            as_json({"proved": False, "code": error.code})
            if options.json
            else f"proves nothing: {error.message}"
        )
        return told, EXIT_REFUSED
    roots = [one.root.hex(), (proof.root or other.root).hex()]
    if options.json:
        return as_json({"proved": True, "origin": one.origin, "size": one.size, "roots": roots}), 0
    lines = [f"{one.origin} has signed two roots for its first {one.size} entries:"]
    return "\n".join([*lines, *(f"  {root}" for root in roots)]), 0


def _verify(given: list[str]) -> tuple[str, int]:
    parser = new_parser(
        "sanad-verify",
        "Check a bundle or a printed code offline, or print a document's digest (sanad-verify digest FILE).",
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "bundle", help="the bundle to check, a picture or PDF of a certificate, or the text of its code"
    )
    parser.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the network's trust file")
    parser.add_argument(
        "--pack",
        type=Path,
        metavar="FILE",
        help="a pack to check against: then also any file, a number, a short code or a digest",
    )
    parser.add_argument(
        "--status",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="the bundle of a status list or a delta, for a newer standing; repeat it for more",
    )
    parser.add_argument("--document", type=Path, metavar="FILE", help="a document presented with it")
    parser.add_argument(
        "--subject", metavar="VALUE", help="chassis, engine or container number read off the thing itself"
    )
    parser.add_argument("--at", metavar="TIME", help="examine as of this ISO 8601 time instead of now")
    parser.add_argument("--clock", type=Path, metavar="FILE", help=HELP)
    options = parser.parse_args(given)
    if options.at is not None and options.clock is not None:
        parser.error("--at and --clock do not go together")
    reports = _reports(options)
    worst, *others = reports
    if options.json:
        told = {**worst.as_dict(), "others": [one.as_dict() for one in others]}
        return as_json(told), EXIT_CODES[worst.overall]
    return "\n\n".join(map(_told, reports)), EXIT_CODES[worst.overall]


def _reports(options: Namespace) -> list[Report]:
    """What is to be said of what was given, the report that decides first."""
    trust = with_clock(read_trust(options.trust), options.clock)
    pack = None if options.pack is None else pack_in(options.pack, trust)[0]
    reports = examine_target(
        options.bundle,
        _content(options.bundle, with_pack=pack is not None),
        trust,
        time_of(options.at),
        document=None if options.document is None else read_file(options.document, DOCUMENT_AT_MOST),
        subject=options.subject,
        pack=pack,
        lists=lists_in(options.status, trust),
    )
    remember(options.clock, trust, reports)
    return reports


def _content(given: str, *, with_pack: bool) -> bytes | None:
    """The file of that name; None if the text itself is what is to be checked."""
    if is_qr_text(given.encode("utf-8", "replace")) or (with_pack and not os.path.lexists(given)):
        return None
    data = read_file(Path(given), SIZE_AT_MOST)
    marked = data.startswith(ZIP_MARK) or PROOF.encode() in data[:64]
    if not with_pack and not marked and not is_qr_text(data) and not is_image(data):
        raise NotABundle(
            "the file is no bundle and no picture; a document is given with --document, or checked against a --pack",
            field="BUNDLE",
        )
    return data


def _told(report: Report) -> str:
    verdict, *answers = report.lines()
    return "\n".join([verdict, *_about(report), *answers])


_COMMANDS = {
    "digest": _digest,
    "equivocation": _equivocation,
    "pack": show_pack,
    "report": show_return,
    "update": update_pack,
    "root": root,
    "status-list": show_lists,
}


def _about(report: Report) -> list[str]:
    """Which document the verdict is about, and how far the knowledge reaches; nothing if that is not proved, or
    of another document than the one presented.
    """
    if not report.doc_type or report.intact.answer is Is.NO:
        return []
    on = f" on {moment(report.issued_at)}" if report.issued_at else ""
    told = [f"  {report.doc_type} {report.digest}".rstrip(), f"  issued by {report.issuer}{on}"]
    if report.short_code:
        told.append(f"  its certificate bears the short code {report.short_code}")
    if report.as_of:
        told.append(f"  known as of {moment(report.as_of)}")
    if report.sealed_block is not None:
        told.append(f"  sealed by the validators in block {report.sealed_block}")
    if report.replaced_by:
        told.append(f"  replaced by {report.replaced_by}")
    told += [f"  {one.pointer} = {json.dumps(one.value)}" for one in report.fields]
    return told
