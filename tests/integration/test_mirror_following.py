"""A partner without a chain: a node that follows a real node's service, is asked like any other, and can do nothing.

One founding node is served; a follower of it is a service of its own. Syncs that are killed are processes.
"""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_node.client import Client
from sanad_node.mirror import starting
from sanad_node.node import Node
from sanad_node.reindexing import log_digest
from sanad_node.wire import IssueRequest
from sanad_node.wire.status_lists import PublishRequest
from sanad_testkit.made_log import MadeLog, entries, write
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, prepared, running
from sanad_testkit.waiting import until
from sanad_verifier.cli import main as verify_alone
from sanad_verifier.trust import encode_trust, parse_trust

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
FOLLOWS_EVERY = "5"


@dataclass
class Partners:
    """The founding node's service, the follower's directory, and the files that belong to both."""

    founder: Running
    office: Office
    follower: Office
    token: Path
    receipt: Path


@pytest.fixture(scope="module")
def partners(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Partners]:
    folder = tmp_path_factory.mktemp("partners")
    shutil.copytree(prepared.data, folder / "data")
    desk = Path(shutil.copytree(prepared.data.with_name("desk"), folder / "desk"))
    with running(folder / "data", prepared) as founder:
        trust = folder / "trust.json"
        trust.write_bytes(founder.asks().get("/v1/trust").content)
        token = folder / "token"
        token.write_text(prepared.client(Role.AUDITOR).token)
        follower = Office(folder / "follower", desk)
        follower.call("node", "init", "--mirror", founder.url, "--trust", trust, code=0)
        yield Partners(founder, Office(folder / "data", desk), follower, token, desk / "K-1.json")


def test_a_follower_is_asked_like_the_node_it_follows_and_can_do_nothing(
    partners: Partners, tmp_path: Path
) -> None:
    follower, office, receipt = partners.follower, partners.office, partners.receipt
    assert follower.call("verify", receipt).error[0] == "MIRROR_EMPTY"
    synced = follower.call("node", "sync", code=0).told
    assert (synced["forked"], synced["taken"]) == (False, synced["size"])
    digest = follower.call("verify", receipt, "--subject", "NZE141-0000001", code=0).told["digest"]
    for question in (["formation", "list"], ["member", "list"]):
        assert _public(follower.call(*question, code=0).told) == _public(office.call(*question, code=0).told)
    ours, theirs = (_public(one.call("trace", digest, code=0).told) for one in (follower, office))
    assert (ours["state"], ours["steps"]) == (theirs["state"], theirs["steps"])
    assert follower.call("trace", "K-1").error[0] == "UNKNOWN_DOCUMENT"  # numbers stay with who issued them
    assert follower.call("fsck", code=0).told["findings"] == []
    assert follower.call("reindex", "--verify", code=0).told["same"] is True
    assert follower.call("log", "verify", code=0).told["size"] == synced["size"]
    seen = _files(follower.data)
    for act in (
        ["issue", receipt, "--type", "AUCTION_RECEIPT", "--as", "CELL"],
        ["revoke", digest, "--reason", "fraud"],
        ["formation", "add", "NEW", "--kind", "AGENCY"],
        ["custody", "ship", "BOX 1", "--to", "YARD", "--as", "PORT", "--quantity", "10"],
        ["certificate", digest, "-o", tmp_path / "x.pdf"],
        ["root", "draft", "--key", "x", "--threshold", "1", "-o", tmp_path / "x"],
    ):
        refused = follower.call(*act)
        assert (refused.code, refused.error[0]) == (1, "NODE_MIRRORS") or act[0] == "root", act
    assert _files(follower.data) == seen


def _public(told: Any) -> Any:
    """An answer without what only the office itself knows."""
    if isinstance(told, dict):
        private = {"heldHere", "block", "tx", "call", "note"}
        return {name: _public(one) for name, one in told.items() if name not in private}
    return [_public(one) for one in told] if isinstance(told, list) else told


def _files(data: Path) -> dict[str, bytes]:
    found = (path for path in data.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path): path.read_bytes() for path in found if not path.name.endswith(("-wal", "-shm", ".db"))}


