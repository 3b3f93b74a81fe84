"""What is seen of cargo, devices that ride along, and custody as EPCIS."""

from typing import Annotated

from fastapi import Body, Path, Query, Request
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import TheAsking, TheCaller, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_api.routes.cargo import named
from sanad_api.routes.documents import attachment
from sanad_node import finding
from sanad_node.asking import Asking, asking
from sanad_node.desk import capturing
from sanad_node.desk.observing import batch_in
from sanad_node.reading import ConsignmentRecord
from sanad_node.wire import AcceptedAct
from sanad_node.wire.observing import (
    CaptureRequest,
    CaptureView,
    DeviceCloseRequest,
    DeviceList,
    DeviceRequest,
    ErrorRequest,
    InspectRequest,
    ReadingProof,
    ReadingsRequest,
)

observing = router("consignments")
EPCIS_TYPE = "application/ld+json"
Seeing = Annotated[InspectRequest | ReadingsRequest | ErrorRequest, Body(discriminator="act")]
ACTS = {"inspect": "observe", "readings": "observe-batch", "error": "error-declared"}
CAPTURED = {"inspect": "observe", "error": "error-declared", "hold": "hold", "lift": "lift"}
"""What a scope has to allow for one of these on a consignment that the formation had nothing to do with."""
Number = Annotated[int, Path(ge=0, le=2**53 - 1)]


@observing.post(
    "/v1/observations",
    status_code=202,
    response_model=AcceptedAct,
    summary="What was seen of a consignment, a device's readings, or a declared error",
)
def observe(asked: Seeing, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to record it. None of it moves custody."""
    batch = batch_in(asked.document) if isinstance(asked, ReadingsRequest) else None
    meant = batch.consignment.hex() if batch is not None else asked.consignment  # type: ignore[union-attr]
    found = seeing.consignment_for(service.desk, caller, meant, act=ACTS[asked.act])
    changed: dict[str, object] = {"formation": seeing.acting(caller, asked.formation)}
    if batch is None:
        changed |= {"consignment": found.consignment.id, **named(asked, service, caller)}
    service.desk.observe(asked.model_copy(update=changed), key=who.act_key)
    return accepted(who)


@observing.get(
    "/v1/consignments/{identifier}/epcis",
    response_class=Response,
    responses={200: {"content": {EPCIS_TYPE: {}}}, **TAGGED},
    summary="Its custody as EPCIS 2.0",
)
def epcis(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """An EPCIS document (JSON-LD) with an event for each act (docs/spec/epcis.md)."""
    found = seeing.consignment_for(service.desk, caller, identifier)
    made = service.desk.epcis(found.consignment.id)
    headers = attachment(f"{found.consignment.id[:16]}.jsonld")
    return tagged(request, Response(made, media_type=EPCIS_TYPE, headers=headers))


@observing.get(
    "/v1/consignments/{identifier}/readings/{entry}/{number}",
    response_model=ReadingProof,
    summary="The proof of one reading",
)
def reading(
    identifier: str, entry: Number, number: Number, service: TheService, caller: TheCaller
) -> Response:
    """A reading of a device's batch, and its path to the root that the entry commits to."""
    found = seeing.consignment_for(service.desk, caller, identifier)
    return as_json(service.desk.reading(found.consignment.id, entry, number))


@observing.post("/v1/epcis/capture", response_model=CaptureView, summary="Capture an EPCIS 2.0 document")
def capture(asked: CaptureRequest, service: TheService, caller: TheCaller) -> Response:
    """Record its events as acts of the caller's formation, row by row, or (as without `dryRun` false) only say what
    would be done. An event is the same act however often it is sent.
    """
    acting = seeing.acting(caller, asked.formation)
    if not asked.dry_run:
        service.node.must_act()

    def find(identifier: str, act: str) -> ConsignmentRecord:
        found = seeing.consignment_for(service.desk, caller, identifier, act=CAPTURED.get(act))
        return finding.consignment(service.node, found.consignment.id)

    with asking(Asking(caller.user, caller.id, caller.formation)):
        told = capturing.capture(service.desk, asked.model_copy(update={"formation": acting}), find)
    return as_json(told)


@observing.get("/v1/devices", response_model=DeviceList, summary="Devices that ride along")
def list_devices(
    service: TheService,
    caller: TheCaller,
    formation: Annotated[
        str | None, Query(max_length=31, description="Only those of this formation.")
    ] = None,
) -> Response:
    """Devices, whose they are, and the number of their last batch; issuers see their own formation's."""
    if not caller.roles & seeing.SEES_EVERY_CONSIGNMENT:
        formation = caller.formation
    return as_json(service.desk.devices(formation))


@observing.post("/v1/devices", status_code=202, response_model=AcceptedAct, summary="Register a device")
def add_device(asked: DeviceRequest, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to register a device of the acting formation."""
    acting = seeing.acting(caller, asked.formation)
    service.desk.add_device(asked.model_copy(update={"formation": acting}), key=who.act_key)
    return accepted(who)


@observing.post(
    "/v1/devices/{address}/closure", status_code=202, response_model=AcceptedAct, summary="Close a device"
)
def close_device(
    address: str, asked: DeviceCloseRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Promise that nothing the device signs is taken any more."""
    acting = seeing.acting(caller, asked.formation)
    service.desk.close_device(address, asked.model_copy(update={"formation": acting}), key=who.act_key)
    return accepted(who)
