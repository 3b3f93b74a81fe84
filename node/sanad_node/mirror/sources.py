"""Where a mirror's files come from: a node's own log, a folder, or an address."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

import httpx

from sanad_node.service_address import must_be_address
from sanad_verifier.errors import EnvironmentFault
from sanad_verifier.tiles import MirrorInvalid, must_be_small

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
TRIES = 3
PATIENCE = 120.0
"""Seconds that a file may take, and one more for each MiB of it: a mirror that drips holds nobody up for ever."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class MirrorUnreachable(EnvironmentFault):
    """The mirror does not answer, or its disk cannot be read: nothing is known of it."""

    code = "MIRROR_UNREACHABLE"


class Source(Protocol):
    """Files by their path in the mirror."""

    def read(self, path: str, most: int) -> bytes:
        """The file's bytes; `MirrorInvalid` if it is not there or larger than `most`."""
        ...


class Folder:
    """A mirror in a folder, such as a stick's. Links are not followed: a file of a stranger's is not asked for ours."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise MirrorInvalid("there is no mirror at this place", field="SOURCE")
        self._root = root

    def read(self, path: str, most: int) -> bytes:
        try:
            descriptor = os.open(self._root.joinpath(*PurePosixPath(path).parts), _READ)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MirrorInvalid("the mirror has no such file", field=path) from error
        except OSError as error:
            raise MirrorUnreachable("a file of the mirror cannot be read", field=path) from error
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise MirrorInvalid("this is no plain file", field=path)
            data = file.read(most + 1)
            must_be_small(len(data), most, path)
            return data


class Address:
    """A mirror at an address (https, or http on this machine). Redirects are not followed."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def read(self, path: str, most: int) -> bytes:
        for left in range(TRIES - 1, -1, -1):
            try:
                return self._read(path, most)
            except httpx.TransportError as error:
                if not left:
                    raise MirrorUnreachable("the mirror does not answer", field=path) from error
        raise AssertionError("unreachable")

    def _read(self, path: str, most: int) -> bytes:
        until = time.monotonic() + PATIENCE + most / (1 << 20)
        with self._http.stream("GET", f"/{path}") as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise MirrorInvalid("the mirror has no such file", field=path)
            if answer.status_code != httpx.codes.OK:
                raise MirrorUnreachable(f"the mirror answers {answer.status_code}", field=path)
            told = bytearray()
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise MirrorInvalid("the file is encoded: a small one could be a large one", field=path)
            for piece in answer.iter_bytes(1 << 16):
                told += piece
                must_be_small(len(told), most, path)
                if time.monotonic() > until:
                    raise MirrorUnreachable("the mirror is too slow", field=path)
            return bytes(told)


@contextmanager
def opened(place: str, transport: httpx.BaseTransport | None = None) -> Iterator[Source]:
    """The mirror at a folder's path or an address."""
    if "://" not in place:
        yield Folder(Path(place))
        return
    headers = {"Accept-Encoding": "identity", "User-Agent": "sanad"}
    with httpx.Client(
        base_url=must_be_address(place, "MIRROR"),
        headers=headers,
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        transport=transport,
    ) as http:
        yield Address(http)
