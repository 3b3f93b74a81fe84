"""A consortium on this machine: real geths under real nodes, one administration each, over the loopback interface.

Peers reach each other through `Wire`s that a test can cut: a partition is a wire that carries nothing.
"""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sanad_node.carrier import Carrier
from sanad_node.consortium.beginning import Wish, found, join, prepare, sign
from sanad_node.consortium.requests import JoinRequest
from sanad_node.consortium.start import begin
from sanad_node.engines.geth import GethEngine, Place
from sanad_node.engines.wanted import node_id
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_testkit.waiting import until

NAME = "pk-drill"
PERIOD = 1
PATIENCE = 90.0


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Wire:
    """Carries every connection made to `port` on to `target`. While it is held, nothing that was sent arrives, as when
    a cable is cut and nobody has noticed yet.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._carried: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._listen, daemon=True).start()

    def hold(self) -> None:
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    def close(self) -> None:
        self._listener.close()
        self._flows.set()
        for one in list(self._carried):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._carried |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                self._flows.wait()
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            self._carried.discard(end)


@dataclass
class Administration:
    """One administration's node, open or not."""

    path: Path
    request: JoinRequest
    node: Node | None = None
    carrier: Carrier | None = None
    wires: dict[str, int] = field(default_factory=dict)
    """By the id of another node among its peers: the port where this one finds it."""

    def start(self) -> Node:
        """Open the data directory, and carry."""
        self.node = Node(self.path)
        self.node.__enter__()
        self._use_wires()
        self.carrier = Carrier(self.node)
        self.carrier.start()
        return self.node

    def stop(self) -> None:
        """End the node and its geth."""
        if self.carrier is not None:
            self.carrier.stop()
        if self.node is not None:
            self.node.__exit__(None, None, None)
        self.node = self.carrier = None

    def _use_wires(self) -> None:
        """Have geth find its peers at the wires' ends, before it looks for them."""
        if self.wires:
            wanted = self.geth.wanted
            peers = tuple(
                f"enode://{node_id(peer)}@127.0.0.1:{self.wires.get(node_id(peer), 1)}"
                for peer in wanted.peers
            )
            self.geth.adopt(replace(wanted, peers=peers))

    def kill(self) -> None:
        """End geth by SIGKILL, and the node without a word."""
        if self.carrier is not None:
            self.carrier.stop()
        pid = self.geth.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.stop()

    @property
    def open(self) -> Node:
        assert self.node is not None
        return self.node

    @property
    def geth(self) -> GethEngine:
        chain = self.open.chain
        assert isinstance(chain, GethEngine)
        return chain

    def size(self) -> int:
        return self.open.reader.position().size

    def settled(self, act: Act) -> Act:
        """The act once it is final or refused."""
        until(lambda: self.open.outbox.get(act.id).state in {"final", "refused"}, within=PATIENCE)
        return self.open.outbox.get(act.id)


@dataclass
class Consortium:
    """Administrations on one network."""

    folder: Path
    all: list[Administration] = field(default_factory=list)
    wires: dict[tuple[int, int], Wire] = field(default_factory=dict)
    """From one administration to another, by their places."""

    @property
    def nodes(self) -> list[Node]:
        return [one.open for one in self.all if one.node is not None]

    def start(self) -> None:
        """Start every administration that is not running, and wait until each is on the chain."""
        for one in self.all:
            if one.node is None:
                one.start()
        self.await_all(lambda one: one.size() > 0)

    def stop(self) -> None:
        for one in self.all:
            one.stop()
        for wire in self.wires.values():
            wire.close()

    def lay_wires(self) -> None:
        """Put a wire from each administration to each other, and hide their own ports."""
        count = len(self.all)
        ports = iter(free_ports(count * count))
        for place, one in enumerate(self.all):
            hidden = next(ports)
            known = Place.load(one.path / "chain")
            Place(f"127.0.0.1:{hidden}", known.validator).save(one.path / "chain")
            for other in range(count):
                if other != place:
                    self.wires[other, place] = Wire(next(ports), hidden)
        for (source, target), wire in self.wires.items():
            self.all[source].wires[node_id(self.all[target].request.asked.enode)] = wire.port

    def part(self, *sides: set[int]) -> None:
        """Let nothing pass between administrations of different sides."""
        for (source, target), wire in self.wires.items():
            if not any({source, target} <= side for side in sides):
                wire.hold()

    def heal(self) -> None:
        for wire in self.wires.values():
            wire.release()

    def await_all(self, holds: Callable[[Administration], bool], within: float = PATIENCE) -> None:
        for one in self.all:
            if one.node is not None:
                until(lambda one=one: holds(one), within=within)  # type: ignore[misc]

    def grown(self, blocks: int, who: Sequence[Administration] = ()) -> None:
        """Wait until so many more blocks are final at each."""
        for one in who or self.all:
            wanted = one.open.reader.position().block + blocks
            until(lambda one=one, wanted=wanted: one.open.reader.position().block >= wanted, within=PATIENCE)  # type: ignore[misc]


def found_consortium(
    folder: Path,
    count: int,
    *,
    observers: int = 0,
    threshold: int | None = None,
    period: int = PERIOD,
    wired: bool = False,
) -> Consortium:
    """Administrations that have founded a network and joined it, none of them running."""
    made = Consortium(folder)
    ports = free_ports(count + observers)
    for number, port in enumerate(ports):
        role = "validator" if number < count else "observer"
        wish = Wish(f"Customs of {chr(65 + number)}-land", role, f"127.0.0.1:{port}")  # type: ignore[arg-type]
        path = folder / f"node-{number}"
        made.all.append(Administration(path, prepare(path, wish)))
    requests = [one.request for one in made.all]
    bundle = found(
        made.all[0].path,
        NAME,
        requests,
        threshold=threshold or count // 2 + 1,
        start=begin("clique", requests, period, int(time.time())),
    )
    for one in made.all[1:]:
        bundle = sign(one.path, bundle)
    for one in made.all:
        join(one.path, bundle)
    if wired:
        made.lay_wires()
    return made


@contextlib.contextmanager
def running(folder: Path, count: int, **more: Any) -> Iterator[Consortium]:
    """A consortium whose nodes all run and are on the chain."""
    made = found_consortium(folder, count, **more)
    try:
        made.start()
        yield made
    finally:
        made.stop()
