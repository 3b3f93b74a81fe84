"""Where is the service that has this data directory now?

A service writes its address and process beside the data while it has the directory's lock. A file that was left by
one that was killed misleads nobody: its process is gone, or is not the one that holds the lock.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from sanad_node.datadir import DataDirectory, holder
from sanad_node.durable import write_file

STATE_FILE = "service.json"
STATE_AT_MOST = 4096
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to be asked at, not listened on


@contextmanager
def announced(directory: DataDirectory, address: str) -> Iterator[None]:
    """Until the end of the block, in which the caller has the directory's lock, others find the service here."""
    told = {"url": address, "pid": os.getpid()}
    write_file(directory.root / STATE_FILE, json.dumps(told).encode() + b"\n", mode=0o600)
    try:
        yield
    finally:
        (directory.root / STATE_FILE).unlink(missing_ok=True)


def address_of(directory: DataDirectory) -> str | None:
    """The address of the service that has the data directory; None if its holder is another process. To be asked
    only by who found the directory locked: a number of a process that died may be another's now.
    """
    try:
        with (directory.root / STATE_FILE).open("rb") as file:
            told = json.loads(file.read(STATE_AT_MOST))
        pid, address = int(told["pid"]), str(told["url"])
        os.kill(pid, 0)
    except PermissionError:
        pass  # it lives, as somebody else
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _to_be_asked_at(address) if pid == holder(directory) else None


def _to_be_asked_at(address: str) -> str:
    """The address for a service that listens on all of this machine's."""
    parts = urlsplit(address)
    host = EVERYWHERE.get(parts.hostname or "")
    if host is None:
        return address
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{parts.port}"
