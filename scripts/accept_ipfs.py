"""Shows whether an IPFS node does what the vault asks of it: run it against your own node before naming it in settings.

python scripts/accept_ipfs.py http://127.0.0.1:5001 [--member https://ipfs.customs.lk:5001 --host ipfs.customs.lk
    --token-file FILE]

It adds contents of known CIDs, reads them back, asks for their pins and lets them go; with a member's node, it has that
node fetch them from yours. Exit code 0 if everything was as expected, 1 if anything was not, 3 if it cannot begin. It
leaves nothing pinned that it has pinned.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sanad_node.ipfs.cid import cid_of
from sanad_node.ipfs.errors import IpfsFault, IpfsSettingInvalid, IpfsTimeout
from sanad_node.ipfs.rpc import IpfsNode
from sanad_node.ipfs.settings import IpfsSettings, holders

VECTORS = Path(__file__).parents[1] / "tests/vectors/ipfs-cids.json"
PATIENCE = 3
"""Seconds given to a node to look for what nobody has."""


def content(size: int) -> bytes:
    """The content of a vector: byte i is (7·i + 3) mod 251."""
    period = bytes((7 * i + 3) % 251 for i in range(251))
    return (period * (size // 251 + 1))[:size]


class Acceptance:
    """Runs steps and remembers whether all of them were as expected."""

    def __init__(self) -> None:
        self.failed = 0

    def step(self, words: str, check: Callable[[], bool]) -> None:
        """One thing the node must do."""
        began = time.monotonic()
        try:
            outcome = "ok" if check() else "NOT AS EXPECTED"
        except IpfsFault as error:
            outcome = f"FAILED: {error.message} ({error.code})"
        self.failed += outcome != "ok"
        print(f"{outcome:<8} {words} ({time.monotonic() - began:.2f} s)", flush=True)


def main() -> int:
    """Run all steps."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rpc", help="the HTTP RPC of your own node")
    parser.add_argument(
        "--member", default="", help="the HTTP RPC of a member's node, which is to fetch from yours"
    )
    parser.add_argument(
        "--host", action="append", default=[], help="a host outside this machine that may be asked"
    )
    parser.add_argument("--token-file", type=Path, help="the token for the member's node")
    given = parser.parse_args()
    settings = IpfsSettings(
        rpc=given.rpc, members=(f"member {given.member}",) if given.member else (), hosts=tuple(given.host)
    )
    hasty = settings.model_copy(update={"call_seconds": PATIENCE})
    with tempfile.TemporaryDirectory() as secrets:
        if given.token_file is not None:
            (Path(secrets) / "ipfs-member").write_bytes(given.token_file.read_bytes())
        try:
            named = holders(settings, Path(secrets))
        except IpfsSettingInvalid as error:
            print(f"error {error.code} [{error.field}]: {error.message}", file=sys.stderr)
            return 3
    own = IpfsNode(named[0], settings)
    cids = {int(size): cid for size, cid in json.loads(VECTORS.read_text("utf-8"))["cids"].items()}
    run = Acceptance()
    for size, cid in cids.items():
        run.step(f"add {size} bytes, CID {cid}", partial(_adds, own, size, cid))
        run.step("  it says that they are pinned", partial(own.is_pinned, cid))
        run.step("  they come back", partial(_gives, own, size, cid))
    run.step(
        "what nobody has is looked for no longer than it may be",
        partial(_gives_up, IpfsNode(named[0], hasty)),
    )
    if given.member:
        member = IpfsNode(named[1], settings)
        for size, cid in cids.items():
            run.step(f"the member pins {size} bytes, and says so", partial(_pins, member, cid))
            run.step("  it lets them go", partial(_lets_go, member, cid))
    for size, cid in cids.items():
        run.step(f"let {size} bytes go, and once more", partial(_lets_go, own, cid))
    print("accepted" if not run.failed else f"{run.failed} steps were not as expected")
    return 0 if not run.failed else 1


def _adds(node: IpfsNode, size: int, cid: str) -> bool:
    return node.add(content(size)) == cid


def _gives(node: IpfsNode, size: int, cid: str) -> bool:
    return node.read(cid, size) == content(size)


def _pins(node: IpfsNode, cid: str) -> bool:
    node.pin(cid)
    return node.is_pinned(cid)


def _lets_go(node: IpfsNode, cid: str) -> bool:
    node.unpin(cid)
    node.unpin(cid)
    return not node.is_pinned(cid)


def _gives_up(node: IpfsNode) -> bool:
    began = time.monotonic()
    try:
        node.read(cid_of(b"nobody has this, " + str(time.time_ns()).encode()), 36)
    except IpfsTimeout:
        return time.monotonic() - began < PATIENCE + 5
    return False


if __name__ == "__main__":
    sys.exit(main())
