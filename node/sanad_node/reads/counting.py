"""How many things each account was shown within the window, kept up as reads are recorded.

To add them up in the store for each read would cost the more the more was read: so it is asked once, and what comes
after is counted here. A process that records reads is the only one for its office (`DataDirectory`), so nothing is
missed; what it holds is one number for each account and second of the window.
"""

from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Connection, Engine, func, select

from sanad_node.store.read_tables import reads


@dataclass(frozen=True, slots=True)
class Bulk:
    """An account that was shown much. `things` within the window that ends at `until` (seconds)."""

    user: int
    name: str
    things: int
    until: int


@dataclass(slots=True)
class _Account:
    """Things by the second in which they were shown, and their sum."""

    name: str
    seconds: dict[int, int] = field(default_factory=dict)
    total: int = 0

    def add(self, at: int, things: int) -> None:
        self.seconds[at] = self.seconds.get(at, 0) + things
        self.total += things

    def forget(self, until: float) -> None:
        """Leave out what was shown by then; what a clock that went back put behind later seconds goes with those."""
        while self.seconds and (first := next(iter(self.seconds))) <= until:
            self.total -= self.seconds.pop(first)


class Counting:
    """The accounts of one office database. Threads may share it. `window` in seconds."""

    def __init__(self, *, window: int) -> None:
        self._window = window
        self._lock = Lock()
        self._accounts: dict[int, _Account] | None = None

    def before(self, connection: Connection, user: int, at: int) -> int:
        """How many things the account was shown in the window that ends at `at`."""
        with self._lock:
            account = self._known(connection, at).get(user)
            if account is None:
                return 0
            account.forget(at - self._window)
            return account.total

    def add(self, user: int, name: str, at: int, things: int) -> None:
        """Count what was recorded; before `before` was asked nothing needs to be."""
        with self._lock:
            if self._accounts is not None:
                account = self._accounts.setdefault(user, _Account(name))
                account.name = name
                account.add(at, things)

    def in_bulk(self, office: Engine, now: float, bulk: int) -> list[Bulk]:
        """The accounts that were shown more than `bulk` things within the window that ends now, the most first."""
        with self._lock:
            if self._accounts is None:
                with office.connect() as connection:
                    self._known(connection, now)
            accounts = self._accounts or {}
            for account in accounts.values():
                account.forget(now - self._window)
            found = [
                Bulk(user, one.name, one.total, int(now))
                for user, one in accounts.items()
                if one.total > bulk
            ]
        return sorted(found, key=lambda one: -one.things)

    def _known(self, connection: Connection, at: float) -> dict[int, _Account]:
        if self._accounts is None:
            query = (
                select(reads.c.user, reads.c.name, reads.c.at, func.sum(reads.c.things).label("things"))
                .where(reads.c.at > at - self._window)
                .group_by(reads.c.user, reads.c.name, reads.c.at)
                .order_by(reads.c.at)
            )
            self._accounts = {}
            for row in connection.execute(query):
                self._accounts.setdefault(row.user, _Account(row.name)).add(row.at, int(row.things))
        return self._accounts
