"""The client: every use case of `Desk`, asked of a service over HTTP."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import httpx

from sanad_node.client.acting import Acting
from sanad_node.client.authority import Authority
from sanad_node.client.batches import Batches
from sanad_node.client.bills import Bills
from sanad_node.client.cargo import Cargo
from sanad_node.client.conversation import Conversation, segment
from sanad_node.client.declarations import DeclarationsPart
from sanad_node.client.documents import Documents
from sanad_node.client.events import Event, stream
from sanad_node.client.exchange import Exchange
from sanad_node.client.findings import Findings
from sanad_node.client.instruments import Instruments
from sanad_node.client.observing import Observing
from sanad_node.client.oversight import Oversight
from sanad_node.client.retrying import Timeouts
from sanad_node.client.returns import ReturnsPart
from sanad_node.client.stock import StockPart
from sanad_node.client.successions import SuccessionPart
from sanad_node.client.upkeep import Upkeep
from sanad_node.client.vault import VaultPart
from sanad_node.wire import ActPage, ActView, MeView, ReasonList, TypeList, TypeView


class Client(
    Documents,
    Findings,
    Cargo,
    Observing,
    Instruments,
    Bills,
    Authority,
    Batches,
    Upkeep,
    VaultPart,
    Exchange,
    Oversight,
    StockPart,
    SuccessionPart,
    DeclarationsPart,
    ReturnsPart,
):
    """A `Desk` somewhere else. Use as a context manager, or `disconnect` it; threads may share one.

    Acts are sent under one idempotency key until they are answered, and followed until they are final: what
    cannot be anchored while it is followed is returned as `accepted`. Errors are those of the use cases.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeouts: Timeouts = Timeouts(),
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._conversation = Conversation(
            url, token, timeouts=timeouts, transport=transport, clock=clock, sleep=sleep
        )
        self._acting = Acting(self._conversation)

    def __repr__(self) -> str:
        return f"Client({self._conversation.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect()

    def disconnect(self) -> None:
        """Close the connections. (`close` is the use case that ends a formation's authority.)"""
        self._conversation.close()

    # -- acts -----------------------------------------------------------------------------------------------------

    def act(self, identifier: str) -> ActView:
        return self._get(f"/v1/acts/{segment(identifier)}", ActView)

    def acts(self, *, before: int | None = None, limit: int = 50) -> ActPage:
        """A page of acts, newest first."""
        return self._get("/v1/acts", ActPage, {"before": before, "limit": limit})

    def follow(self, identifier: str, *, seconds: float | None = None) -> ActView:
        """An act when it is final, or as it stands after these seconds; raises `ActRefused`."""
        timeouts, clock = self._conversation.timeouts, self._conversation.clock
        return self._acting.follow(identifier, clock() + (timeouts.follow if seconds is None else seconds))

    # -- events ---------------------------------------------------------------------------------------------------

    def events(
        self, *, after: str | None = None, patience: float | None = None, **filters: str
    ) -> Iterator[Event]:
        """Events after the one of this id, each once and in order, for as long as one takes them. A connection that
        breaks is made again; `patience` bounds for how many seconds in a row that may fail.
        """
        return stream(self._conversation, filters, after=after, patience=patience)

    # -- what there is to choose from -----------------------------------------------------------------------------

    def me(self) -> MeView:
        """Whose token this is."""
        return self._get("/v1/me", MeView)

    def types(self) -> TypeList:
        return self._get("/v1/types", TypeList)

    def type(self, name: str) -> TypeView:
        """A document type with its schema."""
        return self._get(f"/v1/types/{segment(name)}", TypeView)

    def reasons(self) -> dict[str, int]:
        return self._get("/v1/reasons", ReasonList).reasons
