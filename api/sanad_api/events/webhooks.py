"""Webhooks: who is sent which events, and how far that has come.

A webhook is a reader of the log with a cursor that the service keeps: an event is done with when its receiver said
so, never before. Nothing is queued, so a receiver that is away for a month loses nothing and costs nothing.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.engine import Row

from sanad_api.events.destinations import Destination, destination
from sanad_api.events.hub import Wanted
from sanad_api.events.signing import SecretBox
from sanad_api.settings import Webhooks as WebhookSettings
from sanad_node.store.service_tables import webhooks
from sanad_node.wire import WebhookRequest, WebhookView
from sanad_verifier.errors import InputError

MOST = 32


class UnknownWebhook(InputError):
    """There is no webhook of this identifier."""

    code = "UNKNOWN_WEBHOOK"


class TooManyWebhooks(InputError):
    """A service keeps 32 webhooks at most."""

    code = "TOO_MANY_WEBHOOKS"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as kept. Entries below `delivered` are done with; `tries` counts failures of the one that is next,
    which is tried again at `next_try_at` (seconds).
    """

    id: str
    url: str
    wanted: Wanted
    sealed: bytes
    delivered: int
    tries: int
    next_try_at: int
    last_failure: str
    created_at: int
    disabled_at: int

    def after(self, delivered: int) -> "Webhook":
        """The same, when entries below `delivered` are done with."""
        return replace(self, delivered=delivered, tries=0, next_try_at=0, last_failure="")

    def view(self, secret: str = "") -> WebhookView:
        """As told to an administrator."""
        return WebhookView(
            hook=self.id,
            url=self.url,
            kinds=sorted(self.wanted.kinds),
            formation=self.wanted.formation,
            delivered=self.delivered,
            tries=self.tries,
            last_failure=self.last_failure,
            created_at=self.created_at,
            disabled_at=self.disabled_at,
            secret=secret,
        )


class Webhooks:
    """The table of webhooks. Thread-safe."""

    def __init__(
        self, office: Engine, box: SecretBox, settings: WebhookSettings, clock: Callable[[], float]
    ) -> None:
        self._office = office
        self._box = box
        self._settings = settings
        self._clock = clock

    def add(self, request: WebhookRequest, user: int, size: int) -> tuple[Webhook, str]:
        """A new webhook, for events from now on (`size` of the log), and its secret, which is told once."""
        self.destination(request.url)
        wanted = Wanted(frozenset(request.kinds), request.formation.upper())
        wanted.check("/kinds")
        made = Webhook(secrets.token_hex(16), request.url, wanted, b"", size, 0, 0, "", int(self._clock()), 0)
        secret = self._box.fresh()
        with self._office.begin() as connection:
            if len(connection.execute(select(webhooks.c.id).limit(MOST)).all()) == MOST:
                raise TooManyWebhooks(f"a service keeps {MOST} webhooks at most")
            connection.execute(
                insert(webhooks).values(
                    id=made.id,
                    user=user,
                    formation=wanted.formation,
                    url=made.url,
                    kinds=",".join(sorted(wanted.kinds)),
                    secret=self._box.seal(made.id, secret),
                    delivered=made.delivered,
                    tries=0,
                    next_try_at=0,
                    last_failure="",
                    created_at=made.created_at,
                    disabled_at=0,
                )
            )
        return made, secret

    def all(self) -> list[Webhook]:
        """Every webhook, oldest first."""
        with self._office.connect() as connection:
            rows = connection.execute(select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id))
            return [_read(row) for row in rows]

    def find(self, hook: str) -> Webhook | None:
        """A webhook as it is now, None if it was removed."""
        with self._office.connect() as connection:
            row = connection.execute(select(webhooks).where(webhooks.c.id == hook)).first()
        return None if row is None else _read(row)

    def remove(self, hook: str) -> None:
        """Send nothing more; `UnknownWebhook` if there is none."""
        with self._office.begin() as connection:
            if not connection.execute(delete(webhooks).where(webhooks.c.id == hook)).rowcount:
                raise UnknownWebhook("there is no such webhook", field="hook")

    def destination(self, url: str) -> Destination:
        """Where a webhook leads, by the settings as they are now: a host may have been taken off the list."""
        return destination(url, self._settings.hosts)

    def secret(self, hook: Webhook) -> str:
        """What its deliveries are signed with."""
        return self._box.open(hook.id, hook.sealed)

    # -- what became of deliveries --------------------------------------------------------------------------------

    def done(self, hook: str, delivered: int) -> None:
        """Entries below `delivered` are done with."""
        self._change(hook, delivered=delivered, tries=0, next_try_at=0, last_failure="")

    def failed(self, hook: str, tries: int, next_try_at: int, failure: str) -> None:
        """The next entry was not taken; try again at a time (seconds)."""
        self._change(hook, tries=tries, next_try_at=next_try_at, last_failure=failure)

    def gone(self, hook: str) -> None:
        """The receiver wants nothing more (410)."""
        self._change(hook, disabled_at=int(self._clock()), last_failure="HTTP 410")

    def _change(self, hook: str, **values: object) -> None:
        with self._office.begin() as connection:
            connection.execute(update(webhooks).where(webhooks.c.id == hook).values(**values))


def _read(row: Row[tuple[object, ...]]) -> Webhook:
    told = row._mapping
    kinds = frozenset(str(told["kinds"]).split(",")) if told["kinds"] else frozenset()
    return Webhook(
        id=told["id"],
        url=told["url"],
        wanted=Wanted(kinds, told["formation"]),
        sealed=told["secret"],
        delivered=told["delivered"],
        tries=told["tries"],
        next_try_at=told["next_try_at"],
        last_failure=told["last_failure"],
        created_at=told["created_at"],
        disabled_at=told["disabled_at"],
    )
