"""The network descriptor: which chain and which contracts a data directory belongs to.

Written once when the network is founded. A node compares it with the chain it finds before it believes a
word: another genesis, chain id or contract code is another network.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sanad_node.datadir import DataDirectoryDamaged, DataNewer
from sanad_node.durable import write_file
from sanad_node.engines.base import Engine, WrongChain
from sanad_node.engines.mirror import MIRROR

VERSION = 1
ROLES = ("Consortium", "Formations", "Ledger", "Register", "Drawdown", "Titles", "Custody")


@dataclass(frozen=True, slots=True)
class ContractAt:
    """A contract's address and the keccak256 of its runtime code, both hex without prefix. A node that mirrors knows
    those contracts that its trust names; the code's hash is empty where that says nothing of it.
    """

    address: str
    code_hash: str

    @property
    def raw_address(self) -> bytes:
        return bytes.fromhex(self.address)


@dataclass(frozen=True, slots=True)
class Network:
    """`origin` names the log in checkpoints (C2SP tlog-checkpoint); `genesis` is the hash of block 0, `first` that of
    the network's first chain, if this one goes on from another.
    """

    name: str
    engine: str
    chain_id: int
    genesis: str
    origin: str
    contracts: dict[str, ContractAt]
    version: int = VERSION
    first: str = ""

    @property
    def identity(self) -> str:
        """The hash of block 0 by which others know the network: that of its first chain."""
        return self.first or self.genesis

    def address(self, role: str) -> bytes:
        return self.contracts[role].raw_address

    def save(self, path: Path) -> None:
        write_file(path, json.dumps(asdict(self), indent=2, sort_keys=True).encode() + b"\n")

    @classmethod
    def load(cls, path: Path) -> "Network":
        """Read a descriptor; refuses one from a newer version rather than guessing at it."""
        try:
            raw = json.loads(path.read_bytes())
            if raw["version"] > VERSION:
                raise DataNewer("the data directory was written by a newer version of Sanad", field=path.name)
            roles = raw["contracts"] if raw["engine"] == MIRROR else ROLES
            contracts = {role: ContractAt(**raw["contracts"][role]) for role in roles}
            return cls(**{**raw, "contracts": contracts})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataDirectoryDamaged("the network descriptor cannot be read", field=path.name) from error

    def must_be_on(self, engine: Engine) -> None:
        """Refuse an engine that runs another chain, or other code at our addresses."""
        if engine.chain_id != self.chain_id:
            raise WrongChain("the chain has another chain id than this data directory", field="chainId")
        if engine.genesis_hash().hex() != self.genesis:
            raise WrongChain("the chain has another genesis block than this data directory", field="genesis")
        for role, contract in self.contracts.items():
            if engine.code_hash(contract.raw_address).hex() != contract.code_hash:
                raise WrongChain(f"the code of {role} on the chain is not the code recorded", field=role)
