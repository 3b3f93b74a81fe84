"""Commands on what is seen of cargo, and on custody as EPCIS: `sanad custody
inspect|observe|error|reading|export|capture`, and `sanad custody device`.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, REFUSED, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import about, read_file
from sanad_node.cli.options import As, Json, Key, ReasonOption, window
from sanad_node.corridors import corridors as known_corridors
from sanad_node.durable import write_file
from sanad_node.standing import reason_code
from sanad_node.wire import ActView
from sanad_node.wire.observing import (
    BATCH_AT_MOST,
    DOCUMENT_AT_MOST,
    CaptureRequest,
    CaptureRow,
    DeviceCloseRequest,
    DeviceRequest,
    ErrorRequest,
    InspectRequest,
    ReadingsRequest,
)
from sanad_verifier.errors import InputError

NAMES_AT_MOST = 1 << 20
Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="Consignment identifier, its first digits, or its reference.")
]
device = typer.Typer(
    help="Devices that ride along with cargo and sign what they measure.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class NamesInvalid(InputError):
    """The file of names is one JSON object whose members are texts."""

    code = "NAMES_INVALID"


def _tell(done: ActView, words: str, as_json: bool) -> None:
    payload = {"consignment": done.about.get("consignment", ""), "step": done.what, **act_payload(done)}
    say(as_json, payload, words, act_line(done))
    finish(done)


@asks
def inspect(
    identifier: Identifier,
    formation: As,
    place: Annotated[str, typer.Option("--place", help="UN/LOCODE of the place.")] = "",
    quantity: Annotated[
        int, typer.Option("--quantity", min=0, help="How many were counted; 0: not counted.")
    ] = 0,
    unit: Annotated[str, typer.Option("--unit", help="Unit of the quantity.")] = "packages",
    condition: Annotated[
        str,
        typer.Option("--condition", help="seal-locked, good, damaged, short, seal-broken, seal-changed, …"),
    ] = "",
    seal: Annotated[str, typer.Option("--seal", help="Number of the seal that was seen.")] = "",
    note: Annotated[str, typer.Option("--note", help="Free text for the record that stays here.")] = "",
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Record what an officer saw of a consignment on its way: the seal locked, a count, damage. Custody stays.

    Example: sanad custody inspect "MSKU1234565 / 0417W" --as KAPW --place PKSKZ --condition seal-locked
    """
    request = asked(
        InspectRequest,
        consignment=identifier,
        formation=formation,
        place=place,
        quantity=quantity,
        unit=unit,
        condition=condition,
        seal=seal,
        note=note,
    )
    with where.desk() as desk:
        done = desk.observe(request, key=key)
    _tell(done, f"seen by {formation.upper()}", as_json)


@asks
def observe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A device's batch of readings (JSON).")],
    formation: As,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Record a batch of a device's readings as one entry. A batch without a signature is signed here, if this node
    has the device's key.

    Example: sanad custody observe readings-7.json --as TRACKER-CO
    """
    with about(file):
        document = _text(read_file(file, BATCH_AT_MOST))
    request = asked(ReadingsRequest, document=document, formation=formation)
    with where.desk() as desk, about(file):
        done = desk.observe(request, key=key)
    _tell(done, "readings recorded", as_json)


@asks
def error(
    identifier: Identifier,
    entry: Annotated[int, typer.Argument(metavar="ENTRY", min=0, help="Number of the entry that is wrong.")],
    formation: As,
    mistake: Annotated[str, typer.Option("--error", help="did-not-occur or incorrect-data.")],
    note: Annotated[str, typer.Option("--note", help="What is right, for the record that stays here.")] = "",
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Declare one of one's own acts wrong. It stays in the log, and who holds the cargo stays as it is.

    Example: sanad custody error "MSKU1234565 / 0417W" 4711 --as QICT --error incorrect-data --note "counted twice"
    """
    request = asked(
        ErrorRequest, consignment=identifier, entry=entry, error=mistake, note=note, formation=formation
    )
    with where.desk() as desk:
        done = desk.observe(request, key=key)
    _tell(done, f"entry {entry} is declared wrong", as_json)


