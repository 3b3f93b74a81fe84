"""A QBFT network of four administrations over HTTP: founded, joined, acted on and proved, with Besu's part played by a
chain whose headers the validators' own keys seal and whose transactions anvil executes.
"""

import contextlib
import io
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey

from sanad_node import governance, proving
from sanad_node.cli.app import main
from sanad_node.consortium.beginning import Wish, found, join, prepare, sign
from sanad_node.consortium.bundle import BundleUnfit, read_bundle
from sanad_node.consortium.requests import JoinRequest
from sanad_node.consortium.start import ValidatorsUnfit, begin
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import ChainNotReady
from sanad_node.node import Node
from sanad_testkit.chain_server import ChainServer
from sanad_testkit.qbft_chain import BEGAN, Executing
from sanad_verifier.chain.proof import verify_chain_proof

NOW = BEGAN + 1_000


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str

    @property
    def told(self) -> Any:
        return json.loads(self.out)


def run(*arguments: str | Path) -> Ran:
    """Run a command of `sanad` in this process; its answer as JSON."""
    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as out, contextlib.redirect_stdout(out):
        code = main([*map(str, arguments), "--json"])
        out.flush()
        out.seek(0)
        return Ran(code, out.read())


def administrations(folder: Path, count: int, engine: str = "besu") -> list[tuple[Path, JoinRequest]]:
    made = []
    for number in range(count):
        wish = Wish(f"Customs {number}", "validator", f"127.0.0.1:{40_000 + number}", engine=engine)
        path = folder / f"node-{number}"
        made.append((path, prepare(path, wish)))
    return made


@dataclass
class Scene:
    """The first member's node, two endpoints of the chain, and the bundle."""

    folder: Path
    bundle: Path
    chain: Executing
    server: ChainServer
    second: ChainServer


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("qbft")
    four = administrations(folder, 4)
    requests = [request for _, request in four]
    start = begin("qbft", requests, 2, NOW)
    bundle = found(four[0][0], "pk", requests, threshold=3, start=start)
    for path, _ in four[1:]:
        bundle = sign(path, bundle)
    (folder / "pk.network").write_bytes(bundle)
    keys = [PrivateKey.from_hex((path / "chain" / "nodekey").read_text()) for path, _ in four]
    execution = AnvilEngine.create(folder / "executing", chain_id=start.chain_id, clock=lambda: NOW)
    chain = Executing(keys, start.genesis, execution)
    chain.own_enode = requests[0].asked.enode
    with ChainServer(chain) as server, ChainServer(chain) as second:
        yield Scene(folder, folder / "pk.network", chain, server, second)
    execution.close()


@pytest.mark.engine
@pytest.mark.slow
def test_a_member_joins_through_two_endpoints_acts_and_has_sealed_proof_of_it(scene: Scene) -> None:
    path = scene.folder / "node-0"
    with pytest.raises(BundleUnfit):
        join(path, scene.bundle.read_bytes())  # geth does not speak QBFT
    data = ("--data", path)
    joined = run("node", "join", scene.bundle, "--besu", scene.server.url, "--rpc", scene.second.url, *data)
    assert joined.code == 0, joined.out
    with Node(path) as node:
        with pytest.raises(ChainNotReady):
            node.pump()  # it has sent what founds the contracts
        scene.chain.grow(1)
        node.pump()
        act = governance.add_formation(node, code="QBFT", kind="AUCTION").act
        assert act.state == "final"
        assert act.entry is not None
        trust = node.chain_trust()
        assert trust is not None
        sealed = verify_chain_proof(proving.chain_proof(node, act.entry), trust)
        assert sealed.height == node.reader.entry(act.entry).block
        status = node.chain.status()  # type: ignore[attr-defined]
        assert [one.state for one in status.endpoints] == ["used", "checked"]
        assert [one.trouble for one in status.endpoints] == ["", ""]
        assert sorted(scene.chain.allowed) == sorted(enodes(scene))
        assert set(scene.chain.asked_peers) == set(enodes(scene)[1:])

        height = scene.chain.height

        def lie(method: str, told: Any) -> Any:
            fresh = method == "eth_getBlockByNumber" and told and int(told["number"], 16) > height
            return {**told, "timestamp": hex(NOW + 50_000)} if fresh else told

        scene.server.change = lie
        act = governance.add_formation(node, code="QBFT-2", kind="AUCTION").act
        assert act.state == "final"  # through the other endpoint
        status = node.chain.status()  # type: ignore[attr-defined]
        assert [(one.state, one.code) for one in status.endpoints] == [("aside", "ENGINE_LIED"), ("used", "")]
        scene.server.change = lambda _, told: told
    shown = run("engine", "status", *data)
    assert [one["url"] for one in shown.told["chain"]["endpoints"]] == [scene.server.url, scene.second.url]
    moved = run("engine", "endpoints", "--rpc", scene.second.url, *data)
    assert [one["url"] for one in moved.told["endpoints"]] == [scene.second.url]


