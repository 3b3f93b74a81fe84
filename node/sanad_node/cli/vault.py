"""Commands on kept documents: vault status, pin, fetch, grant, erase, scrub."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import CANNOT_TELL, DONE, REFUSED, Answer, moment, say
from sanad_node.cli.asked import asked, must_be_identifier
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import Json
from sanad_node.durable import write_file
from sanad_node.ipfs.grants import SIZE, GrantAddressInvalid, GrantInvalid
from sanad_node.wire.vault import (
    EraseRequest,
    FetchRequest,
    GrantRequest,
    HolderView,
    KeptView,
    ScrubRequest,
    VaultView,
)
from sanad_verifier.cli_parts import FileUnreadable, UsageWrong
from sanad_verifier.errors import InputError

vaults = typer.Typer(
    help="Kept documents: where they are, on disk and on IPFS; erasing them; finding and healing damage.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Document = Annotated[str, typer.Argument(metavar="ID", help="Digest, its first 8 or more digits, or number.")]
HERE = {
    "held": "held here",
    "damaged": "damaged here: its blob is gone or changed; `sanad vault fetch` brings it back",
    "erased": "erased: nobody can read it",
    "missing": "not kept here",
}


class ErasureUnconfirmed(InputError):
    """Erasing cannot be undone, and was not confirmed."""

    code = "ERASURE_UNCONFIRMED"


@vaults.command("status")
@asks
def status(
    identifier: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One document; without it, the vault as a whole.")
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Show what is kept, where it is pinned, and what waits.

    Example: sanad vault status KAPW-AUC-2026-00117
    """
    if identifier is None:
        with where.desk() as desk:
            told = desk.vault()
        say(as_json, told.as_json(), *_vault(told))
        raise Answer(DONE)
    must_be_identifier(identifier)
    with where.desk() as desk:
        kept = desk.kept(identifier)
    say(as_json, kept.as_json(), *_kept(kept))
    raise Answer(DONE)


@vaults.command("pin")
@asks
def pin(where: Where, as_json: Json = False) -> None:
    """Pin at once whatever waits, instead of when the service would try next.

    Exit code 2 while anything still waits. Example: sanad vault pin
    """
    with where.desk() as desk:
        told = desk.pin()
    say(as_json, told.as_json(), *_vault(told))
    waits = told.unseen or any(one.waiting or one.leaving for one in told.holders)
    raise Answer(CANNOT_TELL if waits else DONE)


