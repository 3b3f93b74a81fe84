"""`sanad-verify pack` and `sanad-verify update`: what a pack is, and bringing it up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sanad_verifier.cli_parts import (
    as_json,
    moment,
    new_parser,
    read_file,
    read_trust,
    span,
    time_of,
    write_private,
)
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.packs.examining import strictest
from sanad_verifier.packs.pack import SIZE_AT_MOST, Pack, PackFile, open_pack, read_pack, verify_pack
from sanad_verifier.packs.update import apply_update
from sanad_verifier.trust import Trust

SHOW_EXAMPLES = """\
examples:
  sanad-verify pack shift.pack --trust trust.json

exit codes: 0 done, 3 usage or I/O, or a pack that is not to be trusted"""
UPDATE_EXAMPLES = """\
An update makes one older pack a newer one; the result is checked as any pack before it is written.

examples:
  sanad-verify update shift.pack changes.update --trust trust.json -o newer.pack

exit codes: 0 done, 3 usage or I/O, or an update that does not fit or is not to be trusted"""


class PackRefused(InputError):
    """The pack, or the update of one, is not to be trusted. Nothing is said of any document."""

    code = "PACK_REFUSED"


def show_pack(given: list[str]) -> tuple[str, int]:
    """What a pack is, whether it is to be trusted, and how old it is."""
    parser = new_parser("sanad-verify pack", "Show what a pack lists, and its age.", epilog=SHOW_EXAMPLES)
    parser.add_argument("pack", type=Path, help="the pack")
    parser.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the network's trust file")
    parser.add_argument("--at", metavar="TIME", help="tell its age at this ISO 8601 time instead of now")
    options = parser.parse_args(given)
    trust = read_trust(options.trust)
    told = described(*pack_in(options.pack, trust), trust, time_of(options.at))
    return (as_json(told) if options.json else "\n".join(in_words(told))), 0


def update_pack(given: list[str]) -> tuple[str, int]:
    """Make a newer pack of an older one."""
    parser = new_parser("sanad-verify update", "Bring a pack up to date.", epilog=UPDATE_EXAMPLES)
    parser.add_argument("pack", type=Path, help="the older pack")
    parser.add_argument("update", type=Path, help="the update")
    parser.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the network's trust file")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the newer pack")
    options = parser.parse_args(given)
    trust = read_trust(options.trust)
    pack, data = updated(options.pack, options.update, trust)
    write_private(options.out, data)
    told = described(pack, len(data), trust, time_of(None))
    return (as_json(told) if options.json else f"{options.out}: {_count(pack.contents.documents)}"), 0


def pack_in(path: Path, trust: Trust) -> tuple[Pack, int]:
    """The pack in a file, checked, and its size in bytes; `PackRefused` if it is not to be trusted."""
    data = read_file(path, SIZE_AT_MOST)
    with _refusing("the pack", path):
        return open_pack(data, trust), len(data)


def pack_file(path: Path) -> PackFile:
    """The members of a pack's file, of which nothing is believed yet; `PackRefused` if it is none."""
    with _refusing("the pack", path):
        return read_pack(read_file(path, SIZE_AT_MOST))


def updated(pack: Path, update: Path, trust: Trust) -> tuple[Pack, bytes]:
    """The newer pack that an older one and an update make, checked, and its bytes."""
    old, data = pack_file(pack), read_file(update, SIZE_AT_MOST)
    with _refusing("the update", update):
        new = apply_update(old, data, trust)
        return verify_pack(new, trust), new.encode()


@contextmanager
def _refusing(what: str, path: Path) -> Iterator[None]:
    try:
        yield
    except EvidenceError as error:
        raise PackRefused(f"{what} is refused: {error.message} ({error.code})", field=path.name) from error


def described(pack: Pack, size: int, trust: Trust, now: int) -> dict[str, Any]:
    """A pack as `--json` shows it; ages in seconds, `size` in bytes."""
    contents = pack.contents
    codes = {number: one.code for number, one in trust.formations.items()}
    return {
        "id": pack.id,
        "bytes": size,
        "documents": contents.documents,
        "numbered": sum(head.numbered for head, _ in pack),
        "absent": contents.absent,
        "types": list(contents.types),
        "region": contents.region,
        "offices": len(contents.formations),
        "asOf": pack.time,
        "ageSeconds": max(now - pack.time, 0),
        "usableSeconds": max(trust.usable_until(pack.time, strictest(pack, trust)) - now, 0),
        "entries": contents.size,
        "sections": [
            {
                "type": head.doc_type,
                "issuer": codes.get(head.formation, f"formation {head.formation}"),
                "documents": head.shape.documents,
                "codes": head.shape.codes,
            }
            for head, _ in pack
        ],
    }


def in_words(told: dict[str, Any]) -> list[str]:
    """The same for people."""
    where = f"{told['region']} and beneath" if told["region"] else "every office"
    lines = [
        f"{_count(told['documents'])} of {', '.join(told['types'])}, issued by {where} ({told['bytes']} bytes)",
        f"as of {moment(told['asOf'])} ({told['entries']} entries), {span(told['ageSeconds'])} ago",
    ]
    if told["usableSeconds"]:
        lines.append(f"to be used for another {span(told['usableSeconds'])}")
    else:
        lines.append("too old, it or the trust root: what it says in favour of a paper is stale")
    unnumbered = told["documents"] - told["numbered"]
    if unnumbered:
        lines.append(
            f"{unnumbered} of them can be found by file or code only: their numbers are not known there"
        )
    if told["absent"]:
        lines.append(f"{told['absent']} more are on the ledger, and their batch files were not there")
    lines += [f"  {one['type']:<20} {one['issuer']:<16} {one['documents']:>9}" for one in told["sections"]]
    return lines


def _count(documents: int) -> str:
    return f"{documents} documents" if documents != 1 else "1 document"
