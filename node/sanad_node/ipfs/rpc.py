"""What is asked of an IPFS node: add and pin, pin, is it pinned, unpin, read. Nothing else, and nothing believed.

The calls of the HTTP RPC are `add`, `pin/add`, `pin/ls`, `pin/rm` and `cat` (docs/spec/ipfs.md). Every method
raises an `IpfsFault`; each may be repeated, since a call that failed may have been done.
"""

import io
import threading
from collections.abc import Callable
from typing import Any, Protocol

from sanad_node.ipfs.cid import CHUNK, cid_of
from sanad_node.ipfs.errors import (
    IpfsAnswerInvalid,
    IpfsCidDiffers,
    IpfsContentWrong,
    IpfsNotInstalled,
    IpfsRefused,
    IpfsUnreachable,
)
from sanad_node.ipfs.settings import Holder, IpfsSettings

_BASE = {"cid-base": "base32"}
"""How CIDs are written in answers; js-ipfs has another default."""


class Keeps(Protocol):
    """A node that keeps blobs."""

    def add(self, blob: bytes) -> str: ...
    def pin(self, cid: str) -> None: ...
    def is_pinned(self, cid: str) -> bool: ...
    def unpin(self, cid: str) -> None: ...
    def read(self, cid: str, length: int) -> bytes: ...
    def close(self) -> None: ...


class Calls:
    """The calls under way, so that all of them can be cut off."""

    def __init__(self) -> None:
        self._cuts: list[Callable[[], None]] = []
        self._closed = False
        self._lock = threading.Lock()

    def begun(self, cut: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                raise IpfsUnreachable("no more is asked of IPFS nodes: this process ends")
            self._cuts.append(cut)

    def ended(self, cut: Callable[[], None]) -> None:
        with self._lock:
            self._cuts.remove(cut)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            cuts = list(self._cuts)
        for cut in cuts:
            cut()


class IpfsNode:
    """The node of one holder, over its HTTP RPC. Keeps no connection; threads may share one."""

    def __init__(self, holder: Holder, settings: IpfsSettings) -> None:
        self._holder = holder
        self._settings = settings
        self._calls = Calls()

    def add(self, blob: bytes) -> str:
        """Put a blob into the node and pin it; returns its CID. `IpfsCidDiffers` if the node has another for it."""
        cid = cid_of(blob)
        with self._client() as node:
            told = node.add(
                io.BytesIO(blob),
                cid_version=1,
                raw_leaves=True,
                chunker=f"size-{CHUNK}",
                pin=True,
                opts=dict(_BASE),
            )
            given = _text(told.as_json(), "Hash")
        if given != cid:
            raise IpfsCidDiffers("the IPFS node put the blob under another CID", field=cid)
        return cid

    def pin(self, cid: str) -> None:
        """Have the node fetch what it lacks from others, and keep it."""
        with self._client() as node:
            told = node.pin.add(cid, opts={**_BASE, **self._patience()}).as_json()
            pinned = told.get("Pins")
        if not isinstance(pinned, list) or cid not in pinned:
            raise IpfsAnswerInvalid("the IPFS node does not say that it has pinned this", field=cid)

    def is_pinned(self, cid: str) -> bool:
        """Whether the node says that it keeps the blob."""
        try:
            with self._client() as node:
                keys = node.pin.ls(cid, type="recursive", opts=dict(_BASE)).as_json().get("Keys")
        except IpfsRefused as error:
            if _says_not_pinned(error):
                return False
            raise
        if not isinstance(keys, dict):
            raise IpfsAnswerInvalid("the IPFS node does not say what it pins", field=cid)
        return cid in keys

    def unpin(self, cid: str) -> None:
        """Have the node forget the blob at its next collection; one that it does not pin is as well."""
        try:
            with self._client() as node:
                node.pin.rm(cid, opts=dict(_BASE))
        except IpfsRefused as error:
            if not _says_not_pinned(error):
                raise

    def read(self, cid: str, length: int) -> bytes:
        """The blob of exactly `length` bytes, checked to have the CID. `IpfsContentWrong` if the node gives another,
        and `IpfsAnswerTooLarge` if a longer one.
        """
        with self._client(most=length) as node:
            content = node.cat(cid, opts=self._patience())
        if not isinstance(content, bytes) or len(content) != length or cid_of(content) != cid:
            raise IpfsContentWrong("the IPFS node gave bytes that do not have this CID", field=cid)
        return content

    def close(self) -> None:
        """Cut off the calls under way, and make no other."""
        self._calls.close()

    def _patience(self) -> dict[str, str]:
        """The node is to give up too: without this it looks for a blob for ever."""
        return {"timeout": f"{max(1, int(self._settings.call_seconds))}s"}

    def _client(self, **bounds: int) -> Any:
        try:
            from sanad_node.ipfs.transport import client  # noqa: PLC0415 - an extra of its own, and slow to load
        except ModuleNotFoundError as missing:
            if missing.name is not None and missing.name.startswith("sanad"):
                raise
            raise IpfsNotInstalled("the library for IPFS is not installed: install sanad[ipfs]") from missing
        return client(self._holder, self._settings, self._calls, **bounds)


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise IpfsAnswerInvalid("the IPFS node does not say what it has added")
    return value


def _says_not_pinned(error: IpfsRefused) -> bool:
    """Kubo and js-ipfs both say so in words only. What another pin keeps as a part of it is not pinned by itself."""
    words = str(error.__cause__).lower()
    return "not pinned" in words or "pinned indirectly" in words
