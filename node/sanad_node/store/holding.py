"""One process at a time works with a PostgreSQL store, wherever it runs.

The lock file of a data directory keeps out processes of its own machine. A copy of the directory on another machine
has the same store, so the store has a lock too, made of two parts:

* every connection of the process that works with it holds a *shared* advisory lock; whoever takes the store over
  needs the lock for itself alone, so nobody can while one connection lives;
* taking over adds one to the store's *epoch*. A connection is admitted only while the epoch is the one its process
  has taken. So a process whose connections were all lost, and whose place was taken meanwhile, finds out with its
  next connection and writes nothing more.

The server drops the locks of connections it has lost; for those of a machine that vanished it needs the time of
`KEEPALIVE`.
"""

import time
from dataclasses import dataclass
from typing import Any

from sanad_node.store.faults import FIELD, StoreForeign, StoreLocked, StoreTaken

LOCK = (0x53414E41, 1)
"""The key of the advisory lock: ours, in a database of ours."""
RETRY_SECONDS = 0.05
PATIENCE = 5.0
"""Seconds to wait for the connections of a process that has just ended to be noticed."""


@dataclass(frozen=True, slots=True)
class Held:
    """A store that this process has taken. `node` is the public key of the node whose it is, in hex."""

    node: str
    epoch: int


def take(connection: Any, node: str, *, patience: float = PATIENCE) -> Held:
    """Take the store for this process, over a driver's connection in autocommit mode that stays open as long as the
    process works with it. Raises `StoreForeign` or `StoreLocked`, and nothing has changed.
    """
    must_belong_to(connection, node)
    until = time.monotonic() + patience
    while not connection.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK).fetchone()[0]:
        if time.monotonic() > until:
            raise StoreLocked(
                "another process works with this store, perhaps on another machine", field=FIELD
            )
        time.sleep(RETRY_SECONDS)
    row = connection.execute(
        "UPDATE sanad.store SET epoch = epoch + 1, used = true RETURNING epoch"
    ).fetchone()
    connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", LOCK)  # we have it alone: this cannot wait
    connection.execute("SELECT pg_advisory_unlock(%s, %s)", LOCK)
    return Held(node, int(row[0]))


def admit(connection: Any, held: Held) -> None:
    """Let a new connection, in autocommit mode, work with the store; `StoreTaken` if that is another's meanwhile."""
    locked = connection.execute("SELECT pg_try_advisory_lock_shared(%s, %s)", LOCK).fetchone()[0]
    # after the lock, since nobody can take the store over any more
    row = connection.execute("SELECT epoch, node FROM sanad.store").fetchone() if locked else None
    if row is None or (int(row[0]), row[1]) != (held.epoch, held.node):
        raise StoreTaken("another process has taken the store over: end this one", field=FIELD)


def must_belong_to(connection: Any, node: str) -> None:
    """Raise `StoreForeign` unless the database holds the store of this node."""
    if connection.execute("SELECT to_regclass('sanad.store')").fetchone()[0] is None:
        raise StoreForeign("the database holds no store; `sanad store migrate` makes one", field=FIELD)
    row = connection.execute("SELECT node FROM sanad.store").fetchone()
    if row is None or row[0] != node:
        raise StoreForeign("the store in this database belongs to another node", field=FIELD)
