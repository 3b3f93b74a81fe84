"""The command that takes what other systems drop into a folder: drop."""

import signal
import sys
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from sanad_node.cli.answers import CANNOT_TELL, DONE, REFUSED, Answer, complain, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.bringing import Fields, Fill, Keep, filling
from sanad_node.cli.options import As, Json
from sanad_node.desk.batches import Bringing, kind_of
from sanad_node.ways import forms
from sanad_node.ways.dropping import DropFolder, Dropped
from sanad_node.wire.batches import BatchOutcome
from sanad_verifier.errors import EnvironmentFault

FASTEST, SLOWEST = 1, 3600


@asks
def drop(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder into which files are dropped.")],
    form: Annotated[str, typer.Argument(metavar="FORM", help=f"{', '.join(forms.forms())}.")],
    formation: As,
    doc_type: Annotated[str, typer.Option("--type", help="Document type, for forms of our own.")] = "",
    fill: Fill = None,
    keep: Keep = True,
    salted: Fields = True,
    once: Annotated[bool, typer.Option("--once", help="Take what is there, and end.")] = False,
    every: Annotated[
        int, typer.Option("--every", min=FASTEST, max=SLOWEST, help="Seconds between two looks.")
    ] = 5,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Take each file that is dropped into a folder, once it is whole; it ends in done/ or refused/, with a file beside
    it that says what became of each row. Until stopped (Ctrl-C, SIGTERM).

    Exit code 1 when `--once` refused a file. Example: sanad drop inbox psw-gd --as SNB-KHI
    """
    kind_of(form, doc_type)
    bringing = Bringing(
        form, filling(form, fill) if forms.get(form).doc_type else {}, keep=keep, fields=salted
    )
    box = DropFolder(folder, form, {"formation": formation, "type": kind_of(form, doc_type).name})

    def bring(path: Path) -> list[BatchOutcome]:
        with where.desk() as desk:
            return desk.issue_batch(path, doc_type=doc_type, formation=formation, bringing=bringing)

    with box.opened():
        if once:
            told = [_tell(one, as_json) for one in box.take(bring)]
            refused = any(one.where == "refused" for one in told)
            promised = any(one.counts.get("promised") for one in told)
            raise Answer(REFUSED if refused else CANNOT_TELL if promised else DONE)
        stopping = _stopped()
        while not stopping.is_set():
            try:
                for one in box.take(bring):
                    _tell(one, as_json)
                    if stopping.is_set():
                        break
            except EnvironmentFault as fault:  # nothing was decided: the file is taken again at the next look
                complain(fault, as_json)
            stopping.wait(every)
    raise Answer(DONE)


def _stopped() -> Event:
    """An event that a signal sets: what is being brought in is brought to its end first."""
    stopping = Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopping.set())
    return stopping


def _tell(one: Dropped, as_json: bool) -> Dropped:
    counts = ", ".join(f"{count} {word}" for word, count in one.counts.items())
    payload = {"file": one.name, "where": one.where, "counts": one.counts, "code": one.code}
    say(as_json, payload, f"{one.name}: {one.where}, {counts or one.code}")
    sys.stdout.flush()
    return one


def add_to(app: typer.Typer) -> None:
    """Add it to the commands."""
    app.command()(drop)
