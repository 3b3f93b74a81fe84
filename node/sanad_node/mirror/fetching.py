"""Fetching what a sync needs into a folder, so that one that is interrupted goes on where it was.

What lies there is no more believed than what a mirror serves: it is checked like that, and dropped where it turns out
wrong, whether a mirror lied or the power went while it was written. Bundles that are full never change, so they are
worth keeping from one sync to the next; each source has a folder of its own, so that none can spoil another's.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sanad_node.durable import disk_error
from sanad_node.mirror.sources import MirrorUnreachable, Source
from sanad_verifier.digests import sha256
from sanad_verifier.errors import EnvironmentFault

AT_ONCE = 8
"""Requests under way: a mirror far away answers as many while one would wait."""
SLOWEST = 16 << 10
SLOW_START = 60.0
"""Bytes a second that a mirror must come to, and seconds after which it must."""
FETCHING = "tile/entries"


class SyncStopped(EnvironmentFault):
    """The sync was stopped before its end. What was known stays; the next one goes on."""

    code = "SYNC_STOPPED"


class Fetched:
    """Files of a source, each asked for once. `reused` counts those that were there from before. Raises `SyncStopped`
    once it is not to `go_on`.
    """

    def __init__(self, source: Source, place: str, folder: Path, go_on: Callable[[], bool]) -> None:
        self._source = source
        self._go_on = go_on
        self._folder = folder / sha256(place.encode()).hex()[:32]
        self.reused = 0

    def fetch(self, wanted: Iterable[tuple[str, int]]) -> None:
        """Get files (path and the most bytes of it) that are not there yet, several at a time. `MirrorUnreachable`
        where that takes so long that another mirror had better be asked; what has come is kept.
        """
        missing = []
        for path, most in wanted:
            if self._place(path).exists():
                self.reused += 1
            else:
                missing.append((path, most))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            began, size = time.monotonic(), 0
            for taken in pool.map(self._get, missing):
                size, passed = size + taken, time.monotonic() - began
                self._must_go_on()
                if passed > SLOW_START and size < SLOWEST * passed:
                    raise MirrorUnreachable("the mirror is too slow", field=FETCHING)

    def read(self, path: str, most: int) -> bytes:
        """A file that was fetched, or that the source has."""
        self._must_go_on()
        try:
            data = self._place(path).read_bytes()
        except FileNotFoundError:
            return self._source.read(path, most)
        return data[: most + 1]

    def drop(self) -> None:
        """Forget all of it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.reused = 0

    def _place(self, path: str) -> Path:
        return self._folder / path.replace("/", "-")

    def _must_go_on(self) -> None:
        if not self._go_on():
            raise SyncStopped("the sync was stopped; the next one goes on", field=FETCHING)

    def _get(self, one: tuple[str, int]) -> int:
        """Fetch a file; returns its size."""
        data = self._source.read(*one)
        self._keep(one[0], data)
        return len(data)

    def _keep(self, path: str, data: bytes) -> None:
        place = self._place(path)
        part = place.with_name(f".{place.name}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)  # not flushed: what the power takes is fetched again
            os.replace(part, place)  # noqa: PTH105
        except OSError as error:
            raise disk_error(error, place.name) from error
