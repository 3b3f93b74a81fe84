"""Founding a network: fresh secrets, a chain, the seven contracts, and the first member.

Everything is made in a folder beside the final one and moved into place when it is complete, so an
interrupted founding leaves no half-made data directory.
"""

import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call, encode_deployment
from sanad_node.datadir import DataDirectory, DataDirectoryExists
from sanad_node.durable import flush_folder
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import Engine
from sanad_node.keyring import Keyring
from sanad_node.network import ContractAt, Network
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.signing import Signer, Transaction
from sanad_verifier.errors import InputError
from sanad_verifier.notes import public_key

DEPLOYMENT_GAS = 12_000_000
CHAIN_ID_BITS = 31  # below the limits of every client and of JavaScript's integers
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def new_chain_id() -> int:
    """A number that no other network has, as far as chance goes."""
    return 1 + secrets.randbelow(2**CHAIN_ID_BITS - 1)


def log_origin(name: str, chain_id: int) -> str:
    """The origin of a network's log."""
    return f"{name}/sanad/{chain_id}"


class NetworkNameInvalid(InputError):
    """A network's name is 1 to 40 characters a-z, 0-9 and dash."""

    code = "NETWORK_NAME_INVALID"


def found(path: Path, name: str, *, clock: Callable[[], float] = time.time) -> Network:
    """Make a data directory at `path` for a new network with one member, who decides alone until others are
    admitted.
    """
    must_be_name(name)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataDirectoryExists("the folder is not empty; choose another", field="--data")
    path.parent.mkdir(parents=True, exist_ok=True)
    workshop = path.with_name(f".{path.name}.{secrets.token_hex(4)}.founding")
    try:
        network = _build(DataDirectory.create(workshop), name, clock)
        if path.exists():
            path.rmdir()  # it is empty, or this fails
        workshop.rename(path)
        flush_folder(path.parent)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return network


def must_be_name(name: str) -> None:
    """Raise `NetworkNameInvalid` for a name that is none."""
    if not NAME.fullmatch(name):
        raise NetworkNameInvalid("a network's name is 1 to 40 characters a-z, 0-9 and dash", field="--name")


def _build(directory: DataDirectory, name: str, clock: Callable[[], float]) -> Network:
    chain_id = new_chain_id()
    keyring = Keyring(directory)
    member = keyring.signer(keyring.create())
    engine = AnvilEngine.create(directory.chain, chain_id=chain_id, clock=clock)
    try:
        members = ([member.address], [public_key(directory.secret("cosigner"))])
        network = Network(
            name=name,
            engine=engine.name,
            chain_id=chain_id,
            genesis=engine.genesis_hash().hex(),
            origin=log_origin(name, chain_id),
            contracts=deploy(engine, member, *members, 1).contracts,
        )
    finally:
        engine.close()
    network.save(directory.network_file)
    return network


@dataclass(frozen=True, slots=True)
class Deployed:
    """The contracts, and the signed transactions that made them, in order."""

    contracts: dict[str, ContractAt]
    raw: tuple[bytes, ...]


def deploy(
    engine: Engine, founder: Signer, members: list[bytes], cosigning_keys: list[bytes], threshold: int
) -> Deployed:
    """Put the contracts on a chain that makes a block when it is given a transaction."""
    sent: list[bytes] = []

    def send(to: bytes | None, data: bytes) -> bytes:
        nonce = engine.nonce(founder.address)
        signed = founder.sign_transaction(Transaction(nonce, to, data, DEPLOYMENT_GAS, engine.chain_id))
        engine.broadcast([signed.raw])
        sent.append(signed.raw)
        receipt = engine.receipt(signed.hash)
        if receipt is None or not receipt.succeeded:
            raise ActRefused("a contract could not be deployed", code="DEPLOYMENT_FAILED")
        return receipt.contract or b""

    consortium = send(None, encode_deployment(load("Consortium"), members, cosigning_keys, threshold))
    formations = send(None, encode_deployment(load("Formations"), consortium))
    ledger = send(None, encode_deployment(load("Ledger"), consortium, formations))
    register = send(None, encode_deployment(load("Register"), consortium, formations, ledger))
    drawdown = send(None, encode_deployment(load("Drawdown"), consortium, formations, ledger))
    titles = send(None, encode_deployment(load("Titles"), consortium, formations, ledger))
    custody = send(None, encode_deployment(load("Custody"), consortium, formations, ledger, register))
    send(
        consortium,
        encode_call(load("Consortium"), "found", ledger, formations, register, drawdown, titles, custody),
    )
    made = {
        "Consortium": consortium,
        "Formations": formations,
        "Ledger": ledger,
        "Register": register,
        "Drawdown": drawdown,
        "Titles": titles,
        "Custody": custody,
    }
    contracts = {role: ContractAt(at.hex(), engine.code_hash(at).hex()) for role, at in made.items()}
    return Deployed(contracts, tuple(sent))
