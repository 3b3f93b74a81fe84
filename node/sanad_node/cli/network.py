"""Commands on a network of several administrations: `sanad network …`, `sanad node init|join` for one of its nodes."""

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sanad_node.cli.answers import DONE, Answer, members, moment, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import OfDesk, read_file
from sanad_node.cli.options import DEFAULT_DATA, Data, Json, parse_time
from sanad_node.datadir import DataDirectoryExists
from sanad_node.durable import write_file
from sanad_node.wire.formations import CloseRequest
from sanad_verifier.notes import parse_note
from sanad_verifier.trust import parse_trust

networks = typer.Typer(
    help="A network of several administrations: found it, change it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Out = Annotated[Path, typer.Option("-o", "--out", help="Where to write the network bundle.")]
BundleFile = Annotated[Path, typer.Argument(metavar="BUNDLE", help="The file with the network bundle.")]
RequestFiles = Annotated[
    list[Path],
    typer.Argument(metavar="REQUEST...", help="Requests to take part, of one administration each."),
]


def _requests(files: list[Path]) -> list[Any]:
    from sanad_node.consortium.requests import read_request  # noqa: PLC0415 - other commands need not load it

    return [read_request(read_file(one)) for one in files]


@networks.command("found")
def found(
    requests: RequestFiles,
    out: Out,
    name: Annotated[str, typer.Option("--name", help="Name of the network: a-z, 0-9 and dash.")] = "sanad",
    threshold: Annotated[
        int, typer.Option("--threshold", min=1, help="How many members decide, and how many have to cosign.")
    ] = 1,
    period: Annotated[int, typer.Option("--period", min=1, max=600, help="Seconds between two blocks.")] = 5,
    consensus: Annotated[
        Literal["clique", "qbft", "none"],
        typer.Option(
            "--consensus",
            help="clique: geth nodes; qbft: Besu nodes; none: a chain that is there, whose seals are not checked.",
        ),
    ] = "clique",
    small: Annotated[
        bool, typer.Option("--small", help="With qbft: fewer than four validators are meant.")
    ] = False,
    rpc: Annotated[
        str,
        typer.Option("--rpc", help="Found it on the chain that answers at URL[,token=FILE][,ca=FILE]."),
    ] = "",
    epoch: Annotated[
        int, typer.Option("--epoch", min=1, help="With --rpc and clique: blocks until open votes lapse.")
    ] = 30_000,
    confirmations: Annotated[
        int,
        typer.Option(
            "--confirmations", min=0, max=100_000, help="With none: blocks on a block until it is final."
        ),
    ] = 0,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Draw up a network of the administrations whose requests these are, and sign it as one of them. Its chain begins
    with a block 0 of its own, or is one that is there already (`--rpc`).

    Example: sanad network found a.json b.json c.json d.json --name pk --threshold 3 -o pk.network
    """
    from sanad_node.consortium import beginning, start  # noqa: PLC0415
    from sanad_node.engines.endpoints import Endpoint  # noqa: PLC0415

    asked = _requests(requests)
    if rpc:
        there = Endpoint.parse(rpc)
        chain = start.on(there, consensus, period, epoch=epoch, confirmations=confirmations)
    elif consensus == "none" or confirmations:
        raise start.ValidatorsUnfit(
            "a chain whose seals are not checked has to be there already", field="--rpc"
        )
    else:
        chain = start.begin(consensus, asked, period, int(time.time()), small=small)
    made = beginning.found(data, name, asked, threshold=threshold, start=chain)
    write_file(out, made)
    _tell(made, as_json, f"wrote {out}: each of the others signs it with `sanad network sign {out.name}`")


@networks.command("sign")
def sign(
    bundle: BundleFile,
    record: Annotated[
        Path | None,
        typer.Option("--record", help="Of a bundle that begins the chain again: the record it came with."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Add this member's signature to a network bundle, after seeing that it names this node as it asked, or that it
    follows the version in force here; with `--record`, that the record leads to what the bundle says and to this node's
    own log.

    Example: sanad network sign pk.network
    """
    from sanad_node.consortium import beginning, changing  # noqa: PLC0415
    from sanad_node.datadir import DataDirectory  # noqa: PLC0415

    given = read_file(bundle)
    if record is not None:
        from sanad_node.continuing import resetting  # noqa: PLC0415

        signed, _ = resetting.sign(data, given, record)
        write_file(bundle, signed)
        _tell(signed, as_json, f"signed {bundle}: the record leads to this node's log")
    joined = DataDirectory(data).network_file.exists()
    signed = changing.sign_following(data, given) if joined else beginning.sign(data, given)
    write_file(bundle, signed)
    _tell(signed, as_json, f"signed {bundle}")


@networks.command("show")
def show(
    bundle: Annotated[
        Path | None,
        typer.Argument(metavar="[BUNDLE]", help="A network bundle; the one in force if left out."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Show a network bundle: its members and nodes, and who has signed it.

    Example: sanad network show pk.network
    """
    from sanad_node.datadir import DataDirectory  # noqa: PLC0415

    _tell(read_file(bundle or DataDirectory.at(data).network_bundle), as_json)


@networks.command("admit")
def admit(
    requests: RequestFiles,
    out: Out,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Draw up the next version of the network, in which those who ask are members, and sign it.

    Example: sanad network admit join-request.json -o next.network
    """
    from sanad_node.consortium import changing  # noqa: PLC0415

    asked = _requests(requests)
    made = changing.admit(data, asked)
    write_file(out, made)
    keys = [(one.asked.organisation, one.asked.member, one.asked.cosigning_key) for one in asked]
    steps = [f"sanad member propose add {a} --cosigning-key {k}   # {name}" for name, a, k in keys]
    _tell(
        made,
        as_json,
        f"wrote {out}: others sign it with `sanad network sign`; then propose, and let the others vote:",
        *(f"  {step}" for step in steps),
        f"  sanad member propose network {out.name}",
        f"and on every node: sanad network adopt {out.name}",
    )


@networks.command("release")
def release(
    member: Annotated[int, typer.Argument(metavar="MEMBER", help="Number of the member that leaves.")],
    out: Out,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Draw up the next version of the network, without a member and its node, and sign it.

    Example: sanad network release 4 -o next.network
    """
    from sanad_node.consortium import changing  # noqa: PLC0415

    made = changing.release(data, member)
    write_file(out, made)
    _tell(made, as_json, f"wrote {out}: the others sign it; then propose it, and adopt it on every node")


@networks.command("adopt")
def adopt(
    bundle: BundleFile,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Hand the next version to the node on this data directory. It goes by it from when the members have recorded it
    on the chain; peers are let in and sent away, and validators voted for, accordingly.

    Example: sanad network adopt next.network
    """
    from sanad_node.consortium import changing  # noqa: PLC0415

    read = changing.offer(data, read_file(bundle))
    _tell(read.note, as_json, "the node takes it over as soon as the chain has recorded it")


def _tell(data: bytes, as_json: bool, *more: str) -> None:
    from sanad_node.consortium.bundle import read_bundle  # noqa: PLC0415

    read = read_bundle(data)
    bundle, signed = read.bundle, read.signers()
    nodes = {one.member: one for one in bundle.nodes}
    lines = [
        f"network {bundle.name}, version {bundle.version}, chain {bundle.chain_id}, a block every {bundle.period} s",
        _sealed(bundle),
        f"digest {bundle.digest().hex()}",
        *_goes_on_from(bundle),
        f"{bundle.threshold} of {len(bundle.members)} decide; {len(signed)} have signed",
        *(
            f"{one.number:4} {one.name}  {nodes[one.number].role if one.number in nodes else 'no node'}"
            f"  {'signed' if one.number in signed else 'has not signed'}"
            for one in bundle.members
        ),
    ]
    told = {
        "name": bundle.name,
        "version": bundle.version,
        "chainId": bundle.chain_id,
        "consensus": bundle.consensus,
        "confirmations": bundle.confirmations,
        "digest": bundle.digest().hex(),
        "continues": None if bundle.continues is None else bundle.continues.told(),
        "threshold": bundle.threshold,
        "signed": signed,
        "members": [{"number": one.number, "name": one.name} for one in bundle.members],
        "signatures": len(parse_note(data).signatures),
    }
    say(as_json, told, *lines, *more)
    raise Answer(DONE)


def _goes_on_from(bundle: Any) -> list[str]:
    """What a chain that was begun again goes on from, in words."""
    told = bundle.continues
    if told is None:
        return []
    return [
        f"the chain was begun again: it goes on from {told.size} entries with root {told.root}",
        f"of the chain whose block 0 was {told.genesis_hash}; its record is {told.record}",
    ]


def _sealed(bundle: Any) -> str:
    """Who makes a network's blocks final, in words."""
    if bundle.consensus == "none":
        return f"seals are NOT checked: a block is taken as final with {bundle.confirmations} others on it"
    count = sum(bool(one.validator) for one in bundle.nodes)
    there = "" if bundle.genesis else ", on a chain that was there before"
    return f"sealed by {bundle.consensus}{there}; validators among the members' nodes: {count}"


def prepare(
    data: Path,
    *,
    organisation: str,
    role: str,
    listen: str,
    url: str,
    engine: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Make a node's keys, and its request to take part: what `sanad node init --engine geth|besu|rpc` does."""
    from sanad_node.consortium import beginning  # noqa: PLC0415

    wish = beginning.Wish(
        organisation, beginning.role_of("observer" if engine == "rpc" else role), listen, url, engine
    )
    request = beginning.prepare(data, wish)
    if out is not None:
        write_file(out, request.encode())
    code = beginning.request_digest(request)
    told = {"request": str(out or data / beginning.REQUEST), "code": code, **request.asked.told()}
    say(
        as_json,
        told,
        f"made the keys of {organisation} in {data}",
        f"request to take part: {told['request']}",
        f"read out its code to who takes it in: {code}",
    )
    raise Answer(DONE)


@networks.command("code")
def code(
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="A request to take part.")],
    as_json: Json = False,
) -> None:
    """Check a request's proofs and show the code that its sender has to read out, over the telephone, say.

    Example: sanad network code join-request.json
    """
    from sanad_node.consortium.beginning import request_digest  # noqa: PLC0415

    (read,) = _requests([request])
    shown = request_digest(read)
    asked = read.asked
    lines = [f"{asked.organisation}, {asked.role} at {asked.enode.rpartition('@')[2]}", f"code {shown}"]
    say(as_json, {"code": shown, **asked.told()}, *lines)
    raise Answer(DONE)


Rpc = Annotated[
    list[str] | None,
    typer.Option("--rpc", help="Where the chain answers: URL[,token=FILE][,ca=FILE]; several are compared."),
]
Besu = Annotated[
    list[str] | None,
    typer.Option(
        "--besu", help="As --rpc, and a Besu of our own: it is told whom to let in, and whom to vote for."
    ),
]


def endpoints_of(rpc: list[str] | None, besu: list[str] | None) -> list[Any]:
    """The endpoints named by options, an own Besu first."""
    from sanad_node.engines.endpoints import Endpoint  # noqa: PLC0415

    own = [Endpoint.parse(one, own=True) for one in besu or []]
    return own + [Endpoint.parse(one) for one in rpc or []]


def join(
    bundle: BundleFile,
    rpc: Rpc = None,
    besu: Besu = None,
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", help="Of a network whose chain was begun again: the record it goes on from."
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make this node one of the network of a bundle, which enough of its members must have signed. Without --rpc and
    --besu it takes part in the chain with a geth of its own.

    Example: sanad node join pk.network --besu http://127.0.0.1:8545 --rpc https://partner.example
    """
    from sanad_node.consortium import beginning  # noqa: PLC0415

    network = beginning.join(data, read_file(bundle), endpoints_of(rpc, besu), record)
    say(
        as_json,
        members(network),
        f"network {network.name}, chain {network.chain_id}, joined at {moment(int(time.time()))}",
        "next: sanad up",
    )
    raise Answer(DONE)


@asks
def leave(
    out: Annotated[Path, typer.Option("-o", "--out", help="A new folder for what this member takes along.")],
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help="From when its formations may do nothing more.")
    ] = "now",
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Prepare to leave a network: propose the end of every formation whose key is held here, and write an archive of
    everything: the log as a mirror, the trust file, and a backup with keys and documents. What was issued stays valid.

    Example: sanad node leave --at 2027-01-01 -o ./archive
    """
    from sanad_node.mirror.copying import copy  # noqa: PLC0415

    when = parse_time(at, "--at")
    if out.exists():
        raise DataDirectoryExists("there is something of that name already", field="--out")
    with where.desk() as desk:
        told = desk.trust()
        out.mkdir(mode=0o700, parents=True)
        copied = copy(OfDesk(desk), out / "mirror", parse_trust(told))
        write_file(out / "trust.json", told)
        kept = desk.back_up(out / "backup.tar")
        own = [
            one.code
            for one in desk.formations()
            if any(key.held_here for key in one.keys) and not 0 < one.valid_to <= when
        ]
        acts = [desk.close(code, CloseRequest(at=when)) for code in own]
    lines = [
        f"{copied.size} entries in {out / 'mirror'}, the trust file, and a backup of {kept.files} files",
        *(
            f"proposed: {code} ends at {moment(when)} ({act.state})"
            for code, act in zip(own, acts, strict=True)
        ),
        "next: the others vote on these proposals, on `member propose remove`, and on a bundle of `network release`",
    ]
    payload = {"entries": copied.size, "formations": own, "at": when, "archive": str(out)}
    say(as_json, payload, *lines)
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.add_typer(networks, name="network")
