"""A QBFT chain of a test's own: headers sealed with its keys, transactions and receipts in real tries, answered as
JSON-RPC does.

`Chain` holds blocks whose transactions did what the test says they did; `executing` has anvil execute them.
"""

import re
import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import rlp
from coincurve import PrivateKey
from eth_account import Account

from sanad_node.consortium.genesis import genesis_hash, qbft_genesis
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import TransactionRefused
from sanad_node.engines.block_facts import EMPTY_TRIE
from sanad_node.engines.consensus import Qbft
from sanad_node.engines.rpc import RpcRefused
from sanad_node.engines.sealed import ChainFacts
from sanad_node.engines.wanted import Wanted
from sanad_testkit.sealing import Block, address_of, qbft, set_of, trie_of
from sanad_verifier.chain.headers import NO_UNCLES, Header
from sanad_verifier.chain.keccak import keccak
from sanad_verifier.chain.qbft import MIX
from sanad_verifier.chain.rlp import of_number
from sanad_verifier.chain.validators import Validators

Json = Any
CHAIN_ID, BEGAN, PERIOD = 4242, 1_790_000_000, 2
CONSORTIUM = bytes.fromhex("c0" * 20)
BASE = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom",
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce",
)  # fmt: skip
NUMBERS = BASE[7:12]


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def header_json(header: Header, digest: bytes) -> dict[str, Json]:
    """A header as `eth_getBlockByNumber` tells it."""
    told: dict[str, Json] = {"hash": hexed(digest), "transactions": []}
    for name, value in zip(BASE, header.fields, strict=False):
        told[name] = hex(int.from_bytes(value)) if name in NUMBERS else hexed(value)
    return told


@dataclass
class Made:
    """A block: its header, and what it holds, in the words of JSON-RPC."""

    header: Header
    hash: bytes
    transactions: list[Json] = field(default_factory=list)
    receipts: list[Json] = field(default_factory=list)

    def told(self, full: bool) -> Json:
        told = header_json(self.header, self.hash)
        told["transactions"] = (
            deepcopy(self.transactions) if full else [one["hash"] for one in self.transactions]
        )
        return told


def genesis_header(genesis: dict[str, Json]) -> Header:
    """Block 0 of a genesis file without allocations."""

    def raw(name: str) -> bytes:
        return bytes.fromhex(genesis[name][2:])

    def number(name: str) -> bytes:
        return of_number(int(genesis[name], 16))

    return Header(
        (
            bytes(32), NO_UNCLES, raw("coinbase"), EMPTY_TRIE, EMPTY_TRIE, EMPTY_TRIE, bytes(256),
            number("difficulty"), b"", number("gasLimit"), b"", number("timestamp"),
            raw("extraData"), MIX, bytes(8),
        )
    )  # fmt: skip


