"""A network in which a vehicle may be auctioned, and the papers of one: every office with two officers' keys, the
policies of the table decided.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sanad_node import governance, issuing, policing, registering, types
from sanad_node.acting import word
from sanad_node.finding import document
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Reason

PLAIN = ["issue", "suspend", "reinstate", "supersede", "revoke"]
OFFICES: dict[str, tuple[str, list[str]]] = {
    "KAPW": ("CUSTOMS", ["SEIZURE_REPORT"]),
    "KAPW-SWH": ("WAREHOUSE", ["WAREHOUSE_DEPOSIT", "GATE_PASS", "DELIVERY_ORDER"]),
    "FSL-KHI": ("LABORATORY", ["FORENSIC_REPORT"]),
    "KAPW-AUC": ("AUCTION", ["AUCTION_LOT", "AUCTION_RECEIPT", "DELIVERY_ORDER", "BID_PAYMENT"]),
    "SNB-KHI-0001": ("BANK", ["BID_PAYMENT"]),
    "SINDH-EXCISE": ("EXCISE", ["VEHICLE_REGISTRATION", "AUCTION_RECEIPT"]),
    "PUNJAB-EXCISE": ("EXCISE", ["VEHICLE_REGISTRATION", "AUCTION_RECEIPT"]),
    "FSDP-AUC": ("AUCTION", ["FILE"]),
}
SELLS = {
    "SEIZURE_REPORT": "KAPW",
    "WAREHOUSE_DEPOSIT": "KAPW-SWH",
    "FORENSIC_REPORT": "FSL-KHI",
    "AUCTION_LOT": "KAPW-AUC",
    "BID_PAYMENT": "SNB-KHI-0001",
    "AUCTION_RECEIPT": "KAPW-AUC",
    "DELIVERY_ORDER": "KAPW-AUC",
    "GATE_PASS": "KAPW-SWH",
    "VEHICLE_REGISTRATION": "SINDH-EXCISE",
}
"""Who issues what, in the order of the chain."""
PARENTS = {
    "SEIZURE_REPORT": (),
    "WAREHOUSE_DEPOSIT": ("SEIZURE_REPORT",),
    "FORENSIC_REPORT": ("SEIZURE_REPORT",),
    "AUCTION_LOT": ("WAREHOUSE_DEPOSIT", "FORENSIC_REPORT"),
    "BID_PAYMENT": ("AUCTION_LOT",),
    "AUCTION_RECEIPT": ("AUCTION_LOT", "BID_PAYMENT"),
    "DELIVERY_ORDER": ("AUCTION_RECEIPT",),
    "GATE_PASS": ("DELIVERY_ORDER",),
    "VEHICLE_REGISTRATION": ("GATE_PASS", "AUCTION_RECEIPT"),
}
TWO_OFFICERS = {"SEIZURE_REPORT", "AUCTION_RECEIPT"}
CHASSIS = "NKE165-7123456"


def build(path: Path, *, decided: bool = True) -> None:
    """Found the network at `path`; with its policies decided, if wanted."""
    found(path, "auction")
    with Node(path) as node:
        join(node)
        if decided:
            policing.propose(node)


def join(node: Node) -> None:
    """The offices join a network, with scopes that go past the register where that is still possible."""
    node.catch_up()
    calls: list[tuple[str, str, tuple[Any, ...]]] = [
        ("Formations", "addFormation", (word(code), word(kind), 0, 0, 0, 0))
        for code, (kind, _) in OFFICES.items()
    ]
    bits = governance.scope_word([*PLAIN, "consume"])
    first = len(node.reader.formations()) + 1
    for number, (_, names) in enumerate(OFFICES.values(), start=first):
        for _officer in range(2):
            calls.append(("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0)))
        calls += [("Formations", "setScope", (number, word(name), bits, 0, 0)) for name in names]
    governance.propose_all(node, calls)


def paper(name: str, **changes: Any) -> bytes:
    """A document of a type, ready to issue: its sample with members changed, about one car."""
    kind = types.get(name)
    told = {**json.loads(kind.read_sample()), **changes}
    told.pop("salt")
    if name == "AUCTION_RECEIPT":
        vehicle = json.loads(types.get("AUCTION_LOT").read_sample())["vehicle"]
        told = {"receiptNumber": "KAPW-AUC-2026-00502", **told, "vehicle": vehicle} | changes
    return types.prepare(kind, json.dumps(told).encode())


@dataclass
class Chain:
    """The papers of one car as they are issued at one node."""

    node: Node
    digests: dict[str, Digest] = field(default_factory=dict)
    made: dict[str, bytes] = field(default_factory=dict)

    def issue(
        self,
        name: str,
        content: bytes | None = None,
        *,
        by: str | None = None,
        parents: tuple[str, ...] | None = None,
        replaces: Digest | None = None,
        approved: bool = True,
    ) -> issuing.Issued:
        """Issue a paper on those before it; `parents` are digests (hex) given instead of them."""
        made = paper(name) if content is None else content
        if parents is None:
            parents = tuple(self.digests[one].hex() for one in PARENTS[name])
        office, rests = by or SELLS[name], issuing.Rests(parents, Reason.DATA_CORRECTED)
        if approved and name in TWO_OFFICERS:
            issuing.approve(self.node, made, doc_type=name, formation=office, replaces=replaces, rests=rests)
        ready = issuing.ready_to_issue(
            self.node, made, doc_type=name, formation=office, replaces=replaces, rests=rests
        )
        issued = issuing.issue(self.node, ready)
        self.digests[name], self.made[name] = issued.digest, made
        return issued

    def until(self, last: str) -> None:
        """Everything up to and with `last`; the gate pass is used at the gate before the registration."""
        for name in SELLS:
            if name not in self.digests:
                if name == "VEHICLE_REGISTRATION":
                    self.consume("GATE_PASS", "KAPW-SWH")
                self.issue(name)
            if name == last:
                return

    def consume(self, name: str, by: str) -> Act:
        record = document(self.node, self.digests[name].hex())
        return registering.consume(self.node, record, formation=by).act