def enodes(scene: Scene) -> list[str]:
    """Every node of the network."""
    return [one.enode for one in read_bundle(scene.bundle.read_bytes()).bundle.nodes]


def test_besu_s_files_are_made_from_the_bundle_for_each_profile(scene: Scene, tmp_path: Path) -> None:
    given = ("--bundle", scene.bundle, "--data", scene.folder / "node-1")
    folder = tmp_path / "v"
    assert run("engine", "config", "besu", "-o", folder, *given).told["profile"] == "validator"
    config = tomllib.loads((folder / "config.toml").read_text())
    assert config["p2p-port"] == 40_001
    assert (config["min-gas-price"], config["rpc-http-host"]) == (0, "127.0.0.1")
    assert config["discovery-enabled"] is False
    for name in (
        "genesis-file",
        "static-nodes-file",
        "permissions-nodes-config-file",
        "node-private-key-file",
    ):
        assert (folder / config[name]).is_file()
    every = enodes(scene)
    assert tomllib.loads((folder / "permissions_config.toml").read_text())["nodes-allowlist"] == every
    assert json.loads((folder / "static-nodes.json").read_text()) == [*every[:1], *every[2:]]
    assert json.loads((folder / "genesis.json").read_text()) == scene.chain.genesis
    assert (folder / "key").stat().st_mode & 0o077 == 0
    node_key = (scene.folder / "node-1" / "chain" / "nodekey").read_text()
    assert (folder / "key").read_text() == "0x" + node_key
    assert f"127.0.0.1:{config['rpc-http-port']}:" in (folder / "compose.yaml").read_text()
    assert "ExecStart=/opt/besu/bin/besu --config-file=config.toml" in (folder / "besu.service").read_text()
    refused = run("engine", "config", "besu", "-o", tmp_path / "a", "--profile", "archive", *given)
    assert (refused.code, refused.told["error"]["code"]) == (3, "PROFILE_UNFIT")
    assert not (tmp_path / "a").exists()


@pytest.mark.slow
def test_a_besu_is_asked_whether_it_is_as_the_network_needs_it(scene: Scene) -> None:
    scene.chain.allowed = enodes(scene)
    given = ("--bundle", scene.bundle)
    right = run("engine", "check", scene.server.url, *given)
    assert (right.code, {one["result"] for one in right.told["checks"]}) == (0, {"ok"})
    wrong: dict[str, tuple[str, Any]] = {
        "web3_clientVersion": ("version", "besu/v25.1.0/linux"),
        "rpc_modules": ("APIs", {"eth": "1.0"}),
        "eth_chainId": ("chain id", "0x1"),
        "eth_gasPrice": ("free gas", "0x3b9aca00"),
        "txpool_besuStatistics": ("pool", {"maxSize": 10}),
        "perm_getNodesAllowlist": ("allowlist", []),
        "qbft_getValidatorsByBlockNumber": ("validators", ["0x" + "11" * 20]),
        "eth_syncing": ("in step", {"currentBlock": "0x1"}),
        "net_peerCount": ("peers", "0x0"),
        "eth_getBlockReceipts": ("receipts", None),
        "eth_getBlockByNumber": ("genesis", {}),
    }
    for method, (what, answer) in wrong.items():
        scene.server.change = lambda asked, told, m=method, a=answer: a if asked == m else told  # type: ignore[misc]
        ran = run("engine", "check", scene.server.url, *given)
        assert ran.code == 1
        assert [one["what"] for one in ran.told["checks"] if one["result"] == "wrong"] == [what]
    scene.server.change = lambda _, told: told
    away = run("engine", "check", "http://127.0.0.1:9", *given)
    assert (away.code, {one["result"] for one in away.told["checks"]}) == (2, {"unknown"})


def test_fewer_than_four_validators_and_nodes_made_for_geth_are_refused(tmp_path: Path) -> None:
    requests = [request for _, request in administrations(tmp_path / "besu", 3)]
    with pytest.raises(ValidatorsUnfit) as refusal:
        begin("qbft", requests, 2, NOW)
    assert refusal.value.field == "--small"
    assert begin("qbft", requests, 2, NOW, small=True).genesis
    for_geth = [request for _, request in administrations(tmp_path / "geth", 4, "geth")]
    with pytest.raises(ValidatorsUnfit):
        begin("qbft", for_geth, 2, NOW)
