"""The allow-list over HTTP, as explorers, auditors and intruders meet it."""

import http.client
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sanad_node.engines import install
from sanad_node.engines.allowlist import METHODS
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.gateway import BATCH_CALLS, BODY_BYTES, Gateway
from sanad_testkit.engines import CHAIN_ID, TOPIC, FakeClock, Sender, tx_hash

pytestmark = pytest.mark.engine
DANGEROUS = """
    eth_sendRawTransaction eth_sendTransaction eth_sendRawTransactionSync eth_sign eth_signTransaction
    eth_accounts eth_sendUnsignedTransaction personal_sign admin_peers miner_start debug_traceTransaction
    trace_block anvil_setBalance anvil_setCode anvil_setNonce anvil_setStorageAt anvil_impersonateAccount
    anvil_mine anvil_reset anvil_autoImpersonateAccount anvil_stopImpersonatingAccount anvil_dumpState
    anvil_loadState anvil_dropTransaction anvil_dropAllTransactions anvil_removePoolTransactions
    anvil_setChainId anvil_setCoinbase anvil_setRpcUrl anvil_rollback anvil_reorg anvil_setLoggingEnabled
    anvil_setMinGasPrice anvil_setNextBlockBaseFeePerGas anvil_setBlock anvil_metadata
    anvil_setBlockTimestampInterval anvil_removeBlockTimestampInterval anvil_setIntervalMining
    anvil_setAutomine anvil_getAutomine anvil_nodeInfo anvil_enableTraces anvil_setBlockGasLimit
    anvil_increaseTime anvil_setTime evm_mine evm_mine_detailed evm_snapshot evm_revert evm_increaseTime
    evm_setNextBlockTimestamp evm_setAutomine evm_setIntervalMining evm_setBlockGasLimit evm_setTime
    evm_setAccountNonce hardhat_setBalance hardhat_setCode hardhat_setNonce hardhat_setStorageAt
    hardhat_impersonateAccount hardhat_mine hardhat_stopImpersonatingAccount hardhat_reset
    hardhat_dropTransaction hardhat_setCoinbase hardhat_metadata hardhat_setMinGasPrice
    hardhat_setNextBlockBaseFeePerGas txpool_status txpool_content txpool_inspect ots_getApiLevel
    erigon_getHeaderByNumber eth_subscribe eth_newFilter eth_callMany eth_simulateV1 eth_createAccessList
    wallet_sendTransaction rpc_modules ETH_CALL toString __class__
""".split()  # noqa: SIM905 - a list of ninety would be three pages


@pytest.fixture(scope="module")
def sender() -> Sender:
    return Sender()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, sender: Sender) -> Iterator[AnvilEngine]:
    install.install()
    folder = tmp_path_factory.mktemp("gateway") / "chain"
    with AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=FakeClock()) as made:
        made.broadcast([sender.deployment()])
        made.broadcast([sender.store(1), sender.store(2)])
        made.broadcast([sender.store(3)])
        yield made


@pytest.fixture(scope="module")
def gateway(engine: AnvilEngine) -> Iterator[Gateway]:
    with Gateway(engine) as made:
        yield made


