"""The geth engine: one geth that takes part in a Clique network, as a child of this node.

geth makes or follows blocks and talks to its peers; this node reads the chain through its socket and believes of it
what `sealed` can check. Its state is kept block by block (`--gcmode archive`), so a geth that is killed goes on where
it was. Peers are those of the network bundle and no others: whoever else connects is sent away at the next look.
Price zero has to be allowed over the socket, since geth's flags turn it into its own default.
"""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from coincurve import PrivateKey

from sanad_node.continuing.carried import Carried
from sanad_node.datadir import DataDirectory, DataDirectoryDamaged, Lock
from sanad_node.durable import write_file
from sanad_node.engines import geth_program
from sanad_node.engines.base import ChainUnavailable
from sanad_node.engines.consensus import Clique
from sanad_node.engines.outcomes import to_hex
from sanad_node.engines.process import ChainProcess, Program, end_leftovers
from sanad_node.engines.pulse import Backoff, Pulse
from sanad_node.engines.rpc import RpcClient
from sanad_node.engines.sealed import SealedEngine
from sanad_node.engines.wanted import Founding, Wanted, node_id

NAME = "geth"
KEYSTORE, DATA, LOG = "keystore", "geth-data", "geth.log"
END_SECONDS = 15.0
"""That long geth may take to end: it writes what it holds."""
LOOK_AFTER = 5.0
"""Seconds between two looks at the peers."""
CACHE_MIB = 128
GAS_LIMIT = 120_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where this node stands in the network: `listen` is host and port for peers, `validator` an address (hex) whose
    key is in the engine's keystore, or empty for a node that only observes.
    """

    listen: str
    validator: str = ""

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0]

    def save(self, folder: Path) -> None:
        write_file(folder / "place.json", json.dumps(asdict(self), sort_keys=True).encode() + b"\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """`DataDirectoryDamaged` where there is none that can be read."""
        try:
            told = cls(**json.loads((folder / "place.json").read_bytes()))
            _ = told.port
        except (OSError, ValueError, TypeError) as error:
            raise DataDirectoryDamaged(
                "the engine's place in the network cannot be read", field="place.json"
            ) from error
        return told


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How the engine is doing. `head_age` in seconds; `halted` when no block has come for ten periods."""

    running: bool
    pid: int | None
    geth: str
    height: int
    final: int
    head_age: float
    halted: bool
    peers: int
    peers_expected: int
    validators: tuple[str, ...]
    sealing: bool


