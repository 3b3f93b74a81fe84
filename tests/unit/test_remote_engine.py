"""The rpc engine: one thing wrong with an endpoint at a time, over real HTTP."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from sanad_node.engines import source as sources
from sanad_node.engines.base import (
    ChainNotReady,
    ChainUnavailable,
    ConsensusViolation,
    EngineLied,
    TransactionRefused,
)
from sanad_node.engines.consensus import Confirmed, Qbft, Rule
from sanad_node.engines.endpoints import Endpoint
from sanad_node.engines.remote import RemoteEngine
from sanad_testkit.chain_server import ChainServer
from sanad_testkit.qbft_chain import BEGAN, CONSORTIUM, Chain
from sanad_testkit.sealing import keys
from sanad_verifier.chain.headers import parse_header
from sanad_verifier.chain.proof import parse_chain_proof, verify_chain_proof
from sanad_verifier.chain.qbft import sealed
from sanad_verifier.errors import SanadError

Json = Any


@pytest.fixture
def chain() -> Chain:
    made = Chain(keys(4))
    made.grow(2)
    made.act([b"one", b"two"])
    made.grow(1)
    return made


@pytest.fixture
def server(chain: Chain) -> Iterator[ChainServer]:
    with ChainServer(chain) as made:
        yield made


@pytest.fixture
def second(chain: Chain) -> Iterator[ChainServer]:
    with ChainServer(chain) as made:
        yield made


def engine(
    folder: Path, servers: Sequence[ChainServer], rule: Rule | None = None, **changed: Any
) -> RemoteEngine:
    endpoints = [Endpoint(one.url) for one in servers]
    wanted = servers[0].chain.wanted(**changed)
    return RemoteEngine(folder, wanted, rule or Qbft(), endpoints, lambda: BEGAN + 30.0, quiet=10.0)


def by_method(*methods: str, make: Callable[[Json], Json]) -> Callable[[str, Json], Json]:
    return lambda method, result: make(result) if method in methods else result


def test_a_chain_is_followed_read_and_proved_through_one_endpoint(
    tmp_path: Path, chain: Chain, server: ChainServer
) -> None:
    remote = engine(tmp_path, [server])
    try:
        assert (remote.head().number, remote.final_height()) == (4, 4)
        assert [log.data for _, log in remote.logs(0, 4, [CONSORTIUM])] == [b"one", b"two"]
        tx = bytes.fromhex(chain.blocks[3].receipts[0]["transactionHash"][2:])
        receipt = remote.receipt(tx)
        assert receipt is not None
        assert (receipt.block, receipt.succeeded) == (3, True)
        proof, trust = remote.chain_proof(tx, lambda log: log.data == b"one"), remote.chain_trust()
        assert proof is not None
        assert trust is not None
        shown = verify_chain_proof(parse_chain_proof(proof.encode()), trust)
        assert (shown.height, shown.event.data) == (3, b"one")
        status = remote.status()
        assert (status.seals, status.endpoints[0].state, status.halted) == ("checked", "used", False)
        assert remote.audit() == 4
    finally:
        remote.close()


def read_all(remote: RemoteEngine) -> None:
    remote.head()
    remote.logs(0, 4, [CONSORTIUM])


def changed(name: str, value: Any) -> Callable[[Json], Json]:
    return lambda told: (
        {**told, name: value} if isinstance(told, dict) and int(told["number"], 16) == 3 else told
    )


def first_receipt(change: Callable[[Json], None]) -> Callable[[Json], Json]:
    def make(told: Json) -> Json:
        for one in told[:1]:
            change(one)
        return told

    return make


HEADERS = "eth_getBlockByNumber"
LIES = [
    pytest.param(by_method(HEADERS, make=changed("timestamp", hex(BEGAN + 9))), "ENGINE_LIED", id="field-changed"),
    pytest.param(by_method(HEADERS, make=changed("number", "0x7")), "ENGINE_LIED", id="another-number"),
    pytest.param(by_method(HEADERS, make=changed("extraData", "0x00")), "ENGINE_LIED", id="no-seals"),
    pytest.param(by_method(HEADERS, make=changed("miner", None)), "ENGINE_LIED", id="a-field-missing"),
    pytest.param(
        by_method("eth_getBlockReceipts", make=first_receipt(lambda one: one["logs"].clear())),
        "ENGINE_LIED",
        id="log-omitted",
    ),
    pytest.param(
        by_method("eth_getBlockReceipts", make=first_receipt(lambda one: one.update(status="0x0"))),
        "ENGINE_LIED",
        id="receipt-changed",
    ),
    pytest.param(by_method("eth_getBlockReceipts", make=lambda told: told[:-1]), "ENGINE_LIED", id="receipt-omitted"),
    pytest.param(
        by_method("eth_getBlockByHash", make=lambda told: {**told, "transactions": told["transactions"][::-1]}),
        "ENGINE_LIED",
        id="transactions-reordered",
    ),
    pytest.param(by_method("eth_chainId", make=lambda _: "0x7"), "WRONG_CHAIN", id="another-chain-id"),
    pytest.param(
        by_method(HEADERS, make=lambda told: {**told, "gasLimit": "0x1"} if told["number"] == "0x0" else told),
        "WRONG_CHAIN",
        id="another-genesis",
    ),
    pytest.param(by_method("eth_blockNumber", make=lambda _: "0xzz"), "ENGINE_LIED", id="a-height-that-is-none"),
    pytest.param(by_method("eth_blockNumber", make=lambda _: None), "ENGINE_LIED", id="no-height"),
    pytest.param(by_method("eth_getBlockReceipts", make=lambda _: {"no": "list"}), "ENGINE_LIED", id="no-receipts"),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "code"), LIES)
def test_an_endpoint_with_one_thing_wrong_is_refused(
    lie: Callable[[str, Json], Json], code: str, tmp_path: Path, server: ChainServer
) -> None:
    remote = engine(tmp_path, [server])
    try:
        server.change = lie
        with pytest.raises(SanadError) as refusal:
            read_all(remote)
        assert refusal.value.code == code
        (told,) = remote.status().endpoints
        assert (told.state, told.code) == ("aside", code)
    finally:
        remote.close()


@pytest.mark.parametrize(("lie", "code"), LIES[::4])
def test_beside_another_it_is_set_aside_and_named_and_the_other_answers(
    lie: Callable[[str, Json], Json], code: str, tmp_path: Path, server: ChainServer, second: ChainServer
) -> None:
    server.change = lie
    remote = engine(tmp_path, [server, second])
    try:
        assert remote.head().number == 4
        assert [log.data for _, log in remote.logs(0, 4, [CONSORTIUM])] == [b"one", b"two"]
        first, other = remote.status().endpoints
        assert (first.url, first.state, first.code) == (server.url, "aside", code)
        assert first.reason
        assert (other.state, other.final) == ("used", 4)
    finally:
        remote.close()


def test_headers_that_the_validators_did_not_seal_so_are_refused(tmp_path: Path, chain: Chain) -> None:
    four = chain.signers
    strangers = keys(4, first=50)
    hows: tuple[dict[str, Any], ...] = (
        {"by": four[:2]},
        {"by": [*four[:2], *keys(1, first=90)]},
        {"by": []},
        {"by": [four[0], four[0], four[1]]},
    )
    for number, how in enumerate(hows):
        fake = Chain(four)
        fake.blocks = chain.blocks[:3]
        fake.add(fake.seal(**how))
        folder = tmp_path / str(number)
        folder.mkdir()
        with ChainServer(fake) as server:
            remote = engine(folder, [server])
            with pytest.raises(EngineLied):
                remote.head()
            remote.close()
    self_declared = Chain(strangers, chain.genesis)
    self_declared.blocks = chain.blocks[:3]
    self_declared.grow()
    with ChainServer(self_declared) as server:
        remote = engine(tmp_path, [server])
        with pytest.raises(EngineLied):
            remote.head()
        remote.close()


def test_an_endpoint_that_falls_behind_is_set_aside_until_it_has_caught_up(
    tmp_path: Path, chain: Chain, server: ChainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SOON", 0.0)
    late = Chain(chain.signers)
    late.blocks = chain.blocks[:2]
    chain.grow(5)
    with ChainServer(late) as stale:
        remote = engine(tmp_path, [stale, server])
        try:
            assert remote.head().number == 9
            assert {one.url: one.code for one in remote.status().endpoints} == {
                stale.url: "ENDPOINT_BEHIND",
                server.url: "",
            }
            late.blocks = chain.blocks
            remote.head()
            assert [one.code for one in remote.status().endpoints] == ["", ""]
        finally:
            remote.close()


def test_after_a_restart_an_endpoint_with_less_than_was_read_is_waited_for_not_believed(
    tmp_path: Path, chain: Chain, server: ChainServer
) -> None:
    remote = engine(tmp_path, [server])
    remote.head()
    remote.close()
    for path in tmp_path.glob("endpoint-*/councils.json"):
        path.unlink()  # as after a power cut
    blocks, chain.blocks = chain.blocks, chain.blocks[:3]
    again = engine(tmp_path, [server])
    try:
        with pytest.raises(ChainNotReady):
            again.head()
        with pytest.raises(ChainUnavailable):
            again.block(4)
        chain.blocks = blocks
        assert again.head().number == 4
    finally:
        again.close()


def test_two_endpoints_with_different_sealed_blocks_are_a_violation_and_both_headers_are_kept(
    tmp_path: Path, chain: Chain, server: ChainServer
) -> None:
    other = Chain(chain.signers)
    other.blocks = chain.blocks[:4]
    other.grow(1, time=BEGAN + 500, by=chain.signers[1:])
    with ChainServer(other) as forked:
        remote = engine(tmp_path, [server, forked])
        with pytest.raises(ConsensusViolation):
            remote.head()
        (path,) = tmp_path.glob("equivocation-*.json")
        kept = json.loads(path.read_bytes())
        assert (kept["height"], len(kept["validators"])) == (4, 4)
        hashes = {sealed(parse_header(bytes.fromhex(one["header"]))).hash.hex() for one in kept["blocks"]}
        assert (
            hashes
            == {one["hash"] for one in kept["blocks"]}
            == {chain.blocks[4].hash.hex(), other.blocks[4].hash.hex()}
        )
        remote.close()
        again = engine(tmp_path, [server])
        with pytest.raises(ConsensusViolation):
            again.head()  # until a person has looked
        path.unlink()
        assert again.head().number == 4
        again.close()


def test_one_endpoint_that_takes_back_a_final_block_for_another_sealed_one_is_a_violation(
    tmp_path: Path, chain: Chain, server: ChainServer
) -> None:
    remote = engine(tmp_path, [server])
    remote.head()
    kept = chain.blocks.pop()
    chain.grow(1, time=BEGAN + 500)
    chain.grow(1)
    assert chain.blocks[4].hash != kept.hash
    with pytest.raises(ConsensusViolation):
        remote.head()
    assert list(tmp_path.glob("equivocation-4-*.json"))
    remote.close()


def test_an_endpoint_that_takes_back_a_final_block_without_proof_stops_nobody(
    tmp_path: Path, chain: Chain, server: ChainServer
) -> None:
    liar = Chain(chain.signers)
    liar.blocks = list(chain.blocks)
    with ChainServer(liar) as lying:
        remote = engine(tmp_path, [lying, server])
        remote.head()
        liar.blocks = liar.blocks[:4]
        liar.grow(2, by=[], time=BEGAN + 500)
        assert remote.head().number == 4
        assert remote.status().endpoints[0].code == "ENGINE_LIED"
        assert not list(tmp_path.glob("equivocation-*"))
        remote.close()


def test_with_every_endpoint_away_the_chain_is_unavailable_and_the_status_says_why(
    tmp_path: Path, chain: Chain
) -> None:
    with ChainServer(chain) as server, ChainServer(chain) as other:
        remote = engine(tmp_path, [server, other])
        remote.head()
    with pytest.raises(ChainUnavailable, match="every endpoint"):
        remote.head()
    assert [(one.state, one.code) for one in remote.status().endpoints] == [
        ("aside", "CHAIN_UNAVAILABLE")
    ] * 2
    remote.close()


def test_transactions_go_to_every_endpoint_and_are_refused_when_all_refuse(
    tmp_path: Path, chain: Chain, server: ChainServer
) -> None:
    copy = Chain(chain.signers)
    copy.blocks = chain.blocks
    raw = transaction(chain, 0)
    with ChainServer(copy) as second:
        remote = engine(tmp_path, [server, second])
        remote.head()
        remote.broadcast([raw])
        assert chain.taken == copy.taken == [raw]
        chain.refusal = "intrinsic gas too low"
        remote.broadcast([transaction(chain, 1)])  # one of them took it
        copy.refusal = "intrinsic gas too low"
        with pytest.raises(TransactionRefused):
            remote.broadcast([transaction(chain, 2)])
        remote.close()


def transaction(chain: Chain, nonce: int) -> bytes:
    fields = {
        "nonce": nonce,
        "gasPrice": 0,
        "gas": 21_000,
        "to": bytes(20),
        "value": 0,
        "chainId": chain.chain_id,
    }
    return bytes(Account.from_key("0x" + "18" * 32).sign_transaction(fields).raw_transaction)


def test_the_seals_of_a_chain_whose_consensus_is_none_are_said_not_to_be_checked(tmp_path: Path) -> None:
    chain = Unsealed(keys(4))
    chain.grow(5)
    with ChainServer(chain) as server:
        remote = engine(tmp_path, [server], Confirmed(2))
        try:
            assert (remote.head().number, remote.final_height()) == (5, 3)
            assert remote.chain_trust() is None
            status = remote.status()
            assert (status.consensus, status.validators) == ("none", ())
            assert "not checked" in status.seals
            chain.blocks = chain.blocks[:5]
            chain.grow(3, time=BEGAN + 700)
            assert (remote.head().number, remote.final_height()) == (7, 5)
            chain.blocks = chain.blocks[:4]
            chain.grow(9, time=BEGAN + 900)
            with pytest.raises(ConsensusViolation):
                remote.head()  # deeper than the confirmations
        finally:
            remote.close()


def test_without_seals_nothing_is_final_that_one_endpoint_has_alone(tmp_path: Path) -> None:
    chain = Unsealed(keys(4))
    chain.grow(5)
    longer = Unsealed(keys(4))
    longer.blocks = list(chain.blocks)
    longer.grow(20)
    with ChainServer(longer) as ahead, ChainServer(chain) as server:
        remote = engine(tmp_path, [ahead, server], Confirmed(2))
        try:
            assert (remote.head().number, remote.final_height()) == (5, 3)
            assert [one.code for one in remote.status().endpoints] == ["", ""]
            chain.grow(3, time=BEGAN + 900)
            with pytest.raises(ConsensusViolation):
                remote.head()
        finally:
            remote.close()


class Unsealed(Chain):
    """Its hashes are of the headers as they stand, as on a chain of a consensus we do not know."""

    def add(self, header: Any) -> Any:
        made = super().add(header)
        made.hash = header.keccak()
        return made
