"""A tiny contract, a sender, and ways to make an engine's surroundings fail.

The contract is assembled by hand so that engine tests need no compiler: called with nothing it returns the block's
time; with a zero word it reverts with the word 42; with any other word it stores it at itself and emits it.
"""

import contextlib
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from sanad_node.engines.base import ChainUnavailable, Engine

CHAIN_ID = 20_260_101
START = 1_767_225_600  # 2026-01-01
TOPIC = keccak(b"Stored(uint256)")
_RUNTIME = bytes.fromhex(
    "36600d57"  # anything given? go to 0d
    "4260005260206000f3"  # return the block's time
    "5b60003580601f57"  # 0d: a word other than zero? go to 1f
    "602a60005260206000fd"  # revert with 42
    "5b808055"  # 1f: store it at itself
    f"6000527f{TOPIC.hex()}60206000a100"  # and emit it
)
_CREATION = bytes.fromhex(f"60{len(_RUNTIME):02x}600c60003960{len(_RUNTIME):02x}6000f3") + _RUNTIME


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Sender:
    """One key and the contract it deploys; knows nothing of any chain but its own next nonce."""

    def __init__(self, number: int = 1, *, chain_id: int = CHAIN_ID, nonce: int = 0) -> None:
        self._account = Account.from_key(number.to_bytes(32, "big"))
        self._chain_id = chain_id
        self.nonce = nonce
        self.address = bytes.fromhex(self._account.address[2:])
        # keccak of rlp([address, 0]): where the first transaction of this key puts its contract
        self.contract = keccak(b"\xd6\x94" + self.address + b"\x80")[12:]

    def deployment(self) -> bytes:
        return self.sign(None, _CREATION, gas=200_000)

    def store(self, word: int, *, contract: bytes | None = None) -> bytes:
        return self.sign(contract or self.contract, word.to_bytes(32, "big"))

    def sign(
        self,
        to: bytes | None,
        data: bytes,
        *,
        gas: int = 100_000,
        price: int = 0,
        value: int = 0,
        **other: Any,
    ) -> bytes:
        """A signed legacy transaction with this sender's next nonce, unless `nonce` is given."""
        fields: dict[str, Any] = {"gas": gas, "gasPrice": price, "value": value, "data": data}
        fields |= {"nonce": self.nonce, "chainId": self._chain_id, **other}
        if to is not None:
            fields["to"] = to_checksum_address(to)
        if "nonce" not in other:
            self.nonce += 1
        return bytes(self._account.sign_transaction(fields).raw_transaction)


def tx_hash(raw: bytes) -> bytes:
    return keccak(raw)


def block_hashes(engine: Engine) -> list[bytes]:
    """The hash of every block, checking that each names the one before it."""
    hashes: list[bytes] = []
    for number in range(engine.head().number + 1):
        block = engine.block(number)
        assert block is not None
        assert not hashes or block.parent == hashes[-1]
        hashes.append(block.hash)
    return hashes


def fail_once(
    patch: pytest.MonkeyPatch, owner: type, method: str, *, done: bool, only: str | None = None
) -> None:
    """Make the next call of `owner.method` fail, before it does anything or after it has done it.

    With `only`, the next call whose arguments name it (a JSON-RPC method).
    """
    honest: Callable[..., Any] = getattr(owner, method)
    left = [1]

    def faulty(self: Any, *arguments: Any, **named: Any) -> Any:
        if not left[0] or (only is not None and only not in repr(arguments)[:200]):
            return honest(self, *arguments, **named)
        left[0] = 0
        if done:
            honest(self, *arguments, **named)
        raise ChainUnavailable("the wire was cut", field="chain")

    patch.setattr(owner, method, faulty)


class SmallDisk:
    """A folder on a disk that can be filled and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        raise AssertionError("a kind of small disk says how")

    def empty(self) -> None:
        raise AssertionError("a kind of small disk says how")


class _SmallTmpfs(SmallDisk):
    def fill(self) -> None:
        for size in (1 << 16, 1 << 12, 1):  # to the last byte
            with contextlib.suppress(OSError), (self.folder / "filler").open("ab", buffering=0) as filler:
                while filler.write(bytes(size)):
                    pass

    def empty(self) -> None:
        (self.folder / "filler").unlink()


class _SmallFiles(SmallDisk):
    """No privilege to mount: let files of this process grow no further than they are."""

    def fill(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    def empty(self) -> None:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """A disk of 4 MiB where mounting is allowed, else a limit on the size of files."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        yield _SmallTmpfs(folder) if mounted.returncode == 0 else _SmallFiles(folder)
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)
