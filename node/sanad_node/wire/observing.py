"""What is seen of cargo, who sees it, and how custody travels as EPCIS."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sanad_node.wire.base import Address, Answer, Asked, Code, Identifier, Moment, ReasonName, Text
from sanad_node.wire.custody import ParticularsModel

DOCUMENT_AT_MOST = 8 << 20
BATCH_AT_MOST = 4 << 20
Acting = Annotated[Code | None, Field(alias="as")]


class InspectRequest(ParticularsModel):
    """What an officer saw of a consignment; custody stays where it is."""

    act: Literal["inspect"] = "inspect"
    consignment: Identifier
    formation: Acting = None


class ReadingsRequest(Asked):
    """A device's batch of readings, as its file (docs/spec/epcis.md)."""

    act: Literal["readings"] = "readings"
    document: str = Field(max_length=BATCH_AT_MOST)
    formation: Acting = None


class ErrorRequest(Asked):
    """An act on a consignment is declared wrong; it stays in the log."""

    act: Literal["error"] = "error"
    consignment: Identifier
    entry: int = Field(ge=0, le=2**53 - 1, description="The entry that is wrong.")
    error: Literal["did-not-occur", "incorrect-data"]
    note: Text = ""
    formation: Acting = None


class DeviceRequest(Asked):
    """A device that is to ride along with cargo. Without an address its key is made and kept at this node."""

    serial: str = Field(
        "", max_length=100, description="Its serial number; a blinded mark goes on the chain."
    )
    address: Address | None = None
    valid_from: Moment = 0
    valid_to: Moment = 0
    formation: Acting = None


class DeviceCloseRequest(Asked):
    """Nothing that the device signs is taken any more."""

    reason: ReasonName
    formation: Acting = None


class DeviceView(Answer):
    """A device as the ledger has it."""

    address: str
    formation: str
    valid_from: int
    valid_to: int
    sequence: int = Field(description="Number of its last batch.")
    entry: int
    held_here: bool = Field(description="This node has its key, and signs for it.")


class DeviceList(Answer):
    devices: list[DeviceView]


class ReadingProof(Answer):
    """A reading, and its path to the root that an entry of the log commits to."""

    schema_: str = Field(alias="schema")
    entry: int
    raw: str
    reading: dict[str, Any]
    index: int
    size: int
    path: list[str]


class CaptureRequest(Asked):
    """An EPCIS 2.0 document whose events are to be recorded as acts of a formation.

    `names` says what URIs stand for that are not ours: a formation's code, a place's UN/LOCODE, a consignment's
    reference; and which formation a party of track-and-trace events is (`SMDG:EXCO`).
    """

    document: str = Field(max_length=DOCUMENT_AT_MOST, description="The document's JSON text.")
    form: Literal["epcis", "dcsa-tnt"] = Field(
        "epcis",
        description="`dcsa-tnt`: track-and-trace events of DCSA, T&T 3.0, instead of an EPCIS document.",
    )
    dry_run: bool = Field(True, description="Only say what would be done.")
    names: dict[Annotated[str, Field(max_length=512)], Annotated[str, Field(max_length=256)]] = Field(
        {}, max_length=2000
    )
    formation: Acting = None


class CaptureRow(Answer):
    """What became, or would become, of one event."""

    row: int = Field(description="Its place in the document, from 1.")
    event: str = Field(description="Its identifier by the event hash; empty for one that has none.")
    act: str
    consignment: str
    outcome: Literal["would-do", "done", "accepted", "already", "refused"]
    entry: int | None = None
    code: str = ""
    message: str = ""
    field: str = ""


class CaptureView(Answer):
    """An event document, row by row."""

    dry_run: bool
    rows: list[CaptureRow]
