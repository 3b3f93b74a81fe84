"""Of a node that follows a mirror everything can be asked, and nothing done: what the desk can be asked for is one or
the other, and what is refused leaves nothing behind.
"""

import inspect
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from sanad_node.desk import Desk, desk_of
from sanad_node.desk.reading import ReadingDesk
from sanad_node.engines.base import ChainUnavailable
from sanad_node.engines.mirror import NodeMirrors
from sanad_node.mirror import starting
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Request
from sanad_testkit.made_log import MadeLog
from sanad_verifier.trust import encode_trust

READ = {
    "act", "agreement", "agreements", "back_up", "balance", "bill", "bill_chain", "bills", "bundle",
    "check_reads", "checkpoint", "compare", "compare_mirror", "consignment", "cross_check", "devices",
    "disclose", "document", "epcis", "equivocations", "erase", "facts", "fetch", "findings",
    "findings_report", "formations", "fsck", "grant", "instruments", "kept", "life_of_declaration",
    "line_of_office", "log_file", "members", "message", "messages", "monthly_file", "monthly_return",
    "node_status", "notices", "pack", "pin", "policies", "reading", "reads", "scrub", "seizures",
    "status_lists", "stock", "stock_report", "stocktake", "sync", "traders", "trust", "vault", "verify",
    "verify_log",
}  # fmt: skip
ASKED = {name for name, _ in inspect.getmembers(Desk, inspect.isfunction) if not name.startswith("_")}


@pytest.fixture
def node(tmp_path: Path) -> Node:
    starting.start(tmp_path / "data", ["https://mirror.example"], encode_trust(MadeLog().trust()))
    return Node(tmp_path / "data")


def everything(folder: Path) -> dict[str, bytes]:
    files = (
        path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    )
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize("name", sorted(ASKED - READ))
def test_an_act_is_refused_before_anything_is_written(node: Node, name: str) -> None:
    with node:
        desk = desk_of(node)
        assert isinstance(desk, ReadingDesk)
        before = everything(node.directory.root)
        wanted = inspect.signature(getattr(Desk, name)).parameters.values()
        positional = [
            MagicMock() for one in wanted if one.kind is one.POSITIONAL_OR_KEYWORD and one.name != "self"
        ]
        with pytest.raises(NodeMirrors) as refused:
            getattr(desk, name)(
                *positional, **({"doc_type": "FILE", "formation": "X"} if name == "issue_batch" else {})
            )
        assert refused.value.code == "NODE_MIRRORS"
        assert everything(node.directory.root) == before


def test_what_can_be_asked_is_not_among_what_is_refused() -> None:
    assert READ <= ASKED
    assert not {name for name in READ if name in vars(ReadingDesk)}


def test_an_act_that_comes_past_the_desk_is_refused_before_it_is_promised(node: Node) -> None:
    with node:
        request = Request("key", bytes(32), bytes(20), "Ledger", b"")
        with pytest.raises(NodeMirrors):
            node.perform([request])
        assert node.outbox.find("key") is None


def test_there_is_no_chain_to_ask(node: Node) -> None:
    with node:
        with pytest.raises(ChainUnavailable) as refused:
            _ = node.engine
        assert refused.value.code == "NO_CHAIN_HERE"
        node.catch_up()
        assert node.pump() is False
