"""A network in which bills of lading are issued and passed on: a carrier, a seller, two banks and a buyer."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sanad_node import governance, types
from sanad_node.acting import word
from sanad_node.desk.local import LocalDesk
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.wire import ActView
from sanad_node.wire.bills import BillAct, BillActRequest, BillRequest, BillView

BILL = "BILL_OF_LADING"
PARTY = ["ship", "receive", "hold"]
OFFICES: dict[str, tuple[str, list[str]]] = {
    "CARRIER": ("CARRIER", ["register", "suspend", "reinstate"]),
    "CARRIER-2": ("CARRIER", ["issue", "register"]),
    "SELLER": ("TRADER", PARTY),
    "BANK-A": ("BANK", PARTY),
    "BANK-B": ("BANK", PARTY),
    "BUYER": ("TRADER", PARTY),
}


def build(path: Path) -> None:
    """Found the network at `path`."""
    found(path, "shipping")
    with Node(path) as node:
        join(node)


def join(node: Node) -> None:
    """The offices join a network."""
    node.catch_up()
    first = len(node.reader.formations()) + 1
    calls: list[tuple[str, str, tuple[Any, ...]]] = [
        ("Formations", "addFormation", (word(code), word(kind), 0, 0, 0, 0))
        for code, (kind, _) in OFFICES.items()
    ]
    for number, (_, acts) in enumerate(OFFICES.values(), start=first):
        calls.append(("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0)))
        calls.append(("Formations", "setScope", (number, word(BILL), governance.scope_word(acts), 0, 0)))
    governance.propose_all(node, calls)


def bill(number: str, **changes: Any) -> bytes:
    """A bill of lading to order, of the carrier's number."""
    told = json.loads(types.get(BILL).read_sample())
    return json.dumps({**told, "isToOrder": True, "transportDocumentReference": number, **changes}).encode()


@dataclass
class Shipping:
    """Bills by their numbers."""

    node: Node
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def desk(self) -> LocalDesk:
        return LocalDesk(self.node)

    def issue(
        self,
        number: str,
        *,
        holder: str = "SELLER",
        beneficiary: str | None = "SELLER",
        replaces: str | None = None,
        by: str = "CARRIER",
        key: str | None = None,
        **changes: Any,
    ) -> ActView:
        request = BillRequest(
            formation=by, holder=holder, beneficiary=beneficiary, replaces=replaces and self.digests[replaces]
        )
        done = self.desk.issue_bill(request, bill(number, **changes), key=key)
        self.digests[number] = done.about["digest"]
        return done

    def act(self, number: str, act: BillAct, by: str, *, key: str | None = None, **more: Any) -> ActView:
        request = BillActRequest(act=act, formation=by, **more)
        return self.desk.act_on_bill(self.digests[number], request, key=key)

    def show(self, number: str, **more: Any) -> BillView:
        return self.desk.bill(self.digests[number], **more)
