"""A node whose offices issue the papers of one consignment: the dossier of `rule_cases`, on a real chain."""

import copy
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sanad_node import finding, issuing, types
from sanad_node.desk import LocalDesk
from sanad_node.node import Node
from sanad_node.types import pointers
from sanad_node.wire import ScopeRequest, StandingRequest
from sanad_testkit import network_of_offices
from sanad_testkit.rule_cases import put, values
from sanad_verifier.json_profile import canonicalise

OFFICES = {
    "instrument": "CELL",
    "eif": "CELL",
    "invoice": "YARD",
    "bill": "COURT",
    "declaration": "PORT",
    "export": "YARD",
}
"""Who issues what: CELL is the bank, YARD the seller and his customs, COURT the line, PORT customs here."""
SCOPES = {
    "CELL": ("PSW_FI", "EIF"),
    "YARD": ("COMMERCIAL_INVOICE", "GOODS_DECLARATION"),
    "COURT": ("BILL_OF_LADING",),
    "PORT": ("GOODS_DECLARATION", "DECLARATION_EXTRACT"),
}


@cache
def founded(base: Path) -> Path:
    path = base / "matching" / "data"
    network_of_offices.build(path)
    with Node(path) as node:
        desk = LocalDesk(node)
        for code, names in SCOPES.items():
            for name in names:
                desk.set_scope(code, ScopeRequest(type=name, acts=network_of_offices.DOCUMENT_ACTS))
    return path


@contextmanager
def opened(base: Path, place: Path) -> Iterator["Desk"]:
    """A copy of the founded network, open."""
    shutil.copytree(founded(base), place / "data")
    with Node(place / "data") as node:
        yield Desk(node)


class Desk(LocalDesk):
    """A desk that issues papers of the dossier."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.papers = {name: (kind, value) for name, (kind, _, value) in values().items()}

    @property
    def block(self) -> int:
        return self.node.reader.position().block

    def put_on_ledger(
        self,
        name: str,
        changes: dict[str, Any] | None = None,
        *,
        keep: bool = True,
        replaces: str | None = None,
    ) -> str:
        """Issue a paper with some members changed; returns its digest. What it replaces is superseded."""
        kind, value = self.papers[name]
        value = copy.deepcopy(value)
        for pointer, new in (changes or {}).items():
            put(value, pointers.split(pointer), new)
        self.node.catch_up_if_possible()
        ready = issuing.ready_to_issue(
            self.node,
            canonicalise(value),
            doc_type=kind,
            formation=OFFICES[name],
            keep=keep,
            replaces=None if replaces is None else types.check(types.get(kind), self._kept(replaces)).digest,
        )
        issuing.issue(self.node, ready)
        digest = ready.digest.hex()
        if replaces is not None:
            asked = StandingRequest(change="supersede", reason="amended", by=digest, formation=OFFICES[name])
            self.change_standing(replaces, asked)
        return digest

    def _kept(self, digest: str) -> bytes:
        return self.node.vault.get(finding.document(self.node, digest).digest)

    def dossier(self, **changes: dict[str, Any]) -> dict[str, str]:
        """Issue every paper of the dossier, some with members changed; their digests by name."""
        return {name: self.put_on_ledger(name, changes.get(name)) for name in self.papers}


def extracts(folder: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    """A folder of extracts: number, subheading, quantity in kilograms, value."""
    folder.mkdir()
    kind = types.get("DECLARATION_EXTRACT")
    for number, hs6, quantity, value in rows:
        told = json.loads(kind.read_sample())
        del told["salt"]
        told["declarationNumber"] = number
        told["items"][0] |= {"hsCode": hs6, "quantity": quantity, "totalValue": value}
        told["items"][0].pop("unitPrice", None)
        told.pop("totalValue")
        (folder / f"{number}.json").write_bytes(types.prepare(kind, json.dumps(told).encode()))
    return folder
