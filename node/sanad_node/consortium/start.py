"""How a network's chain begins: with a block 0 of its own, or on a chain that is there already."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sanad_node.consortium.genesis import EPOCH, clique_genesis, genesis_hash, qbft_genesis
from sanad_node.consortium.requests import JoinRequest
from sanad_node.engines.base import EngineLied
from sanad_node.engines.besu import address_of
from sanad_node.engines.block_facts import header_told
from sanad_node.engines.consensus import Clique, Confirmed, Qbft, Rule
from sanad_node.engines.endpoints import Endpoint
from sanad_node.engines.http_rpc import HttpRpc
from sanad_node.engines.sealed import Asked
from sanad_node.engines.wanted import node_id
from sanad_node.founding import new_chain_id
from sanad_verifier.errors import InputError

Kind = Literal["clique", "qbft", "none"]
LEAST = 4
"""Validators with which a network goes on when one is lost: with fewer, each is needed."""


class ValidatorsUnfit(InputError):
    """These nodes cannot seal a network's blocks together."""

    code = "VALIDATORS_UNFIT"


@dataclass(frozen=True, slots=True)
class Start:
    """What a network bundle says of the chain. `genesis` is empty for a chain that was there before."""

    consensus: Kind
    period: int
    chain_id: int
    genesis_hash: bytes
    genesis: dict[str, Any] = field(default_factory=dict)
    epoch: int = EPOCH
    confirmations: int = 0


def begin(
    consensus: Literal["clique", "qbft"],
    requests: Sequence[JoinRequest],
    period: int,
    time: int,
    *,
    small: bool = False,
) -> Start:
    """A chain of its own, sealed by the validators among those who ask; `ValidatorsUnfit`."""
    sealing = [one.asked for one in requests if one.asked.validator]
    if not sealing:
        raise ValidatorsUnfit("a network needs a node that seals", field="--request")
    if consensus == "qbft":
        if len(sealing) < LEAST and not small:
            raise ValidatorsUnfit(
                f"{len(sealing)} validators: with fewer than {LEAST}, each of another organisation, the network "
                "stands still when one is lost; `--small` if that is meant",
                field="--small",
            )
        for one in sealing:
            if address_of(node_id(one.enode)).hex() != one.validator:
                raise ValidatorsUnfit(
                    f"{one.organisation} has asked for a geth node; Besu seals with the node's own key "
                    "(`sanad node init --engine besu`)",
                    field="--request",
                )
    chain_id = new_chain_id()
    make = qbft_genesis if consensus == "qbft" else clique_genesis
    genesis = make(chain_id, [bytes.fromhex(one.validator) for one in sealing], period, time)
    return Start(consensus, period, chain_id, genesis_hash(genesis), genesis)


def on(
    endpoint: Endpoint, consensus: Kind, period: int, *, epoch: int = EPOCH, confirmations: int = 0
) -> Start:
    """The chain that is reached at an endpoint, as it answers now; what it says is pinned, and every member's own
    endpoints have to say the same.
    """
    if (consensus == "none") != (confirmations > 0):
        raise ValidatorsUnfit(
            "--confirmations is for a chain whose seals cannot be checked (--consensus none)",
            field="--confirmations",
        )
    client = HttpRpc(endpoint)
    try:
        chain_id, digest = look_at(client, _rule(consensus, epoch, confirmations))
    finally:
        client.close()
    return Start(consensus, period, chain_id, digest, {}, epoch, confirmations)


def look_at(client: Asked, rule: Rule) -> tuple[int, bytes]:
    """The chain id and the hash of block 0 that a node tells, if the rule can begin with that block."""
    told, block = client.batch([("eth_chainId", ()), ("eth_getBlockByNumber", ("0x0", False))])
    genesis = header_told(block)
    try:
        chain_id = int(told, 16)
    except (TypeError, ValueError) as error:
        raise EngineLied("the chain node told no chain id", field="chainId") from error
    return chain_id, rule.first(genesis).hash


def _rule(consensus: Kind, epoch: int, confirmations: int) -> Rule:
    if consensus == "none":
        return Confirmed(confirmations)
    return Clique(epoch) if consensus == "clique" else Qbft()
