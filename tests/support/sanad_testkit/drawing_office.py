"""A network in which instruments are drawn down, and its papers: a bank, two collectorates, a licensing authority."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sanad_node import finding, governance, issuing, standing, types
from sanad_node.acting import word
from sanad_node.desk import LocalDesk
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.wire import ActView, StandingRequest
from sanad_node.wire.instruments import DrawRequest, OpenRequest, ReleaseRequest, ReturnRequest
from sanad_verifier.entries import Reason

PLAIN = ["issue", "suspend", "reinstate", "supersede", "revoke"]
DRAWING = [*PLAIN, "draw", "return", "release"]
OFFICES: dict[str, tuple[str, dict[str, list[str]]]] = {
    "SNB-KHI-0002": ("BANK", {"PSW_FI": [*PLAIN, "open", "amend"]}),
    "SLA": ("AGENCY", {"QUOTA_LICENCE": [*PLAIN, "open", "amend"]}),
    "KPQA": ("CUSTOMS", {"GOODS_DECLARATION": DRAWING}),
    "KAPE": ("CUSTOMS", {"GOODS_DECLARATION": DRAWING}),
}
FAR = "2099-12-31"
"""A day these tests will not see."""
NUMBER = "SNB-IMP-000777-01092026"


def build(path: Path) -> None:
    """Found the network at `path`."""
    found(path, "drawing")
    with Node(path) as node:
        join(node)


def join(node: Node) -> None:
    """The offices join a network, each with a key."""
    node.catch_up()
    first = len(node.reader.formations()) + 1
    calls: list[tuple[str, str, tuple[Any, ...]]] = [
        ("Formations", "addFormation", (word(code), word(kind), 0, 0, 0, 0))
        for code, (kind, _) in OFFICES.items()
    ]
    for number, (_, scopes) in enumerate(OFFICES.values(), start=first):
        calls.append(("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0)))
        calls += [
            ("Formations", "setScope", (number, word(name), governance.scope_word(acts), 0, 0))
            for name, acts in scopes.items()
        ]
    governance.propose_all(node, calls)


def instrument(total: str = "1000.0000", number: str = NUMBER, **changes: Any) -> bytes:
    """A PSW financial instrument of so many dollars."""
    told = {**_sample("PSW_FI"), "finInsUniqueNumber": number, "financialInstrumentValue": total}
    told |= {"expiryDate": FAR, **changes}
    return types.prepare(types.get("PSW_FI"), json.dumps(told).encode())


def licence(quantity: str = "250.0000", number: str = "SLA-Q-2026-0099", **changes: Any) -> bytes:
    """A quota licence for so many kilograms."""
    told = {
        **_sample("QUOTA_LICENCE"),
        "licenceNumber": number,
        "quantity": quantity,
        "expiryDate": FAR,
        **changes,
    }
    return types.prepare(types.get("QUOTA_LICENCE"), json.dumps(told).encode())


def declaration(
    serial: int, amount: str | None = "600.0000", *, version: str = "1", number: str = NUMBER, **changes: Any
) -> bytes:
    """A declaration that draws so much from an instrument."""
    told = {**_sample("GOODS_DECLARATION"), "gdNumber": f"KAPW-HC-{serial}-18-09-2026", "gdVersion": version}
    del told["financialInstruments"]
    if version != "1":
        told["amendmentReason"] = "value corrected"
    if amount is not None:
        told["financialInstruments"] = [{"type": "PSW_FI", "number": number, "consumedValue": amount}]
    told.update(changes)
    return types.prepare(types.get("GOODS_DECLARATION"), json.dumps(told).encode())


def _sample(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(types.get(name).read_sample())
    del told["salt"]
    return told


class Office(LocalDesk):
    """A desk that issues these papers, and names them by their digests."""

    def put(self, doc_type: str, content: bytes, by: str, *, keep: bool = True) -> str:
        ready = issuing.ready_to_issue(self.node, content, doc_type=doc_type, formation=by, keep=keep)
        return issuing.issue(self.node, ready).digest.hex()

    def opened(self, total: str = "1000.0000", number: str = NUMBER, **changes: Any) -> str:
        digest = self.put("PSW_FI", instrument(total, number, **changes), "SNB-KHI-0002")
        self.open_instrument(OpenRequest(document=digest))
        return digest

    def declared(self, serial: int, amount: str | None = "600.0000", by: str = "KPQA", **more: Any) -> str:
        return self.put("GOODS_DECLARATION", declaration(serial, amount, **more), by)

    def drawn(
        self, of: str, declared: str, by: str = "KPQA", *, key: str | None = None, **more: Any
    ) -> ActView:
        return self.draw(of, DrawRequest(declaration=declared, formation=by, **more), key=key)

    def given_back(self, of: str, declared: str, by: str = "KPQA", *, key: str | None = None) -> ActView:
        request = ReturnRequest(declaration=declared, formation=by, reason="cancelled-at-holders-request")
        return self.return_draw(of, request, key=key)

    def released(self, declared: str, by: str = "KPQA") -> ActView:
        return self.release(declared, ReleaseRequest(formation=by))

    def cancelled(self, declared: str) -> None:
        record = finding.document(self.node, declared)
        standing.change_standing(self.node, record, "revoke", reason=Reason.CANCELLED_AT_HOLDERS_REQUEST)

    def replaced(self, of: str, content: bytes) -> str:
        """The bank amends an instrument's document; returns the new one's digest."""
        record = finding.document(self.node, of)
        ready = issuing.ready_to_issue(
            self.node, content, doc_type="PSW_FI", formation="SNB-KHI-0002", replaces=record.digest
        )
        digest = issuing.issue(self.node, ready).digest.hex()
        asked = StandingRequest(change="supersede", reason="amended", by=digest)
        self.change_standing(of, asked)
        return digest

    def left(self, of: str) -> str | None:
        return self.balance(of).left


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network, founded once for a module."""
    path = tmp_path_factory.mktemp("drawing") / "data"
    build(path)
    return path


@pytest.fixture
def office(founded: Path, tmp_path: Path) -> Iterator[Office]:
    """An office of a network of its own, where all are."""
    shutil.copytree(founded, tmp_path / "data")
    with Node(tmp_path / "data") as node:
        node.catch_up()
        yield Office(node)
