"""The desk's observations: what is seen of cargo, devices, and custody as EPCIS. See `observing` and `epcis`."""

from sanad_node import finding, observing
from sanad_node.desk import acts, capturing
from sanad_node.desk.asked import stated_formation
from sanad_node.desk.base import Seen
from sanad_node.desk.cargo import CargoDesk
from sanad_node.epcis import documents, exporting
from sanad_node.reading import LoggedEntry
from sanad_node.standing import reason_code
from sanad_node.wire import ActView
from sanad_node.wire.observing import (
    CaptureRequest,
    CaptureView,
    DeviceCloseRequest,
    DeviceList,
    DeviceRequest,
    DeviceView,
    ErrorRequest,
    InspectRequest,
    ReadingProof,
)
from sanad_verifier.json_profile import parse
from sanad_verifier.readings import Batch, parse_batch


class ObservingDesk(CargoDesk):
    """What `Desk` says of observations."""

    def observe(self, request: Seen, *, key: str | None = None) -> ActView:
        """Record what was seen, or that something recorded is wrong."""
        node, formation = self.node, stated_formation(request.formation)
        node.catch_up_if_possible()
        match request:
            case InspectRequest():
                found = finding.consignment(node, request.consignment)
                stated = self.particulars(request)
                done = observing.inspect(node, found, formation=formation, particulars=stated, key=key)
            case ErrorRequest():
                done = observing.declare_error(
                    node,
                    finding.consignment(node, request.consignment),
                    formation=formation,
                    entry=request.entry,
                    mistake=observing.mistake_named(request.error),
                    note=request.note,
                    key=key,
                )
            case _:
                done = observing.observe(node, batch_in(request.document), formation=formation, key=key)
        return acts.view_of(node, done.act)

    def add_device(self, request: DeviceRequest, *, key: str | None = None) -> ActView:
        formation = stated_formation(request.formation)
        self.node.catch_up_if_possible()
        address = request.address or self._made_before(key)
        _, act = observing.add_device(
            self.node,
            formation=formation,
            address=None if address is None else _address(address),
            serial=request.serial,
            valid_from=request.valid_from,
            valid_to=request.valid_to,
            key=key,
        )
        return acts.view_of(self.node, act)

    def _made_before(self, key: str | None) -> str | None:
        """The device whose key was made when this was asked for before; its answer may have been lost."""
        known = None if key is None else self.node.outbox.find(key)
        return None if known is None else acts.view_of(self.node, known).about.get("device")

    def close_device(self, address: str, request: DeviceCloseRequest, *, key: str | None = None) -> ActView:
        reason, formation = reason_code(request.reason), stated_formation(request.formation)
        self.node.catch_up_if_possible()
        act = observing.close_device(
            self.node, _address(address), formation=formation, reason=reason, key=key
        )
        return acts.view_of(self.node, act)

    def devices(self, formation: str | None = None) -> DeviceList:
        """The devices of a formation, or all."""
        node = self.node
        node.catch_up_if_possible()
        number = None if formation is None else node.reader.formation(formation).number
        codes, held = node.reader.formation_codes(), set(node.keyring.addresses())
        return DeviceList(
            devices=[
                DeviceView(
                    address=one.address.hex(),
                    formation=codes.get(one.formation, "?"),
                    valid_from=one.valid_from,
                    valid_to=one.valid_to,
                    sequence=one.sequence,
                    entry=one.entry,
                    held_here=one.address in held,
                )
                for one in observing.devices(node, number)
            ]
        )

    def reading(self, identifier: str, entry: int, place: int) -> ReadingProof:
        """The proof of one reading, counted from 0, of a batch about a consignment."""
        self.node.catch_up_if_possible()
        return ReadingProof.read(observing.prove(self.node, self._logged(identifier, entry), place))

    def epcis(self, identifier: str) -> bytes:
        """A consignment's custody as an EPCIS document."""
        self.node.catch_up_if_possible()
        return documents.encode(exporting.export(self.node, finding.consignment(self.node, identifier)))

    def capture(self, request: CaptureRequest) -> CaptureView:
        """Record an EPCIS document's events as acts of a formation, or say what that would do."""
        return capturing.capture(self, request)

    def _logged(self, identifier: str, entry: int) -> LoggedEntry:
        found = finding.consignment(self.node, identifier)
        for one in self.node.reader.entries_about(found.id):
            if one.index == entry:
                return one
        raise observing.BatchNotHeld("no batch about this consignment has this entry", field="ENTRY")


def batch_in(text: str) -> Batch:
    """The batch in a file's text; `ReadingsInvalid`, or the JSON profile's refusal."""
    return parse_batch(parse(text.encode("utf-8")))


def _address(text: str) -> bytes:
    try:
        address = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise observing.UnknownDevice("a device is named by its address", field="DEVICE") from error
    return address