class Chain:
    """`signers` seal; `answer` is what its node answers."""

    def __init__(
        self, signers: Sequence[PrivateKey], genesis: dict[str, Json] | None = None, chain_id: int = CHAIN_ID
    ) -> None:
        self.signers = list(signers)
        self.validators: Validators = set_of(signers)
        addresses = [address_of(one) for one in signers]
        self.genesis = genesis or qbft_genesis(chain_id, addresses, PERIOD, BEGAN)
        first = genesis_header(self.genesis)
        self.blocks = [Made(first, genesis_hash(self.genesis))]
        self.chain_id = chain_id
        self.taken: list[bytes] = []
        self.refusal = ""
        self.votes: dict[str, bool] = {}
        self.allowed: list[str] = []
        self.asked_peers: list[str] = []
        self.own_enode = "enode://" + "00" * 64 + "@127.0.0.1:30303"

    @property
    def height(self) -> int:
        return len(self.blocks) - 1

    def wanted(self, **changed: Any) -> Wanted:
        """What a member would have agreed on."""
        told: dict[str, Any] = {
            "genesis": self.genesis,
            "facts": ChainFacts(self.chain_id, self.blocks[0].hash, float(PERIOD)),
            "epoch": 30_000,
            "peers": (),
            "validators": self.validators.addresses,
            "founding": (),
            "consortium": CONSORTIUM,
        }
        return Wanted(**{**told, **changed})

    # -- making blocks ------------------------------------------------------------------------------------------------

    def seal(
        self,
        *,
        transactions: bytes = EMPTY_TRIE,
        receipts: bytes = EMPTY_TRIE,
        time: int = 0,
        at: int | None = None,
        parent: bytes | None = None,
        vote: Sequence[bytes] = (),
        round_: bytes = b"",
        by: Sequence[PrivateKey] | None = None,
    ) -> Header:
        """The next header, at `time` or later, or exactly `at`."""
        before = self.blocks[-1]
        block = Block(
            self.height + 1,
            before.hash if parent is None else parent,
            address_of(self.signers[0]),
            receipts,
            time=max(time, before.header.time + 1) if at is None else at,
            transactions=transactions,
        )
        signers = self.signers[: self.validators.quorum] if by is None else by
        return qbft(block, self.validators, signers, round_=round_, vote=vote)

    def add(self, header: Header) -> Made:
        made = Made(header, Qbft().hash_of(header))
        self.blocks.append(made)
        return made

    def grow(self, count: int = 1, **how: Any) -> None:
        """More blocks without transactions."""
        for _ in range(count):
            self.add(self.seal(**how))

    def act(self, events: Sequence[bytes], **how: Any) -> bytes:
        """A block with a transaction for each of these data, each of which made one event; the first one's hash."""
        account = Account.from_key("0x" + "17" * 32)
        raws: list[bytes] = []
        told: list[Json] = []
        kept: list[Json] = []
        total = 0
        for place, data in enumerate(events):
            fields = {
                "nonce": self.height * 100 + place,
                "gasPrice": 0,
                "gas": 90_000,
                "to": CONSORTIUM,
                "value": 0,
                "data": data,
                "chainId": self.chain_id,
            }
            signed = account.sign_transaction(fields)
            raws.append(bytes(signed.raw_transaction))
            told.append(self._transaction(fields, signed))
            total += 21_000 + place
            log = {"address": hexed(CONSORTIUM), "topics": [hexed(keccak(b"Told"))], "data": hexed(data)}
            kept.append(
                {
                    "transactionHash": hexed(keccak(raws[-1])),
                    "status": "0x1",
                    "type": "0x0",
                    "cumulativeGasUsed": hex(total),
                    "gasUsed": hex(21_000 + place),
                    "logsBloom": hexed(bytes(256)),
                    "logs": [log],
                    "contractAddress": None,
                }
            )
        receipts = [
            rlp.encode(
                [b"\1", of_number(int(one["cumulativeGasUsed"], 16)), bytes(256),
                 [[CONSORTIUM, [keccak(b"Told")], bytes.fromhex(one["logs"][0]["data"][2:])]]]
            )
            for one in kept
        ]  # fmt: skip
        made = self.add(
            self.seal(transactions=trie_of(raws).root_hash, receipts=trie_of(receipts).root_hash, **how)
        )
        made.transactions, made.receipts = told, kept
        self._place(made)
        return keccak(raws[0])

    @staticmethod
    def _transaction(fields: dict[str, Json], signed: Any) -> Json:
        return {
            **{name: hex(fields[name]) for name in ("nonce", "gasPrice", "gas", "value")},
            "to": hexed(fields["to"]),
            "input": hexed(fields["data"]),
            "type": "0x0",
            "hash": hexed(bytes(signed.hash)),
            **{name: hex(getattr(signed, name)) for name in ("v", "r", "s")},
        }

    @staticmethod
    def _place(made: Made) -> None:
        for one in (*made.transactions, *made.receipts):
            one["blockHash"], one["blockNumber"] = hexed(made.hash), hex(made.header.height)

    # -- answering ----------------------------------------------------------------------------------------------------

    def answer(self, method: str, params: Sequence[Json]) -> Json:
        """The result, or `RpcRefused` or `CallReverted`."""
        found: Callable[..., Json] | None = getattr(
            self, "on_" + re.sub("[A-Z]", lambda one: "_" + one[0].lower(), method), None
        )
        if found is None:
            raise RpcRefused(-32601, "Method not found")
        return found(*params)

    def _of(self, number: str) -> Made | None:
        at = self.height if number == "latest" else int(number, 16)
        return self.blocks[at] if at <= self.height else None

    def on_eth_chain_id(self) -> Json:
        return hex(self.chain_id)

    def on_eth_block_number(self) -> Json:
        return hex(self.height)

    def on_eth_get_block_by_number(self, number: str, full: bool) -> Json:
        found = self._of(number)
        return None if found is None else found.told(full)

    def on_eth_get_block_by_hash(self, digest: str, full: bool) -> Json:
        return next((one.told(full) for one in self.blocks if hexed(one.hash) == digest), None)

    def on_eth_get_block_receipts(self, number: str) -> Json:
        found = self._of(number)
        return None if found is None else deepcopy(found.receipts)

    def on_eth_get_transaction_receipt(self, digest: str) -> Json:
        every = (one for block in self.blocks for one in block.receipts)
        return next((one for one in every if one["transactionHash"] == digest), None)

    def on_eth_get_transaction_by_hash(self, digest: str) -> Json:
        every = (one for block in self.blocks for one in block.transactions)
        return next((one for one in every if one["hash"] == digest), None)

    def on_eth_send_raw_transaction(self, raw: str) -> Json:
        if self.refusal:
            raise RpcRefused(-32000, self.refusal)
        self.taken.append(bytes.fromhex(raw[2:]))
        return hexed(keccak(self.taken[-1]))

    def on_eth_get_transaction_count(self, address: str, at: str) -> Json:
        return "0x0"

    def on_eth_get_code(self, address: str, at: str) -> Json:
        return "0x"

    def on_eth_call(self, request: Json, at: str) -> Json:
        return "0x" + "00" * 31 + "01"

    # -- what Besu answers besides ------------------------------------------------------------------------------------

    def on_web3_client_version(self) -> Json:
        return "besu/v26.8.0/linux-x86_64/openjdk-java-25"

    def on_rpc_modules(self) -> Json:
        return dict.fromkeys(("eth", "net", "web3", "qbft", "perm", "admin", "txpool"), "1.0")

    def on_eth_gas_price(self) -> Json:
        return "0x0"

    def on_eth_syncing(self) -> Json:
        return False

    def on_net_peer_count(self) -> Json:
        return "0x3"

    def on_txpool_besu_statistics(self) -> Json:
        return {"maxSize": 16384, "localCount": 0, "remoteCount": 0}

    def on_perm_get_nodes_allowlist(self) -> Json:
        return self.allowed

    def on_perm_add_nodes_to_allowlist(self, enodes: list[str]) -> Json:
        if any(one in self.allowed for one in enodes):
            raise RpcRefused(-32000, "Cannot add an existing node to allowlist")
        self.allowed += enodes
        return "Success"

    def on_perm_remove_nodes_from_allowlist(self, enodes: list[str]) -> Json:
        if any(one not in self.allowed for one in enodes):
            raise RpcRefused(-32000, "Cannot remove an absent node from allowlist")
        self.allowed = [one for one in self.allowed if one not in enodes]
        return "Success"

    def on_admin_node_info(self) -> Json:
        return {"enode": self.own_enode}

    def on_admin_peers(self) -> Json:
        return []

    def on_admin_add_peer(self, enode: str) -> Json:
        self.asked_peers.append(enode)
        return True

    def on_qbft_get_validators_by_block_number(self, number: str) -> Json:
        return [hexed(one) for one in self.validators.addresses]

    def on_qbft_get_pending_votes(self) -> Json:
        return dict(self.votes)

    def on_qbft_propose_validator_vote(self, address: str, add: bool) -> Json:
        self.votes[address] = add
        return True

    def on_qbft_discard_validator_vote(self, address: str) -> Json:
        self.votes.pop(address, None)
        return True


