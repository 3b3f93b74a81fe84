"""A founded network with four offices, made once a session and copied for each test."""

import json
from pathlib import Path
from typing import Any

from sanad_node import governance, types
from sanad_node.acting import word
from sanad_node.founding import found
from sanad_node.node import Node

DOCUMENT_ACTS = ["issue", "issue-batch", "suspend", "reinstate", "supersede", "revoke"]
CUSTODY_ACTS = [
    "register", "ship", "receive", "refuse", "recall", "hold", "lift", "observe", "observe-batch", "error-declared",
]  # fmt: skip
OFFICES = {
    "CELL": ["AUCTION_RECEIPT", "FILE", "STATUS_LIST"],
    "PORT": ["FILE"],
    "YARD": ["FILE"],
    "COURT": ["FILE"],
}


def build(path: Path) -> None:
    """Found a network at `path`: all offices issue files and move containers, CELL also issues auction
    receipts.
    """
    found(path, "test")
    with Node(path) as node:
        node.catch_up()
        calls: list[tuple[str, str, tuple[Any, ...]]] = []
        calls += [
            ("Formations", "addFormation", (word(code), word("AGENCY"), 0, 0, 0, 0)) for code in OFFICES
        ]
        for number, names in enumerate(OFFICES.values(), start=1):
            calls.append(("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0)))
            scopes = dict.fromkeys(names, DOCUMENT_ACTS) | {"CONTAINER": CUSTODY_ACTS}
            calls += [
                ("Formations", "setScope", (number, word(name), governance.scope_word(acts), 0, 0))
                for name, acts in scopes.items()
            ]
        governance.propose_all(node, calls)


def receipt(number: str, chassis: str = "NZE141-0000001") -> bytes:
    """An auction receipt, ready to issue."""
    kind = types.get("AUCTION_RECEIPT")
    told = json.loads(kind.read_sample())
    told.pop("salt")
    told["receiptNumber"] = number
    told["vehicle"]["chassisNumber"] = chassis
    return types.prepare(kind, json.dumps(told).encode())