class GethEngine(SealedEngine):
    """Starts geth in `folder`, which a request to join has laid out; `wanted` says what it should be part of."""

    def __init__(self, folder: Path, wanted: Wanted, clock: Callable[[], float]) -> None:
        with contextlib.ExitStack() as opened:
            opened.enter_context(Lock(DataDirectory(folder)))
            self._folder = folder
            self._wanted = wanted
            self._place = Place.load(folder)
            self._program = geth_program.find()
            end_leftovers(folder)
            self._begin_chain()
            self._backoff = Backoff(time.monotonic)
            self._starts = self._peers = 0
            self._process = self._start()
            opened.callback(lambda: self._process.terminate(within=END_SECONDS))
            self._looked = 0.0
            self._founding = Founding()
            super().__init__(NAME, folder, wanted.facts, Clique(wanted.epoch), self._process.client(), clock)
            self._opened = opened.pop_all()

    # -- the process --------------------------------------------------------------------------------------------------

    def _begin_chain(self) -> None:
        """Write block 0 into a data folder that has none."""
        if (self._folder / DATA / "geth" / "chaindata").exists():
            return
        genesis = self._folder / "genesis.json"
        carried = Carried.of(self._folder, self._wanted.facts.genesis.hex())
        state = {} if carried is None else {"alloc": carried.alloc()}
        write_file(genesis, json.dumps({**self._wanted.genesis, **state}).encode())
        command = ["--datadir", DATA, "init", genesis.name]
        program = Program(self._program.path, lambda _: [], LOG, alone=False, keeps_log=True)
        ChainProcess.run(program, self._folder, command)

    def _start(self) -> ChainProcess:
        if self._backoff.wait():
            raise ChainUnavailable(
                "geth has ended again and again; it is started once more in a while", field="engine"
            )
        self._backoff.started()
        self._starts += 1
        place = self._place
        arguments = [
            *("--datadir", DATA, "--keystore", KEYSTORE, "--networkid", str(self._wanted.facts.chain_id)),
            *("--nodiscover", "--port", str(place.port), "--nat", f"extip:{place.host}"),
            *("--nodekey", "nodekey", "--maxpeers", str(max(len(self._wanted.peers), 1) + 8)),
            *("--syncmode", "full", "--gcmode", "archive", "--cache", str(CACHE_MIB)),
            *("--authrpc.port", "0", "--txpool.pricelimit", "1", "--txpool.nolocals"),
            *("--txpool.accountslots", "1024", "--txpool.globalslots", "16384"),
            *("--txpool.accountqueue", "1024", "--txpool.globalqueue", "16384"),
            *(
                "--verbosity",
                "2",
                "--log.rotate",
                "--log.file",
                LOG,
                "--log.maxsize",
                "20",
                "--log.maxbackups",
                "3",
            ),
        ]
        if place.validator:
            arguments += [
                *("--mine", "--miner.etherbase", f"0x{place.validator}", "--unlock", f"0x{place.validator}"),
                *("--password", "password", "--miner.gasprice", "1", "--miner.gaslimit", str(GAS_LIMIT)),
            ]
        # Through /proc, since a socket's path is limited to 108 bytes and geth would make it absolute.
        socket = Program(
            self._program.path,
            lambda name: ["--ipcpath", f"/proc/self/cwd/{name}"],
            "geth-start.log",
            alone=False,
        )
        return ChainProcess(socket, self._folder, arguments, name=NAME, number=self._starts)

    def ask(self, method: str, *params: Any) -> Any:
        """As `SealedEngine.ask`; a geth that has ended is started again, and asked once more."""
        try:
            return super().ask(method, *params)
        except ChainUnavailable:
            if self._process.alive or not hasattr(self, "_opened"):
                raise
        with self._lock:
            if not self._process.alive:
                self._asked.close()
                self._process = self._start()
                self._asked = self._process.client()
                self._looked = 0.0
        return super().ask(method, *params)

    # -- among others -------------------------------------------------------------------------------------------------

    @property
    def wanted(self) -> Wanted:
        """What it goes by."""
        return self._wanted

    def adopt(self, wanted: Wanted) -> None:
        """Go by a newer version of what the members have agreed on."""
        with self._lock:
            self._wanted = wanted
            self._looked = 0.0

    def tend(self) -> None:
        """See to peers, votes and price, and on a chain without contracts to those."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= LOOK_AFTER:
                self.ask("miner_setGasPrice", "0x0")
                self._see_to_peers()
                self._see_to_votes()
                self._looked = now
            self._founding.must_be_done(self, self._wanted)

    def _see_to_peers(self) -> None:
        own = str(self.ask("admin_nodeInfo")["id"])
        allowed = {
            node_id(enode): enode for enode in self._wanted.peers if node_id(enode) != public_id(self._folder)
        }
        connected = {node_id(str(one["enode"])): one for one in self.ask("admin_peers")}
        self._peers = len(connected)
        for identity, enode in allowed.items():
            self.ask("admin_addTrustedPeer", enode)
            if identity not in connected:
                self.ask("admin_addPeer", enode)
        for identity, peer in connected.items():
            if identity not in allowed and str(peer.get("id")) != own:
                self.ask("admin_removeTrustedPeer", str(peer["enode"]))
                self.ask("admin_removePeer", str(peer["enode"]))

    def _see_to_votes(self) -> None:
        """Vote for the first difference between who seals and who is to seal: one at a time, as each change makes
        another majority.
        """
        if not self._place.validator:
            return
        self.head()
        seals = set(self._chain.tip.validators.addresses)
        wanted = set(self._wanted.validators)
        change = next(iter([*sorted(wanted - seals), *sorted(seals - wanted)]), None)
        for voted in self.ask("clique_proposals"):
            if change is None or str(voted).lower() != to_hex(change):
                self.ask("clique_discard", voted)
        if change is not None:
            self.ask("clique_propose", to_hex(change), change in wanted)

    def pulse(self) -> Pulse:
        asked = self._asked
        return replace(
            super().pulse(),
            alive=self._process.alive,
            silent_for=asked.waited() if isinstance(asked, RpcClient) else 0.0,
            peers=self._peers,
            peers_expected=len(self._wanted.peers) - 1,
            starts=self._starts,
        )

    def end_silent(self, number: int) -> None:
        """End the geth of this number, which does not answer: whoever waits is told so, and the next to ask has it
        started again. One that has taken its place is left alone.
        """
        process = self._process
        if process.number == number:
            process.kill()

    def status(self) -> EngineStatus:
        """What `sanad node status` shows."""
        with self._lock:
            peers = len(self.ask("admin_peers"))
            tip = self._chain.tip
            with contextlib.suppress(ChainUnavailable):
                self.head()
                tip = self._chain.tip
            age = max(0.0, self._clock() - tip.time)
            return EngineStatus(
                running=self._process.alive,
                pid=self._process.pid,
                geth=self._program.version,
                height=tip.height,
                final=self._chain.final.height,
                head_age=round(age, 1),
                halted=self.halted(self.period),
                peers=peers,
                peers_expected=len(self._wanted.peers) - 1,
                validators=tuple(one.hex() for one in tip.validators.addresses),
                sealing=bytes.fromhex(self._place.validator) in tip.validators.addresses,
            )

    def close(self) -> None:
        """End geth. May be called twice."""
        with self._lock:
            if hasattr(self, "_opened"):
                super().close()
                self._opened.close()


def public_id(folder: Path) -> str:
    """This node's own."""
    secret = bytes.fromhex((folder / "nodekey").read_text("ascii"))
    return PrivateKey(secret).public_key.format(compressed=False)[1:].hex()


def lay_out(folder: Path, place: Place, node_key: bytes, keystore: bytes | None, passphrase: str) -> None:
    """Make the engine's folder: the key of the node among its peers, and the validator's keystore file if it is one."""
    (folder / KEYSTORE).mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(folder / "nodekey", node_key.hex().encode(), mode=0o600)
    if keystore is not None:
        write_file(folder / KEYSTORE / f"UTC--{place.validator}", keystore, mode=0o600)
        write_file(folder / "password", passphrase.encode(), mode=0o600)
    place.save(folder)