@vaults.command("fetch")
@asks
def fetch(
    identifier: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A document of this office whose blob is lost.")
    ] = None,
    grant: Annotated[
        Path | None, typer.Option("--grant", metavar="FILE", help="A grant of another member's instead.")
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Bring a document back over IPFS, checked by its CID, its key and its digest.

    Exit code 2 when it could not be fetched, which says nothing of whether it is there.
    Example: sanad vault fetch 5f0c31aa
    """
    if (identifier is None) == (grant is None):
        raise UsageWrong("name a document, or give --grant", field="ID")
    if grant is not None:
        request = asked(FetchRequest, grant=_read_grant(grant).hex())
    else:
        request = asked(FetchRequest, document=must_be_identifier(identifier or ""))
    with where.desk() as desk:
        told = desk.fetch(request)
    words = {
        "held": "it was here, whole",
        "restored": "fetched, checked, and written back",
        "taken": "fetched, checked, and kept here",
    }
    say(as_json, told.as_json(), f"{told.digest}", words.get(told.outcome, told.outcome))
    raise Answer(DONE)


@vaults.command("grant")
@asks
def grant(
    identifier: Document,
    to: Annotated[
        str, typer.Option("--to", help="The address that the member's `sanad vault status` shows.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where to write the grant.")],
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Let another member read one document: its key, sealed to them. They fetch it with `sanad vault fetch --grant`.

    What was granted stays readable to them, also after an erasure here.
    Example: sanad vault grant 5f0c31aa --to ADDRESS -o receipt.grant
    """
    if len(to) != 64 or set(to) - set("0123456789abcdef"):
        raise GrantAddressInvalid("the address of a vault is 64 lower-case hex digits", field="--to")
    request = asked(GrantRequest, document=must_be_identifier(identifier), to=to)
    with where.desk() as desk:
        told = desk.grant(request)
    write_file(out, bytes.fromhex(told.grant))
    say(as_json, {"digest": told.digest, "file": str(out)}, f"{told.digest}", f"granted in {out}")
    raise Answer(DONE)


@vaults.command("erase")
@asks
def erase(
    identifier: Document,
    reason: Annotated[
        str, typer.Option("--reason", help="Why. It is recorded here, and never goes on the chain.")
    ],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask whether this is meant. For scripts.")
    ] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Erase a kept document for good by overwriting its key, and ask IPFS nodes to let its blob go.

    Its entry on the ledger stays, and whoever has a copy can go on proving it.
    Example: sanad vault erase 5f0c31aa --reason "order of the court, 12/2026"
    """
    must_be_identifier(identifier)
    with where.desk() as desk:
        digest = desk.kept(identifier).digest
        if not yes:
            _must_be_meant(digest, as_json)
        told = desk.erase(asked(EraseRequest, document=digest, confirm=digest, reason=reason))
    say(
        as_json,
        told.as_json(),
        f"erased {told.digest}",
        f"at {moment(told.erased_at)}, because: {told.reason}",
    )
    raise Answer(DONE)


@vaults.command("scrub")
@asks
def scrub(
    heal: Annotated[
        bool, typer.Option("--heal", help="Bring what is damaged back over IPFS; finish erasures.")
    ] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Decrypt and hash every kept document, and say what is damaged. Takes as long as reading all of it.

    Exit code 1 when something is wrong and was not healed. Example: sanad vault scrub --heal
    """
    with where.desk() as desk:
        told = desk.scrub(ScrubRequest(heal=heal))
    lines = [
        f"{one.code} [{one.digest or one.file}] {one.message}{f': {one.outcome}' if one.outcome else ''}"
        for one in told.problems
    ]
    left = [one for one in told.problems if one.outcome != "healed"]
    lines.append("in order" if not left else f"{len(left)} problems")
    say(as_json, told.as_json(), *lines)
    raise Answer(REFUSED if left else DONE)


def _must_be_meant(digest: str, as_json: bool) -> None:
    """Ask a person to type the beginning of the digest; whoever cannot be asked says --yes."""
    if as_json or not sys.stdin.isatty():
        raise ErasureUnconfirmed("erasing cannot be undone: say --yes", field="--yes")
    print(f"This erases document {digest} for good.")
    typed = typer.prompt("Type the first 8 digits of its digest to go on", default="", show_default=False)
    if typed.strip().lower() != digest[:8]:
        raise ErasureUnconfirmed(
            "the digits are not those of the document; nothing was erased", field="--yes"
        )


def _read_grant(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE + 1)
    except OSError as error:
        raise FileUnreadable("the grant cannot be read", field="--grant") from error
    if len(content) != SIZE:
        raise GrantInvalid("this file is not a grant", field="--grant")
    return content


def _vault(told: VaultView) -> list[str]:
    lines = [f"{told.documents} documents kept, {told.erased} erased"]
    if told.unfinished:
        lines.append(f"{told.unfinished} erasures were interrupted: `sanad vault scrub --heal` finishes them")
    if not told.holders:
        lines.append("on the disk only: no IPFS node is set up")
    if told.unseen:
        lines.append(f"{told.unseen} waiting to be queued for IPFS")
    lines += [_holder(one) for one in told.holders]
    return [*lines, f"address for grants {told.address}"]


def _holder(one: HolderView) -> str:
    line = f"{one.holder:<12} {one.pinned} pinned, {one.waiting} waiting"
    if one.leaving:
        line += f", {one.leaving} to be let go"
    if one.oldest:
        line += f", the oldest since {moment(one.oldest)}"
    return line + (f" ({one.code})" if one.code else "")


def _kept(told: KeptView) -> list[str]:
    lines = [told.digest, HERE.get(told.here, told.here)]
    if told.erasure is not None:
        done = told.erasure
        when = f"at {moment(done.erased_at)}" if done.erased_at else "not finished"
        lines.append(f"erasure asked for at {moment(done.asked_at)}, {when}: {done.reason}")
    if told.cid:
        lines.append(f"CID {told.cid}, {told.length} bytes encrypted")
    words = {
        "pinned": "pinned by",
        "waiting": "waiting for",
        "leaving": "to be let go by",
        "gone": "let go by",
    }
    for one in told.pins:
        line = f"{words.get(one.state, one.state)} {one.holder} since {moment(one.since)}"
        lines.append(line + (f" ({one.code})" if one.code else ""))
    return lines


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(vaults, name="vault")
