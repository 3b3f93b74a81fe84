"""What an operator gives to Besu, made from the network bundle: settings, block 0, peers, allowlist, how to start it.

All paths in them are relative to the folder they are written to, so the same files serve a systemd unit and a
container. The RPC port is for this machine only: it lets whoever reaches it change peers and votes.
"""

import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sanad_node.consortium.bundle import BundleUnfit, NetworkBundle
from sanad_node.durable import write_file
from sanad_node.engines.geth import Place
from sanad_verifier.errors import InputError

Profile = Literal["validator", "observer", "archive"]
IMAGE = "hyperledger/besu:26.8.0"
PROGRAM = "/opt/besu/bin/besu"
RPC_PORT = 8545
METRICS_AFTER = 1000
"""The port of metrics, counted from that of the RPC."""
APIS = ("ETH", "NET", "WEB3", "QBFT", "PERM", "ADMIN", "TXPOOL")
CONFIG, GENESIS, PEERS, ALLOWED, KEY = (
    "config.toml",
    "genesis.json",
    "static-nodes.json",
    "permissions_config.toml",
    "key",
)
COMPOSE, UNIT = "compose.yaml", "besu.service"


class ProfileUnfit(InputError):
    """The node's role in the network does not fit the profile."""

    code = "PROFILE_UNFIT"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the operator decides: `folder` is where the files will lie, `program` Besu's path for systemd, `image` its
    container image.
    """

    profile: Profile
    folder: Path
    program: str = PROGRAM
    image: str = IMAGE
    rpc_port: int = RPC_PORT


def files(bundle: NetworkBundle, place: Place, choice: Choice) -> dict[str, str]:
    """The files by name, without the node's key; `BundleUnfit` for a network of another consensus, `ProfileUnfit`."""
    if bundle.consensus != "qbft" or not bundle.genesis:
        raise BundleUnfit("Besu's files are made for a QBFT network of our own founding", field="consensus")
    if (choice.profile == "validator") != bool(place.validator):
        role = "validator" if place.validator else "observer"
        raise ProfileUnfit(f"this node's role in the network is {role}", field="--profile")
    enodes = [one.enode for one in bundle.nodes]
    others = [one for one in enodes if not one.endswith(f"@{place.listen}")]
    return {
        CONFIG: _config(enodes, place, choice),
        GENESIS: json.dumps(bundle.genesis, indent=2) + "\n",
        PEERS: json.dumps(others, indent=2) + "\n",
        ALLOWED: _setting("nodes-allowlist", enodes) + "\n",
        COMPOSE: _compose(bundle, place, choice),
        UNIT: _unit(bundle, choice),
    }


def write(bundle: NetworkBundle, place: Place, node_key: bytes, choice: Choice) -> list[str]:
    """Write them, and the node's key, readable by its owner only; returns their names. The folder may be there."""
    made = files(bundle, place, choice)
    choice.folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        write_file(choice.folder / name, text.encode())
    write_file(choice.folder / KEY, f"0x{node_key.hex()}".encode(), mode=0o600)
    return [*made, KEY]


def _config(enodes: list[str], place: Place, choice: Choice) -> str:
    settings: dict[str, object] = {
        "data-path": "data",
        "genesis-file": GENESIS,
        "node-private-key-file": KEY,
        "sync-mode": "FULL",
        "data-storage-format": "FOREST" if choice.profile == "archive" else "BONSAI",
        "p2p-host": place.host,
        "p2p-port": place.port,
        "nat-method": "NONE",
        "discovery-enabled": False,
        "static-nodes-file": PEERS,
        "max-peers": max(25, 2 * len(enodes)),
        "remote-connections-limit-enabled": False,
        "permissions-nodes-config-file-enabled": True,
        "permissions-nodes-config-file": ALLOWED,
        "min-gas-price": 0,
        "tx-pool": "sequenced",
        "tx-pool-max-size": 16384,
        "tx-pool-limit-by-account-percentage": 1.0,
        "rpc-http-enabled": True,
        "rpc-http-host": "127.0.0.1",
        "rpc-http-port": choice.rpc_port,
        "rpc-http-api": list(APIS),
        "host-allowlist": ["localhost", "127.0.0.1"],
        "metrics-enabled": True,
        "metrics-host": "127.0.0.1",
        "metrics-port": choice.rpc_port + METRICS_AFTER,
        "logging": "INFO",
    }
    if not all(_is_address(one) for one in enodes):
        settings |= {"Xdns-enabled": True, "Xdns-update-enabled": True}
    return "\n".join(_setting(name, value) for name, value in settings.items()) + "\n"


def _setting(name: str, value: object) -> str:
    return f"{name}={json.dumps(value)}"  # TOML's strings, numbers, booleans and arrays of these are JSON's


def _is_address(enode: str) -> bool:
    host = enode.rpartition("@")[2].rpartition(":")[0].strip("[]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _compose(bundle: NetworkBundle, place: Place, choice: Choice) -> str:
    """For `docker compose` or `podman compose`. Inside, Besu listens on all addresses; outside, its RPC is published on
    the loopback address only.
    """
    return f"""name: {bundle.name}-besu
services:
  besu:
    image: {choice.image}
    restart: unless-stopped
    stop_grace_period: 2m
    working_dir: /network
    command: ["--config-file=config.toml", "--rpc-http-host=0.0.0.0", "--p2p-interface=0.0.0.0"]
    volumes: [".:/network"]
    ports:
      - "{place.port}:{place.port}/tcp"
      - "127.0.0.1:{choice.rpc_port}:{choice.rpc_port}/tcp"
"""


def _unit(bundle: NetworkBundle, choice: Choice) -> str:
    return f"""[Unit]
Description=Besu, {choice.profile} of the network {bundle.name}
After=network-online.target time-sync.target
Wants=network-online.target

[Service]
User=besu
WorkingDirectory={choice.folder.absolute()}
ExecStart={choice.program} --config-file=config.toml
Restart=on-failure
RestartSec=5
TimeoutStopSec=120
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
ReadWritePaths={choice.folder.absolute()}

[Install]
WantedBy=multi-user.target
"""
