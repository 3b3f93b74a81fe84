"""A Besu of this organisation's own: whether it is set up as it must be; what the members have agreed on, applied.

Besu is started by whoever runs the machine; here it is only asked. What it says about blocks is checked elsewhere
(`sealed`); what it says about its settings is its own word.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sanad_node.engines.base import CallReverted, ChainUnavailable, EngineLied
from sanad_node.engines.block_facts import header_told
from sanad_node.engines.consensus import Council, Qbft
from sanad_node.engines.outcomes import to_hex
from sanad_node.engines.rpc import RpcRefused
from sanad_node.engines.sealed import Asked
from sanad_node.engines.wanted import Wanted, node_id
from sanad_verifier.chain.keccak import ADDRESS_SIZE, keccak

Json = Any
OLDEST = (26, 7, 1)
"""Before it, the pool dropped transactions of senders that own nothing."""
MODULES = ("eth", "net", "web3", "qbft", "perm", "admin", "txpool")
FAULTS = (
    RpcRefused,
    CallReverted,
    ChainUnavailable,
    EngineLied,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
)
Result = Literal["ok", "wrong", "unknown"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, what came of it, and in words what was found."""

    what: str
    result: Result
    found: str


def check(client: Asked, wanted: Wanted) -> list[Checked]:
    """Ask a Besu for everything that must be as the network needs it."""
    asking = _Asking(client, wanted)
    looks: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
        ("version", asking.version),
        ("APIs", asking.modules),
        ("chain id", asking.chain_id),
        ("genesis", asking.genesis),
        ("receipts", asking.receipts),
        ("free gas", asking.free_gas),
        ("pool", asking.pool),
        ("allowlist", asking.allowlist),
        ("validators", asking.validators),
        ("in step", asking.in_step),
        ("peers", asking.peers),
    )
    return [_look(what, look) for what, look in looks]


def _look(what: str, look: Callable[[], tuple[bool, str]]) -> Checked:
    try:
        fits, found = look()
    except ChainUnavailable as error:
        return Checked(what, "unknown", error.message)
    except RpcRefused as error:
        return Checked(what, "wrong", f"it refuses to say: {error.message[:100]}")
    except FAULTS:
        return Checked(what, "wrong", "its answer cannot be read")
    return Checked(what, "ok" if fits else "wrong", found)


class _Asking:
    """One question each: whether it is as it must be, and what was found."""

    def __init__(self, client: Asked, wanted: Wanted) -> None:
        self._ask = client.call
        self._wanted = wanted

    def version(self) -> tuple[bool, str]:
        told = str(self._ask("web3_clientVersion"))
        found = re.match(r"besu/v(\d+)\.(\d+)\.(\d+)", told)
        if found is None:
            return False, f"{told[:60]} is no Besu"
        number = tuple(int(one) for one in found.groups())
        return number >= OLDEST, ".".join(map(str, number))

    def modules(self) -> tuple[bool, str]:
        offered = {str(one).lower() for one in self._ask("rpc_modules")}
        missing = [one for one in MODULES if one not in offered]
        return not missing, "all there" if not missing else "missing: " + ", ".join(missing).upper()

    def chain_id(self) -> tuple[bool, str]:
        told = int(self._ask("eth_chainId"), 16)
        return told == self._wanted.facts.chain_id, str(told)

    def genesis(self) -> tuple[bool, str]:
        digest = Qbft().hash_of(header_told(self._ask("eth_getBlockByNumber", "0x0", False)))
        return digest == self._wanted.facts.genesis, digest.hex()

    def receipts(self) -> tuple[bool, str]:
        return isinstance(self._ask("eth_getBlockReceipts", "latest"), list), "eth_getBlockReceipts answers"

    def free_gas(self) -> tuple[bool, str]:
        price = int(self._ask("eth_gasPrice"), 16)
        return price == 0, f"gas price {price}"

    def pool(self) -> tuple[bool, str]:
        most = int(self._ask("txpool_besuStatistics")["maxSize"])
        return most >= 4096, f"room for {most} transactions"

    def allowlist(self) -> tuple[bool, str]:
        told, agreed = set(self._ask("perm_getNodesAllowlist")), set(self._wanted.peers)
        return (
            told == agreed,
            f"{len(told & agreed)} of {len(agreed)} nodes let in, {len(told - agreed)} others",
        )

    def validators(self) -> tuple[bool, str]:
        told = {str(one).lower() for one in self._ask("qbft_getValidatorsByBlockNumber", "latest")}
        agreed = {to_hex(one) for one in self._wanted.validators}
        return told == agreed, f"{len(told & agreed)} of {len(agreed)} seal, {len(told - agreed)} others"

    def in_step(self) -> tuple[bool, str]:
        syncing = self._ask("eth_syncing")
        height = int(self._ask("eth_blockNumber"), 16)
        return syncing is False, f"at block {height}" + ("" if syncing is False else ", catching up")

    def peers(self) -> tuple[bool, str]:
        count, most = int(self._ask("net_peerCount"), 16), len(self._wanted.peers) - 1
        return count > 0 or most == 0, f"{count} of {most}"


class OwnBesu:
    """Lets in the nodes of the network bundle and no others, and votes for its validators, one at a time."""

    def __init__(self, client: Asked) -> None:
        self._ask = client.call
        self.trouble = ""
        """Why the last look came to nothing; empty if it did not."""

    def tend(self, wanted: Wanted, council: Council) -> None:
        """Have it do what the members have agreed on. What goes wrong is remembered, and tried again at the next
        look.
        """
        try:
            self._see_to_peers(wanted)
            self._see_to_votes(wanted, council)
        except FAULTS as error:
            self.trouble = str(error) or type(error).__name__
        else:
            self.trouble = ""

    def _see_to_peers(self, wanted: Wanted) -> None:
        known: Sequence[str] = self._ask("perm_getNodesAllowlist")
        new = [one for one in wanted.peers if one not in known]
        gone = [one for one in known if one not in wanted.peers]
        if new:
            self._ask("perm_addNodesToAllowlist", new)
        if gone:
            self._ask("perm_removeNodesFromAllowlist", gone)
        own = node_id(str(self._ask("admin_nodeInfo")["enode"]))
        connected = {str(one["id"]).removeprefix("0x").lower() for one in self._ask("admin_peers")}
        for enode in wanted.peers:
            if node_id(enode) not in connected and node_id(enode) != own:
                self._ask("admin_addPeer", enode)

    def _see_to_votes(self, wanted: Wanted, council: Council) -> None:
        seals, agreed = set(council.validators.addresses), set(wanted.validators)
        own = node_id(str(self._ask("admin_nodeInfo")["enode"]))
        change = next(iter([*sorted(agreed - seals), *sorted(seals - agreed)]), None)
        if address_of(own) not in seals:
            return
        pending: dict[str, bool] = self._ask("qbft_getPendingVotes")
        for address in pending:
            if change is None or address.lower() != to_hex(change):
                self._ask("qbft_discardValidatorVote", address)
        if change is not None and to_hex(change) not in {one.lower() for one in pending}:
            self._ask("qbft_proposeValidatorVote", to_hex(change), change in agreed)


def address_of(identity: str) -> bytes:
    """The address under which a node seals, from its public key (hex, 64 bytes)."""
    return keccak(bytes.fromhex(identity))[-ADDRESS_SIZE:]