def test_what_a_follower_hands_out_is_believed_by_its_own_devices_and_its_proofs_by_everybody(
    partners: Partners, prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    follower, receipt = partners.follower, partners.receipt
    with Client(partners.founder.url, prepared.client(Role.ISSUER).token) as cell:
        cell.publish_status_list(PublishRequest(group="CELL", formation="CELL"))
    follower.call("node", "sync", code=0)
    own, network = tmp_path / "own.json", tmp_path / "network.json"
    follower.call("trust", "-o", own, code=0)
    network.write_bytes(partners.founder.asks().get("/v1/trust").content)
    digest = follower.call("verify", receipt, code=0).told["digest"]
    follower.call("bundle", digest, "-o", tmp_path / "b.sanad", code=0)
    follower.call("pack", "build", "--types", "AUCTION_RECEIPT", "-o", tmp_path / "p.pack", code=0)
    whole = [str(tmp_path / "b.sanad"), "--document", str(receipt), "--trust"]
    assert (
        verify_alone([*whole, str(network)]) == 2
    )  # proved to have been issued; its standing is nobody's word
    assert '"authority": {"answer": "yes"' in _json_of(capsys, [*whole, str(network), "--json"])
    (listed,) = follower.call("status-list", "get", "-o", tmp_path / "lists", code=0).told["files"]
    assert (
        verify_alone([*whole, str(network), "--status", listed]) == 0
    )  # the publisher's word, an entry of the log
    pack = [str(receipt), "--pack", str(tmp_path / "p.pack"), "--trust"]
    assert verify_alone([*pack, str(own)]) == 0
    assert verify_alone([*pack, str(network)]) != 0
    assert parse_trust(own.read_bytes()).log_keys == parse_trust(network.read_bytes()).log_keys


def _json_of(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    capsys.readouterr()
    verify_alone(arguments)
    return capsys.readouterr().out


def test_two_nodes_and_a_mirror_of_them_are_compared(partners: Partners, tmp_path: Path) -> None:
    follower, founder = partners.follower, partners.founder
    follower.call("node", "sync", code=0)
    same = follower.call("node", "compare", "--url", founder.url, "--token-file", partners.token, code=0).told
    assert same["same"] is True
    by_name = {one["what"]: one["same"] for one in same["items"]}
    assert by_name["root"] is by_name["digest"] is by_name["genesis"] is by_name["Ledger.address"] is True
    without = follower.call("node", "compare", "--url", founder.url, code=0).told
    assert {one["what"]: one["same"] for one in without["items"]}["digest"] is None
    follower.call("log", "mirror", tmp_path / "mirror", code=0)
    assert follower.call("node", "compare", "--mirror", tmp_path / "mirror", code=0).told["same"] is True
    assert follower.call("node", "compare", "--url", "http://127.0.0.1:9").code == 2
    other = Office(tmp_path / "other", tmp_path)
    other.call("node", "init", "--name", "elsewhere", code=0)
    assert other.call("node", "compare", "--url", founder.url).code == 1
    assert (
        other.call("node", "sync").error[0] == other.call("node", "believe", "x").error[0] == "NOT_A_MIRROR"
    )


def test_another_trust_file_of_the_same_network_is_believed_from_then_on(
    partners: Partners, tmp_path: Path
) -> None:
    same, other = tmp_path / "same.json", tmp_path / "other.json"
    same.write_bytes(partners.founder.asks().get("/v1/trust").content)
    other.write_bytes(encode_trust(MadeLog().trust()))
    assert partners.follower.call("node", "believe", same, code=0).told["version"] is None
    assert partners.follower.call("node", "believe", other).error == ("TRUST_DIFFERS", "FILE")


def test_a_follower_s_service_answers_with_the_age_of_what_it_knows_and_keeps_up(
    partners: Partners, prepared: Prepared
) -> None:
    follower, founder, receipt = partners.follower, partners.founder, partners.receipt
    follower.call("node", "sync", code=0)
    with Node(follower.data) as node:
        accounts = Accounts(node.office, audience=node.network.origin, clock=node.clock)
        accounts.add("squad.client", kind="client", formation="", roles=[Role.AUDITOR])
        token = accounts.make_token("squad.client", label="test", lifetime_seconds=3600)
        accounts.add("issuer.client", kind="client", formation="CELL", roles=[Role.ISSUER])
        issuer = accounts.make_token("issuer.client", label="test", lifetime_seconds=3600)
    with running(follower.data, environment={"SANAD_MIRROR__EVERY_SECONDS": FOLLOWS_EVERY}) as served:
        http = httpx.Client(
            base_url=served.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )
        before = http.get("/v1/node").json()
        assert before["mirror"]["sources"] == [founder.url]
        page = http.get("/verify")
        assert "follows a copy of the ledger" in page.text
        assert http.post("/v1/verify", files={"file": receipt.read_bytes()}).json()["verdict"] == "authentic"
        act = http.post(
            "/v1/documents",
            json={"type": "AUCTION_RECEIPT", "as": "CELL", "document": {}},
            headers={"Idempotency-Key": "k", "Authorization": f"Bearer {issuer}"},
        )
        assert (act.status_code, act.json()["code"]) == (409, "NODE_MIRRORS")
        with Client(founder.url, prepared.client(Role.ISSUER).token) as cell:
            cell.issue(IssueRequest(type="FILE", formation="CELL"), b"a new file of CELL")
        until(lambda: http.get("/v1/node").json()["entries"] > before["entries"])
        told = follower.call("node", "status", code=0).told  # asks the service
        assert told["mirror"]["mirrors"][0]["code"] == ""
        assert follower.call("node", "sync", code=0).told["size"] == told["entries"]
        assert http.get("/checkpoint").text.split("\n")[1] == str(told["entries"])
        second = http.get("/metrics", headers={"Authorization": f"Bearer {_operator(follower.data)}"}).text
        assert "sanad_mirrors_failing 0.0" in second


def _operator(data: Path) -> str:
    return "sndop_" + (data / "secrets" / "operator").read_text().strip()


# -- killed -------------------------------------------------------------------------------------------------------

KILLS = 4
FIRST, SECOND = 300, 4000


def test_a_sync_that_is_killed_at_any_time_leaves_the_old_or_the_new_and_the_next_one_ends_it(
    tmp_path: Path,
) -> None:
    log = MadeLog()
    small = write(log.files(entries(FIRST)), tmp_path / "small")
    large = write(log.files(entries(SECOND)), tmp_path / "large")
    data = tmp_path / "data"
    starting.start(data, [str(large)], encode_trust(log.trust()))
    follower = Office(data, tmp_path)
    follower.run("node", "sync", "--mirror", small, "--stale", code=0)
    seen = set()
    for kill in range(KILLS):
        process = follower.start("node", "sync", "--stale")
        until(partial(_over_or_at, process, data, kill))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        seen.add(_whole(data))
    assert seen <= {FIRST, SECOND}
    assert FIRST in seen
    assert follower.run("node", "sync", "--stale", code=0).told["size"] == SECOND
    other = tmp_path / "once"
    starting.start(other, [str(large)], encode_trust(log.trust()))
    Office(other, tmp_path).run("node", "sync", "--stale", code=0)
    with Node(data) as node, Node(other) as at_once:
        assert log_digest(node.ledger) == log_digest(at_once.ledger)


def _over_or_at(process: subprocess.Popen[bytes], data: Path, kill: int) -> bool:
    return process.poll() is not None or _is_at(data, kill)


def _is_at(data: Path, kill: int) -> bool:
    """Whether a sync has come to the moment at which it is to be killed: so many files fetched, or so much written."""
    fetched = sum(1 for path in (data / "mirror" / "fetched").rglob("*") if path.is_file())
    if kill < 2:
        return fetched >= 1 + 8 * kill
    wal = data / "ledger.db-wal"
    written = wal.stat().st_size if wal.exists() else 0
    if kill < 3:
        return written > 400_000
    return (data / "mirror" / "heads" / str(SECOND)).exists()


def _whole(data: Path) -> int:
    """The size of the log, which has the root of the head that is kept for it."""
    with Node(data) as node:
        size = node.reader.position().size
        kept = node.knowledge.kept(size)
        assert (kept.size, kept.root) == (size, node.reader.root(size))
        assert len(node.reader.raw_entries(0, SECOND + 1)) == size
        return size
