"""Observations, devices and EPCIS over HTTP."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.desk.base import Seen
from sanad_node.wire import ActView
from sanad_node.wire.observing import (
    CaptureRequest,
    CaptureView,
    DeviceCloseRequest,
    DeviceList,
    DeviceRequest,
    ReadingProof,
)


class Observing(Part):
    """See `Desk`."""

    def observe(self, request: Seen, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/observations", request, key, field="ID")

    def epcis(self, identifier: str) -> bytes:
        return self._conversation.get(f"/v1/consignments/{segment(identifier)}/epcis").body

    def capture(self, request: CaptureRequest) -> CaptureView:
        return self._compute("/v1/epcis/capture", CaptureView, request.as_json())

    def reading(self, identifier: str, entry: int, place: int) -> ReadingProof:
        path = f"/v1/consignments/{segment(identifier)}/readings/{entry}/{place}"
        return self._get(path, ReadingProof)

    def devices(self, formation: str | None = None) -> DeviceList:
        return self._get("/v1/devices", DeviceList, {"formation": formation})

    def add_device(self, request: DeviceRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/devices", request, key, field="--address")

    def close_device(self, address: str, request: DeviceCloseRequest, *, key: str | None = None) -> ActView:
        return self._acting.act(f"/v1/devices/{segment(address)}/closure", request, key, field="DEVICE")
