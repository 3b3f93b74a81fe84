"""Vaults with documents in them, and a disk that fails when told to."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from sanad_node.vault import Vault
from sanad_verifier.digests import Digest, sha256

MASTER = bytes(range(32))
Item = tuple[Digest, bytes, bytes | None]
When = Literal["before", "after"]


def item(text: str, secret: bytes | None = None) -> Item:
    """A document to keep."""
    data = text.encode()
    return sha256(data), data, secret


def items(count: int) -> list[Item]:
    """Documents to keep, each with a secret."""
    return [item(f"document {n}", sha256(b"secret %d" % n)) for n in range(count)]


def open_vault(folder: Path) -> Vault:
    return Vault(folder, MASTER)


def everything_in(folder: Path) -> bytes:
    """All bytes of all files below a folder."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


class Saboteur:
    """Lets `allowed` calls to the disk pass and fails the next, before it does anything or after it has done it."""

    CALLS = ("fsync", "pwrite", "replace", "open", "mkdir", "unlink", "rename")

    def __init__(self, allowed: int, when: When, number: int = errno.EIO) -> None:
        self._allowed, self._when, self._number = allowed, when, number
        self.struck = False

    def wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._allowed -= 1
            if self._allowed != -1:
                return real(*args, **kwargs)
            self.struck = True
            if self._when == "after":
                real(*args, **kwargs)
            raise OSError(self._number, os.strerror(self._number))

        return call

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in self.CALLS:
                patch.setattr(os, name, self.wrap(getattr(os, name)))
            yield