@asks
def reading(
    identifier: Identifier,
    entry: Annotated[int, typer.Argument(metavar="ENTRY", min=0, help="Entry of the batch.")],
    number: Annotated[int, typer.Argument(metavar="N", min=0, help="Which reading of it, from 0.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the proof.")],
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write the proof of one reading: it, and its path to the root that the entry commits to.

    Example: sanad custody reading "MSKU1234565 / 0417W" 4711 12 -o reading.json
    """
    with where.desk() as desk:
        told = desk.reading(identifier, entry, number).as_json()
    write_file(out, (json.dumps(told, ensure_ascii=False) + "\n").encode())
    say(as_json, told, f"wrote {out}")
    raise Answer(DONE)


@asks
def export(
    identifier: Identifier,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the document.")],
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write a consignment's custody as an EPCIS 2.0 document (JSON-LD), which GS1's schema allows.

    Example: sanad custody export "MSKU1234565 / 0417W" -o msku.jsonld
    """
    with where.desk() as desk:
        made = desk.epcis(identifier)
    write_file(out, made)
    count = len(json.loads(made)["epcisBody"]["eventList"])
    say(as_json, {"file": str(out), "events": count}, f"wrote {count} events to {out}")
    raise Answer(DONE)


@asks
def capture(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An EPCIS 2.0 document (JSON-LD), or DCSA events.")
    ],
    formation: As,
    names: Annotated[
        Path | None,
        typer.Option("--names", help="JSON file: what URIs stand for (formations, places, references)."),
    ] = None,
    form: Annotated[
        str, typer.Option("--form", help="epcis; or dcsa-tnt, for track-and-trace events of DCSA.")
    ] = "epcis",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Record the events of one's own system as acts, each by itself, row by row. The same file again does nothing
    again.

    Example: sanad custody capture shipments.jsonld --as MAEU-KHI --names partners.json --dry-run
    """
    with about(file):
        document = _text(read_file(file, DOCUMENT_AT_MOST))
    request = asked(
        CaptureRequest,
        document=document,
        form=form,
        dry_run=dry_run,
        names={} if names is None else _names(names),
        formation=formation,
    )
    with where.desk() as desk, about(file):
        told = desk.capture(request)
    say(as_json, told.as_json(), *map(_row, told.rows), _counts(told.rows))
    raise Answer(REFUSED if any(one.outcome == "refused" for one in told.rows) else DONE)


def _row(one: CaptureRow) -> str:
    what = f"{one.row:>4}  {one.outcome:<9} {one.act or '-':<9} {one.consignment[:16]}"
    if one.outcome == "refused":
        return f"{what}  {one.code} {one.field}: {one.message}"
    return what if one.entry is None else f"{what}  entry {one.entry}"


def _counts(rows: list[CaptureRow]) -> str:
    outcomes = ("done", "accepted", "would-do", "already", "refused")
    counted = [(sum(row.outcome == name for row in rows), name) for name in outcomes]
    return f"{len(rows)} events: " + ", ".join(f"{count} {name}" for count, name in counted if count)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8") from error


def _names(file: Path) -> dict[str, str]:
    try:
        told: Any = json.loads(read_file(file, NAMES_AT_MOST))
    except ValueError as error:
        raise NamesInvalid("this is no JSON", field=file.name) from error
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise NamesInvalid("names are one JSON object whose members are texts", field=file.name)
    return told


def corridors(as_json: Json = False) -> None:
    """List the corridors: their stations, and how many hours after setting out each is passed.

    Example: sanad custody corridors
    """
    told = [
        {
            "corridor": one.id,
            "title": one.title.en,
            "stations": [
                {"title": s.title.en, "places": sorted(s.places), "hours": s.hours, "required": s.required}
                for s in one.stations
            ],
            "fastest": one.fastest,
            "silence": one.silence,
        }
        for one in known_corridors().values()
    ]
    lines = [
        f"{one.id:<18} "
        + ", ".join(f"{s.title.en} {s.hours} h{'' if s.required else ' (or not)'}" for s in one.stations)
        + f"; at most {one.fastest} km/h, heard of each {one.silence} h"
        for one in known_corridors().values()
    ]
    say(as_json, {"corridors": told}, *lines)
    raise Answer(DONE)


@device.command("add")
@asks
def add_device(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="The device's serial number.")],
    formation: As,
    address: Annotated[
        str | None,
        typer.Option("--address", help="Address of its key; without one, a key is made and kept here."),
    ] = None,
    valid_from: Annotated[str | None, typer.Option("--from", help="From when (ISO 8601); now.")] = None,
    valid_to: Annotated[str | None, typer.Option("--to", help="Until when (ISO 8601); no end.")] = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Register a device of a formation: its batches are taken from now on, once and in order.

    Example: sanad custody device add ELOCK-0417 --as TRACKER-CO
    """
    since, until = window(valid_from, valid_to)
    request = asked(
        DeviceRequest, serial=serial, address=address, valid_from=since, valid_to=until, formation=formation
    )
    with where.desk() as desk:
        done = desk.add_device(request, key=key)
    say(as_json, {**done.about, **act_payload(done)}, f"device {done.about['device']}", act_line(done))
    finish(done)


@device.command("close")
@asks
def close_device(
    address: Annotated[str, typer.Argument(metavar="DEVICE", help="Address of the device's key.")],
    formation: As,
    reason: ReasonOption,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Take nothing that a device signs any more: it is lost, stolen or done with.

    Example: sanad custody device close 9f0c…40 --as TRACKER-CO --reason lost-or-stolen-paper
    """
    reason_code(reason)
    request = asked(DeviceCloseRequest, reason=reason, formation=formation)
    with where.desk() as desk:
        done = desk.close_device(address, request, key=key)
    say(as_json, {**done.about, **act_payload(done)}, "device closed", act_line(done))
    finish(done)


@device.command("list")
@asks
def list_devices(
    formation: Annotated[str | None, typer.Option("--of", help="Only those of this formation.")] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """List devices: whose they are, when they are in force, the number of their last batch.

    Example: sanad custody device list --of TRACKER-CO
    """
    with where.desk() as desk:
        told = desk.devices(formation)
    lines = [
        f"{one.address}  {one.formation:<16} from {moment(one.valid_from)} to {moment(one.valid_to)}"
        f"  batches {one.sequence}" + ("  signs here" if one.held_here else "")
        for one in told.devices
    ]
    say(as_json, told.as_json(), *lines, f"{len(told.devices)} devices")
    raise Answer(DONE)


def add_to(custody: typer.Typer) -> None:
    """Add these to the commands on cargo."""
    for command in (inspect, observe, error, reading, export, capture, corridors):
        custody.command()(command)
    custody.add_typer(device, name="device")