def post(gateway: Gateway, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    sent = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    try:
        connection.request("POST", "/", body, sent)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def ask(gateway: Gateway, method: str, *params: Any) -> Any:
    status, body = post(
        gateway, json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode()
    )
    answer = json.loads(body)
    assert (status, answer["id"], answer["jsonrpc"]) == (200, 7, "2.0")
    return answer["result"] if "result" in answer else answer["error"]["code"]


def h(value: bytes) -> str:
    return "0x" + value.hex()


def test_every_question_on_the_list_is_answered_as_the_engine_answers_it(
    gateway: Gateway, engine: AnvilEngine, sender: Sender
) -> None:
    head = engine.head()
    contract, raw = h(sender.contract), Sender(nonce=3).store(3)
    answers: dict[str, tuple[list[Any], str]] = {
        "eth_blockNumber": ([], "0x3"),
        "eth_chainId": ([], hex(CHAIN_ID)),
        "net_version": ([], str(CHAIN_ID)),
        "web3_clientVersion": ([], f"anvil/v{install.VERSION}"),
        "eth_gasPrice": ([], "0x0"),
        "eth_getBalance": ([contract, "latest"], "0x0"),
        "eth_getTransactionCount": ([h(sender.address)], "0x4"),
        "eth_getStorageAt": ([contract, "0x3", "latest"], h((3).to_bytes(32, "big"))),
        "eth_call": ([{"to": contract, "data": "0x"}, "latest"], h(head.time.to_bytes(32, "big"))),
    }
    for method, (params, expected) in answers.items():
        assert ask(gateway, method, *params) == expected, method
    block = ask(gateway, "eth_getBlockByNumber", "0x3", False)
    assert block["hash"] == h(head.hash) == ask(gateway, "eth_getBlockByHash", h(head.hash), False)["hash"]
    assert ask(gateway, "eth_getBlockByHash", h(engine.genesis_hash()))["number"] == "0x0"
    assert block["transactions"] == [h(tx_hash(raw))]
    receipt = ask(gateway, "eth_getTransactionReceipt", h(tx_hash(raw)))
    assert (receipt["status"], receipt["blockNumber"]) == ("0x1", "0x3")
    assert ask(gateway, "eth_getBlockReceipts", "latest") == [receipt]
    assert len(ask(gateway, "eth_getCode", contract)) > 100
    assert ask(gateway, "eth_getProof", contract, ["0x3"], "latest")["storageProof"][0]["value"] == "0x3"
    logs = ask(gateway, "eth_getLogs", {"fromBlock": "0x0", "topics": [h(TOPIC)], "address": contract})
    assert [int(log["data"], 16) for log in logs] == [1, 2, 3]
    assert METHODS.keys() == answers.keys() | {
        *("eth_getBlockByNumber", "eth_getBlockByHash", "eth_getTransactionReceipt", "eth_getBlockReceipts"),
        *("eth_getCode", "eth_getProof", "eth_getLogs"),
    }


def test_logs_are_chosen_by_block_address_and_topic(gateway: Gateway, sender: Sender) -> None:
    every: dict[str, Any] = {"fromBlock": "earliest", "toBlock": "latest"}
    for change, found in (
        ({}, 3),
        ({"toBlock": "0x2"}, 2),
        ({"fromBlock": "0x3"}, 1),
        ({"address": [h(sender.contract), h(sender.address)]}, 3),
        ({"address": h(sender.address)}, 0),
        ({"topics": [[h(TOPIC), h(bytes(32))]]}, 3),
        ({"topics": [None]}, 3),
        ({"topics": [None, None]}, 0),
        ({"topics": [h(bytes(32))]}, 0),
    ):
        assert len(ask(gateway, "eth_getLogs", every | change)) == found, change


def test_what_nobody_knows_is_null(gateway: Gateway) -> None:
    assert ask(gateway, "eth_getTransactionReceipt", h(bytes(32))) is None
    assert ask(gateway, "eth_getBlockByNumber", "0x999", False) is None
    assert ask(gateway, "eth_getBlockByHash", h(bytes(32)), False) is None
    assert ask(gateway, "eth_getBlockReceipts", "0x999") is None


def test_a_contracts_refusal_is_passed_on_with_its_data(gateway: Gateway, sender: Sender) -> None:
    call = {"to": h(sender.contract), "data": h(bytes(32))}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call]}).encode()
    error = json.loads(post(gateway, body)[1])["error"]
    assert (error["code"], error["data"]) == (3, h((42).to_bytes(32, "big")))


@pytest.mark.parametrize("method", DANGEROUS)
def test_a_method_that_is_not_on_the_list_is_refused(
    gateway: Gateway, engine: AnvilEngine, method: str
) -> None:
    before = engine.head()
    assert ask(gateway, method) == -32601
    assert ask(gateway, method, {}, "0x1") == -32601
    assert engine.head() == before


def test_every_method_anvil_knows_that_could_change_anything_is_refused(gateway: Gateway) -> None:
    """The names are read from the program itself, so that a new version's new powers are walked as well."""
    strings = install.find().path.read_bytes()
    known = {
        name.decode()
        for name in re.findall(rb"(?:anvil|evm|hardhat|tenderly|txpool|personal)_[a-zA-Z]{3,40}", strings)
    }
    assert len(known) > 30
    assert not known & METHODS.keys()
    assert {ask(gateway, name) for name in sorted(known)} == {-32601}


