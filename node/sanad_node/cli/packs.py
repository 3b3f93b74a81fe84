"""Commands on packs: build, show, update."""

from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import Json
from sanad_node.durable import write_file
from sanad_node.wire.packs import PackRequest, SinceRequest
from sanad_verifier.cli_parts import UsageWrong, read_trust, time_of
from sanad_verifier.packs.commands import described, in_words, pack_file, pack_in, updated
from sanad_verifier.packs.pack import PackFile, open_pack, read_pack
from sanad_verifier.packs.update import make_update
from sanad_verifier.trust import parse_trust

packs = typer.Typer(
    help="Packs: what squads verify by without a network.", no_args_is_help=True, rich_markup_mode=None
)
Types = Annotated[
    str, typer.Option("--types", help="Document types, with commas between: AUCTION_RECEIPT,EIF.")
]
Trusted = Annotated[Path, typer.Option("--trust", metavar="FILE", help="The network's trust file.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="Where to write it.")]


@packs.command("build")
@asks
def build(
    doc_types: Types,
    out: Out,
    region: Annotated[
        str | None,
        typer.Option("--region", help="Only what this formation and those beneath it issued."),
    ] = None,
    codes: Annotated[
        bool,
        typer.Option(
            "--codes/--no-codes",
            help="With what the short form of printed codes is checked by, 8 bytes a document.",
        ),
    ] = True,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", metavar="PACK", help="Write an update, which makes this older pack a new one."
        ),
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write a pack: these documents with their standing as of now, signed, to verify by without a network.

    Example: sanad pack build --types AUCTION_RECEIPT --region KAPW -o shift.pack
    """
    names = [name.strip().upper() for name in doc_types.split(",") if name.strip()]
    if not names:
        raise UsageWrong("name at least one type", field="--types")
    old = None if since is None else pack_file(since)
    request = PackRequest(types=names, region=region, codes=codes, since=None if old is None else _since(old))
    with where.desk() as desk:
        data, trust = desk.pack(request), parse_trust(desk.trust())
    pack = open_pack(data, trust)
    made = data if old is None else make_update(old, read_pack(data))
    write_file(out, made)
    told = described(pack, len(data), trust, time_of(None))
    what = "pack" if old is None else f"update of {len(made)} bytes, for a pack"
    say(as_json, {**told, "file": str(out), "written": len(made)}, f"{out}: {what} of", *in_words(told))
    raise Answer(DONE)


@packs.command("show")
def show(
    pack: Annotated[Path, typer.Argument(help="The pack.")],
    trust: Trusted,
    as_json: Json = False,
) -> None:
    """Check a pack's signatures, and show what it lists and how old it is. Asks nobody.

    Example: sanad pack show shift.pack --trust trust.json
    """
    trusted = read_trust(trust)
    told = described(*pack_in(pack, trusted), trusted, time_of(None))
    say(as_json, told, *in_words(told))
    raise Answer(DONE)


@packs.command("update")
def update(
    pack: Annotated[Path, typer.Argument(help="The older pack.")],
    changes: Annotated[Path, typer.Argument(metavar="UPDATE", help="What `pack build --since` wrote.")],
    trust: Trusted,
    out: Out,
    as_json: Json = False,
) -> None:
    """Make a newer pack of an older one and an update, after checking what comes out. Asks nobody.

    Example: sanad pack update shift.pack changes.update --trust trust.json -o newer.pack
    """
    trusted = read_trust(trust)
    newer, data = updated(pack, changes, trusted)
    write_file(out, data)
    told = described(newer, len(data), trusted, time_of(None))
    say(as_json, told, *in_words(told))
    raise Answer(DONE)


def _since(old: PackFile) -> SinceRequest:
    return SinceRequest(
        contents=old.contents.decode("utf-8", "replace"), note=old.note.decode("utf-8", "replace")
    )


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(packs, name="pack")