class Executing(Chain):
    """A chain whose transactions anvil executes; each that is sent is in a block when that is answered."""

    def __init__(self, signers: Sequence[PrivateKey], genesis: dict[str, Json], engine: AnvilEngine) -> None:
        super().__init__(signers, genesis, engine.chain_id)
        self.engine = engine
        self._lock = threading.Lock()

    def on_eth_send_raw_transaction(self, raw: str) -> Json:
        with self._lock:
            told = super().on_eth_send_raw_transaction(raw)
            self.mine()
        return told

    def mine(self) -> None:
        """A block of what was sent, if that can be executed."""
        raws, self.taken = self.taken, []
        before = self.engine.head().number
        for raw in raws:
            try:
                self.engine.broadcast([raw])
            except TransactionRefused:
                continue
        for number in range(before + 1, self.engine.head().number + 1):
            block = self.engine.ask("eth_getBlockByNumber", hex(number), True)
            receipts = self.engine.ask("eth_getBlockReceipts", hex(number))
            header = self.seal(
                transactions=bytes.fromhex(block["transactionsRoot"][2:]),
                receipts=bytes.fromhex(block["receiptsRoot"][2:]),
                time=int(block["timestamp"], 16),
            )
            made = self.add(header)
            made.transactions, made.receipts = block["transactions"], receipts
            self._place(made)

    def on_eth_get_transaction_count(self, address: str, at: str) -> Json:
        return hex(self.engine.nonce(bytes.fromhex(address[2:])))

    def on_eth_get_code(self, address: str, at: str) -> Json:
        return self.engine.ask("eth_getCode", address, "latest")

    def on_eth_call(self, request: Json, at: str) -> Json:
        sender = request.get("from")
        return hexed(
            self.engine.call(
                bytes.fromhex(request["to"][2:]),
                bytes.fromhex(request["data"][2:]),
                None if sender is None else bytes.fromhex(sender[2:]),
            )
        )
