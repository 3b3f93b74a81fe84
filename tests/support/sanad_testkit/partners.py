"""Two members of a network, each with a node of its own, and the lines between their services.

A (member 1) is customs at export, B (member 2) at arrival. Their logs have the same beginning, on an embedded chain
each: what is tried here is what they tell each other beside the log. The bundle says no more of the network than that
needs.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sanad_api.problems import problem, status_of
from sanad_node.consortium.bundle import MemberTold, NetworkBundle, NodeTold, SignedBundle
from sanad_node.consortium.sealing import sealing_public
from sanad_node.datadir import DataDirectory
from sanad_node.exchange import carrying, receiving
from sanad_node.node import Node
from sanad_node.wire.exchange import AgreementChange, AgreementRequest, GrantRequest, MessagesQuery
from sanad_testkit.matching_office import Desk, opened
from sanad_verifier.errors import SanadError
from sanad_verifier.notes import public_key

GD = "GOODS_DECLARATION"


class Line(httpx.BaseTransport):
    """From one member to the service of the other; `before` and `after` are called around it, and may cut it."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.sent: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request.read())
        assert request.url.path == "/v1/exchange/messages"
        self.before()
        try:
            answer = httpx.Response(200, content=receiving.receive(self._node, self.sent[-1]))
        except SanadError as error:
            answer = httpx.Response(status_of(error), json=problem(error, "1"))
        self.after()
        return answer


def cut() -> None:
    raise httpx.ConnectError("cut")


@dataclass
class Member:
    """One member's desk, the line to the other's service, and the export declaration that both logs have."""

    desk: Desk
    line: Line
    exported: str

    @property
    def node(self) -> Node:
        return self.desk.node

    def carry(self) -> carrying.Carried:
        return carrying.carry(self.node, transport=self.line)

    def heard(self, kind: str) -> Any:
        return self.desk.messages(MessagesQuery(way="in", kind=kind)).messages  # type: ignore[arg-type]


def founded(base: Path, place: Path) -> tuple[Path, Path, str]:
    """The data directories of A and B, and the digest of the export declaration that both logs have."""
    (place / "a").mkdir()
    with opened(base, place / "a") as desk:
        exported = desk.put_on_ledger("export")
    a, b = place / "a" / "data", place / "b"
    shutil.copytree(a, b)
    for name in ("cosigner", "status"):
        (b / "secrets" / name).unlink()
        DataDirectory(b).write_secret(name, secrets.token_bytes(32))
    for path in (a, b):
        DataDirectory(path).write_secret("sealing", secrets.token_bytes(32))
    return a, b, exported


@contextmanager
def two_members(base: Path, place: Path) -> Iterator[tuple[Member, Member]]:
    """A and B, with nothing agreed. Who sends is the test."""
    a, b, exported = founded(base, place)
    with Node(a) as first, Node(b) as second:
        bundle = bundle_of(first, second)
        for node in (first, second):
            node.__dict__["bundle"] = SignedBundle(bundle, b"")
        desks = (Desk(first), Desk(second))
        for one in desks:
            one._send = lambda: None  # type: ignore[method-assign]
        yield Member(desks[0], Line(second), exported), Member(desks[1], Line(first), exported)


def bundle_of(*nodes: Node) -> NetworkBundle:
    members, places = [], []
    for number, node in enumerate(nodes, start=1):
        secret = node.directory.secret
        members.append(
            MemberTold(
                number=number, name=f"Customs {number}", address=f"{number:040x}",
                cosigning_key=public_key(secret("cosigner")).hex(), log_key=public_key(secret("log")).hex(),
                status_key=public_key(secret("status")).hex(), url=f"https://member-{number}.example",
            )
        )  # fmt: skip
        places.append(
            NodeTold(
                member=number, role="observer", enode=f"enode://{number:0128x}@host:1", validator="",
                sealing_key=sealing_public(secret("sealing")).hex(), secret="00" * 32,
            )
        )  # fmt: skip
    origin = nodes[0].network.origin
    return NetworkBundle.model_construct(origin=origin, members=members, nodes=places, threshold=1)  # type: ignore[call-arg]


def grant(sender: str, kind: str, *types: str, fields: list[str] | None = None) -> GrantRequest:
    return GrantRequest(sender=sender, kind=kind, types=list(types), fields=fields)  # type: ignore[arg-type]


GRANTS = [
    grant("us", "mirror", GD),
    grant("us", "alert", GD, "CONTAINER", "AEO"),
    grant("partner", "request", GD),
]


def agreed(a: Member, b: Member, grants: list[GrantRequest] = GRANTS) -> str:
    """An agreement in force at both."""
    made = a.desk.propose_agreement(AgreementRequest(partner=2, grants=grants, purpose="arrivals"))
    assert made.state == "proposed"
    a.carry()
    assert b.desk.agreement(made.id).state == "offered"
    assert b.desk.change_agreement(made.id, AgreementChange(change="accept")).state == "in-force"
    b.carry()
    assert a.desk.agreement(made.id).state == "in-force"
    return made.id
