"""What the members of a network have agreed on, as far as an engine has to see to it; and how its contracts get onto a
chain that has just begun.
"""

from dataclasses import dataclass
from typing import Any

from sanad_node.engines.base import ChainNotReady, Engine
from sanad_node.engines.sealed import ChainFacts
from sanad_verifier.chain.keccak import keccak

LEDGER_OF = keccak(b"ledger()")[:4]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Block 0 (empty where the chain was there before the network), the seconds between blocks, the nodes (enode
    addresses) that may be peers, who is to seal, and the transactions that found the contracts.
    """

    genesis: dict[str, Any]
    facts: ChainFacts
    epoch: int
    peers: tuple[str, ...]
    validators: tuple[bytes, ...]
    founding: tuple[bytes, ...]
    consortium: bytes


def node_id(enode: str) -> str:
    """The public key in an enode address (devp2p)."""
    return enode.removeprefix("enode://").partition("@")[0].lower()


class Founding:
    """Whether the contracts are on the chain yet."""

    def __init__(self) -> None:
        self._done = False

    def must_be_done(self, engine: Engine, wanted: Wanted) -> None:
        """Raise `ChainNotReady` while the Consortium contract does not know its ledger, the last thing that founding
        does; what founds it is sent again meanwhile.
        """
        if self._done:
            return
        height = engine.head().number  # so that what was sent is sent again when blocks went by
        self._done = any(engine.call(wanted.consortium, LEDGER_OF)) and engine.final_height() > 0
        if self._done:
            return
        engine.broadcast(wanted.founding)
        raise ChainNotReady(
            f"the network's contracts are not on the chain yet (block {height})", field="chain"
        )