@pytest.mark.parametrize(("method", "params"), [
    ("eth_blockNumber", ["0x1"]), ("eth_getBlockByNumber", []), ("eth_getBlockByNumber", ["0x1", True]),
    ("eth_getBlockByNumber", [1]), ("eth_getBlockByNumber", ["0x"]), ("eth_getBlockByNumber", ["0xzz"]),
    ("eth_getBlockByNumber", ["0x" + "f" * 70]), ("eth_getBlockByHash", ["0x12"]), ("eth_getBalance", ["0x12"]),
    ("eth_getBalance", ["0x" + "g" * 40]), ("eth_getBalance", ["0x" + "1" * 40, "0x1"]), ("eth_getBalance", [{}]),
    ("eth_call", [{}]), ("eth_call", ["0x"]), ("eth_call", [{"to": "0x" + "1" * 40, "data": "0x1"}]),
    ("eth_call", [{"to": "0x" + "1" * 40, "value": "0x1"}]), ("eth_call", [{"to": "0x" + "1" * 40}, "0x0"]),
    ("eth_call", [{"to": "0x" + "1" * 40}, "latest", {"0x" + "1" * 40: {"code": "0x00"}}]),
    ("eth_getLogs", [[]]), ("eth_getLogs", [{"blockHash": "0x" + "1" * 64}]), ("eth_getLogs", [{"topics": ["0x1"]}]),
    ("eth_getLogs", [{"address": 5}]), ("eth_getStorageAt", ["0x" + "1" * 40]), ("eth_getProof", ["0x" + "1" * 40]),
    ("eth_getTransactionReceipt", ["0x" + "1" * 63]), ("eth_getTransactionReceipt", [None]),
])  # fmt: skip
def test_parameters_of_another_form_are_refused(gateway: Gateway, method: str, params: list[Any]) -> None:
    assert ask(gateway, method, *params) == -32602


def test_filters_and_calls_are_bounded(gateway: Gateway, sender: Sender) -> None:
    assert ask(gateway, "eth_getLogs", {"address": [h(sender.contract)] * 101}) == -32005
    assert (
        ask(gateway, "eth_call", {"to": h(sender.contract), "data": "0x", "gas": "0xffffffffffff"}) != -32602
    )


def test_a_batch_is_answered_call_by_call_within_its_bound(gateway: Gateway) -> None:
    one = {"jsonrpc": "2.0", "method": "eth_chainId", "params": []}
    calls = [one | {"id": n} for n in range(BATCH_CALLS)]
    answers = json.loads(post(gateway, json.dumps(calls).encode())[1])
    assert [a["id"] for a in answers] == list(range(BATCH_CALLS))
    mixed = [one | {"id": 1}, one | {"id": 2, "method": "evm_mine"}, 5, one]  # the last is a notification
    answers = json.loads(post(gateway, json.dumps(mixed).encode())[1])
    assert ["result" in a for a in answers] == [True, False, False]
    for wrong in ([], [*calls, one | {"id": 0}]):
        assert json.loads(post(gateway, json.dumps(wrong).encode())[1])["error"]["code"] == -32600
    assert post(gateway, json.dumps(one).encode()) == (204, b"")


@pytest.mark.parametrize("body", [
    b"", b"{", b"\xff\xfe", b'{"jsonrpc":"2.0","id":NaN}', b"[" * 5000, b"5", b"null", b'"x"', b"{}",
    b'{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', b'{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}',
    b'{"jsonrpc":"2.0","id":true,"method":"eth_chainId"}', b'{"jsonrpc":"2.0","id":1,"method":5}',
    b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}', b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}',
])  # fmt: skip
def test_a_body_that_is_no_request_is_an_error_answer(gateway: Gateway, body: bytes) -> None:
    status, answer = post(gateway, body)
    assert status == 200
    assert json.loads(answer)["error"]["code"] in {-32700, -32600}


def test_what_a_browser_or_a_flood_would_send_is_refused_unread(gateway: Gateway) -> None:
    good = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
    assert post(gateway, good)[0] == 200
    assert post(gateway, good, Origin="https://example.org")[0] == 403
    assert post(gateway, good, Host="example.org")[0] == 403
    assert post(gateway, good, Content_Type="text/plain")[0] == 415
    assert post(gateway, good, Content_Length="-1")[0] == 411
    assert post(gateway, good, Content_Length="1e3")[0] == 411
    assert post(gateway, good, Transfer_Encoding="chunked")[0] == 411
    assert post(gateway, b" " * (BODY_BYTES + 1))[0] == 413
    assert post(gateway, good + b" " * (BODY_BYTES - len(good)))[0] == 200
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().status == 501
    connection.close()


def test_the_gateway_listens_on_the_loopback_interface_only(gateway: Gateway) -> None:
    shown = subprocess.run(
        ["ss", "-ltnH", f"sport = :{gateway.port}"], capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[3] for line in shown.splitlines()] == [f"127.0.0.1:{gateway.port}"]


def test_a_chain_that_cannot_be_had_is_an_error_answer(tmp_path: Path) -> None:
    engine = AnvilEngine.create(tmp_path / "chain", chain_id=CHAIN_ID, clock=FakeClock())
    with Gateway(engine) as gateway:
        assert ask(gateway, "eth_getBalance", "0x" + "1" * 40) == "0x0"
        engine.close()
        assert ask(gateway, "eth_getBalance", "0x" + "1" * 40) == -32603
        assert ask(gateway, "eth_blockNumber") == -32603
