"""The command that plays recorded messages at a way in: simulate."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, REFUSED, Answer, say
from sanad_node.cli.at import Where, asks, read_token
from sanad_node.cli.options import Json
from sanad_node.ways import playing
from sanad_node.ways.playing import FAULTS, Fault, Played, Service
from sanad_verifier.cli_parts import UsageWrong

TAKEN = frozenset({"", "200", "202"})


@asks
def simulate(
    recording: Annotated[
        Path, typer.Argument(metavar="RECORDING", help="A file with a message a line, as it was sent.")
    ],
    into: Annotated[
        Path | None, typer.Option("--into", help="Drop each message as a file into this folder.")
    ] = None,
    form: Annotated[str, typer.Option("--form", help="With --url: the messages' form.")] = "psw-gd",
    formation: Annotated[
        str, typer.Option("--as", help="With --url: code of the formation that issues.")
    ] = "",
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", help=f"What goes wrong: {', '.join(FAULTS)}. May be given again."),
    ] = None,
    every: Annotated[float, typer.Option("--every", min=0, max=3600, help="Seconds between messages.")] = 0,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Play recorded messages at a way in, as PSW would send them: into a drop folder, or to a service (--url). For
    trying and testing; what comes in is as real as any document of this network.

    Exit code 1 when a message was refused. Example: sanad simulate messages.jsonl --into inbox --fault twice
    """
    faults = _faults(fault or [], folder=into is not None)
    messages = playing.read_recording(recording)
    if (into is None) is (where.url is None):
        raise UsageWrong("name either a folder or a service: --into or --url", field="--into")
    played: Iterator[Played]
    if into is not None:
        if not into.is_dir():
            raise UsageWrong("there is no such folder", field="--into")
        played = playing.into_folder(messages, into, faults)
    else:
        if where.token_file is None:
            raise UsageWrong("a service wants a token", field="--token-file")
        service = Service(where.url or "", read_token(where.token_file), form, formation)
        played = playing.to_service(messages, service, faults)
    told: list[Played] = []
    for one in played:
        if told and every:
            time.sleep(every)
        told.append(one)
        if not as_json:
            print(f"{one.message}  {one.what:<8} {one.answer} {one.told}".rstrip(), flush=True)
    rows = [
        {"message": one.message, "what": one.what, "answer": one.answer, "told": one.told} for one in told
    ]
    say(as_json, {"played": rows}, f"{len(messages)} messages")
    raise Answer(DONE if all(one.answer in TAKEN for one in told) else REFUSED)


def _faults(given: list[str], *, folder: bool) -> list[Fault]:
    known: list[Fault] = [one for one in FAULTS if one in given]
    if len(known) < len(set(given)):
        raise UsageWrong(f"a fault is one of {', '.join(FAULTS)}", field="--fault")
    if folder and "hang-up" in known:
        raise UsageWrong("nobody answers in a folder, so nobody hangs up", field="--fault")
    return known


def add_to(app: typer.Typer) -> None:
    """Add it to the commands."""
    app.command()(simulate)
