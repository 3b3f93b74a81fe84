"""Where the adversaries try: one network in which cars are auctioned, instruments drawn down, bills of lading passed
on, containers handed over and older records passed on and attested. It is founded once a session and copied for each
test.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sanad_node import blinding, checkpointing, governance, policing, types, verifying
from sanad_node.acting import word
from sanad_node.desk import LocalDesk
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.wire import IssueRequest
from sanad_testkit import auction_chain, drawing_office, shipping
from sanad_testkit.auction_chain import Chain
from sanad_testkit.network_of_offices import CUSTODY_ACTS, DOCUMENT_ACTS
from sanad_verifier.digests import Digest
from sanad_verifier.errors import SanadError
from sanad_verifier.trust import Trust
from sanad_verifier.verdict import Report

DAY = 86400
OFFICES: dict[str, tuple[str, list[str]]] = {
    "PASSES-ON": ("CUSTOMS", ["DECLARATION_EXTRACT", "FILE", "ATTESTATION"]),
    "ATTESTS-1": ("CUSTOMS", ["ATTESTATION", "FILE"]),
    "ATTESTS-2": ("BANK", ["ATTESTATION", "FILE"]),
    "SHED-1": ("WAREHOUSE", ["FILE"]),
    "SHED-2": ("WAREHOUSE", ["FILE"]),
    "DOSSIER": ("AGENCY", ["PSW_FI", "EIF", "COMMERCIAL_INVOICE", "GOODS_DECLARATION"]),
}
"""Besides those of the auction, the instruments and the bills."""
OFFICERS = {"SHED-1": "badge 4471", "SHED-2": "badge 4471"}
"""One person has the keys of both sheds."""


def build(path: Path) -> None:
    """Found the network at `path`, with a car paid for and not yet sold."""
    found(path, "adversaries")
    with Node(path) as node:
        node.catch_up()
        auction_chain.join(node)
        drawing_office.join(node)
        shipping.join(node)
        first = len(node.reader.formations()) + 1
        calls: list[tuple[str, str, tuple[Any, ...]]] = [
            ("Formations", "addFormation", (word(code), word(kind), 0, 0, 0, 0))
            for code, (kind, _) in OFFICES.items()
        ]
        secret = node.directory.secret("network")
        for number, (code, (_, names)) in enumerate(OFFICES.items(), start=first):
            scopes = dict.fromkeys(names, DOCUMENT_ACTS) | {"CONTAINER": CUSTODY_ACTS, "DEVICE": ["device"]}
            officer = blinding.officer_mark(secret, OFFICERS[code]) if code in OFFICERS else bytes(32)
            calls.append(("Formations", "addKey", (number, node.keyring.create(), officer, 0, 0)))
            calls += [
                ("Formations", "setScope", (number, word(name), governance.scope_word(acts), 0, 0))
                for name, acts in scopes.items()
            ]
        governance.propose_all(node, calls)
        policing.propose(node)
        chain = Chain(node)
        chain.until("BID_PAYMENT")
        told = {name: [chain.digests[name].hex(), chain.made[name].decode()] for name in chain.digests}
        (path.parent / "car.json").write_text(json.dumps(told))


@dataclass
class Clock:
    """The node's clock, which a test may move."""

    ahead: float = 0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Stage:
    """A copy of the network, open. `car` holds the papers of the car up to its payment."""

    node: Node
    clock: Clock
    car: Chain
    ships: shipping.Shipping = field(init=False)
    instruments: drawing_office.Office = field(init=False)
    desk: LocalDesk = field(init=False)

    def __post_init__(self) -> None:
        self.ships = shipping.Shipping(self.node)
        self.instruments = drawing_office.Office(self.node)
        self.desk = LocalDesk(self.node)

    @property
    def today(self) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(self.clock()))

    @property
    def trust(self) -> Trust:
        return checkpointing.trust(self.node)

    @property
    def now(self) -> int:
        return int(self.clock())

    def verdict(self, content: bytes, **more: Any) -> Report:
        """What the node says of a file, to its operator."""
        self.node.be_current()
        return verifying.verify(self.node, verifying.Asked(document=content, **more))[0]

    def file(self, number: str, by: str = "PASSES-ON", content: bytes = b"a file") -> bytes:
        """A file issued under a number; its bytes."""
        data = content + number.encode()
        self.desk.issue(IssueRequest(type="FILE", number=number, formation=by), data)
        return data

    def bundle(self, identifier: str) -> bytes:
        return self.desk.bundle(identifier)[1]

    def pass_time(self, days: float) -> None:
        self.clock.ahead += days * DAY


def extract(number: str, **changes: Any) -> bytes:
    """A record of an older system, ready to be passed on."""
    kind = types.get("DECLARATION_EXTRACT")
    told = {**json.loads(kind.read_sample()), "declarationNumber": number, **changes}
    told.pop("salt")
    return types.prepare(kind, json.dumps(told).encode())


def refused(do: Callable[[], object]) -> SanadError:
    """The refusal of what must be refused."""
    with pytest.raises(SanadError) as error:
        do()
    return error.value


@contextmanager
def opened(founded: Path, place: Path) -> Iterator[Stage]:
    """A copy of the founded network at `place`, open."""
    shutil.copytree(founded, place / "data")
    made = json.loads((founded.parent / "car.json").read_text())
    clock = Clock()
    with Node(place / "data", clock=clock) as node:
        node.catch_up()
        digests = {name: Digest(bytes.fromhex(one)) for name, (one, _) in made.items()}
        yield Stage(
            node, clock, Chain(node, digests, {name: text.encode() for name, (_, text) in made.items()})
        )
