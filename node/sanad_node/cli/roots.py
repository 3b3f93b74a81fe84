"""Commands on the trust root: keygen, draft, sign."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from sanad_node import rooting
from sanad_node.cli.answers import DONE, Answer, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import read_file
from sanad_node.cli.options import Json
from sanad_node.durable import write_file
from sanad_verifier.cli_parts import TRUST_AT_MOST, FileUnreadable, time_of
from sanad_verifier.cli_root import described, in_words
from sanad_verifier.errors import InputError
from sanad_verifier.notes import NAME, NoteSigner, VerifierKey
from sanad_verifier.roots import holder_key_name, read_root, sign_root, verify_root

roots = typer.Typer(
    help="The trust root: whom to believe, signed by k of n holders.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
SEED = 32
KEY_FILE_AT_MOST = 1024
Out = Annotated[Path, typer.Option("-o", "--out", help="Where to write it.")]


class RootKeyInvalid(InputError):
    """The file holds no root key."""

    code = "ROOT_KEY_INVALID"


class FileThere(InputError):
    """A key is never written over."""

    code = "FILE_EXISTS"


@roots.command("keygen")
def keygen(
    holder: Annotated[str, typer.Argument(help="Who holds it: a-z, 0-9 and dash.")],
    origin: Annotated[
        str, typer.Option("--origin", help="Origin of the log, as `sanad node init` tells it.")
    ],
    out: Out,
    as_json: Json = False,
) -> None:
    """Make a root key, in a file that stays with its holder, away from every node. Prints the public half.

    Example: sanad root keygen fbr --origin sanad/pk-customs/31337 -o fbr.root-key
    """
    if not NAME.fullmatch(origin):
        raise InputError("an origin has no blanks and no plus", field="--origin")
    seed = secrets.token_bytes(SEED)
    signer = NoteSigner(holder_key_name(origin, holder), seed)
    if out.exists():
        raise FileThere("a key is never written over", field=out.name)
    write_file(out, f"{signer.key.name} {seed.hex()}\n".encode(), mode=0o600)
    say(as_json, {"file": str(out), "key": signer.key.encode()}, signer.key.encode())
    raise Answer(DONE)


@roots.command("draft")
@asks
def draft(
    keys: Annotated[list[str], typer.Option("--key", help="A holder's public key; once for each holder.")],
    out: Out,
    threshold: Annotated[int, typer.Option("--threshold", min=1, help="How many of them have to sign.")],
    quorum: Annotated[int, typer.Option("--quorum", min=1, help="How many members have to cosign.")] = 1,
    days: Annotated[
        int,
        typer.Option(
            "--days", min=1, max=3660, help="For how many days it is valid: within them the next has to come."
        ),
    ] = 365,
    after: Annotated[
        Path | None,
        typer.Option("--after", metavar="ROOT", help="The trust root that this one is to replace."),
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write what a trust root of this network would say, for its holders to read and sign.

    Example: sanad root draft --key "$(cat fbr.pub)" --threshold 1 -o root.draft
    """
    parsed = [VerifierKey.parse(text) for text in keys]
    old = None if after is None else verify_root(read_file(after, TRUST_AT_MOST))
    with where.node() as node:
        node.catch_up_if_possible()
        text = rooting.draft(node, parsed, threshold=threshold, quorum=quorum, days=days, after=old)
    write_file(out, text.encode())
    say(
        as_json,
        {"file": str(out), "bytes": len(text.encode())},
        f"wrote {out}: read it, then `sanad root sign`",
    )
    raise Answer(DONE)


@roots.command("sign")
def sign(
    root: Annotated[Path, typer.Argument(help="The draft, or what other holders have signed.")],
    key_file: Annotated[Path, typer.Option("--key-file", help="Your root key.")],
    out: Out,
    after: Annotated[
        Path | None,
        typer.Option(
            "--after", metavar="ROOT", help="The trust root that it replaces, if you are no holder any more."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add your signature to a trust root. Needs no node: do it where the key is kept.

    Example: sanad root sign root.draft --key-file fbr.root-key -o root.note
    """
    old = None if after is None else verify_root(read_file(after, TRUST_AT_MOST))
    signed = sign_root(read_file(root, TRUST_AT_MOST), _signer(key_file), old)
    write_file(out, signed)
    found = read_root(signed)
    say(as_json, described(found, signed), *in_words(found, signed, time_of(None)))
    raise Answer(DONE)


def _signer(path: Path) -> NoteSigner:
    try:
        name, seed = read_file(path, KEY_FILE_AT_MOST).decode("ascii").split()
        return NoteSigner(name, bytes.fromhex(seed))
    except FileUnreadable:
        raise
    except (ValueError, InputError) as error:
        raise RootKeyInvalid("the file holds no root key", field=path.name) from error


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(roots, name="root")
