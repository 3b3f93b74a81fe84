"""The service: everything that is there once, while one process serves one data directory."""

import asyncio
import hmac
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from starlette.requests import Request

from sanad_api.accounts import Accounts
from sanad_api.accounts.desk import LocalPeople
from sanad_api.accounts.operator import operator_token
from sanad_api.answers import Answers
from sanad_api.bell import Bell
from sanad_api.collector import Collector
from sanad_api.consortium import ConsortiumWork
from sanad_api.events.courier import Courier
from sanad_api.events.hub import EventHub
from sanad_api.events.signing import SecretBox
from sanad_api.events.webhooks import Webhooks
from sanad_api.exchanger import Exchanger
from sanad_api.follower import Follower
from sanad_api.limiting import Limiter
from sanad_api.metrics import Metrics
from sanad_api.pinner import Pinner
from sanad_api.policy import API, Rule, find
from sanad_api.promises import Promises
from sanad_api.publisher import Publisher
from sanad_api.recorder import Recorder
from sanad_api.settings import Settings
from sanad_api.watchdog import Watchdog
from sanad_node.alarms import alarms
from sanad_node.batch_jobs import BatchJobs
from sanad_node.carrier import Carrier
from sanad_node.desk import desk_of
from sanad_node.node import Node
from sanad_node.witness import Witness, WitnessedLog


class Service:
    """Use as a context manager, inside the event loop that serves."""

    def __init__(
        self, path: Path, settings: Settings, pages: dict[tuple[str, str], Rule], metrics: Metrics
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.monotonic = time.monotonic
        self.node = Node(path)
        self.stopping = asyncio.Event()
        self._pages = pages
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            node = stack.enter_context(self.node)
            _ = (
                node.network,
                node.office,
                node.ledger,
                node.outbox,
                node.keyring,
                node.vault,
            )  # opened once, here
            self.desk = desk_of(node)
            self.promises = Promises(node)
            self.answers = Answers(node.office)
            self.recorder = Recorder(node, self.settings.reads)
            self.accounts = Accounts(node.office, audience=node.network.origin, clock=node.clock)
            self.people = LocalPeople(self.accounts, node)
            self._operator = operator_token(node.directory)
            limits = self.settings.limits
            self.limiter = Limiter(
                {name: getattr(limits, name) for name in ("sign_in", "verify", "act", "read")}
            )
            self.events = EventHub(node, streams=limits.streams)
            box = SecretBox(node.directory.secret("vault"))
            self.webhooks = Webhooks(node.office, box, self.settings.webhooks, node.clock)
            self.courier = Courier(
                self.webhooks,
                self.events,
                private=self.settings.webhooks.private,
                count=self.metrics.delivered,
                clock=node.clock,
            )
            self.witness = Witness(
                node.office,
                node.directory.secret("cosigner"),
                [WitnessedLog.parse(one) for one in self.settings.witness.logs],
                node.clock,
            )
            asking = self.settings.witness
            self.collector = Collector(node, asking.ask, asking.ask_every_seconds)
            lists = self.settings.status_lists
            self.follower = Follower(node, self.settings.mirror.every_seconds, self._grown)
            self.publisher = Publisher(node, lists.publish, lists.every_seconds)
            together = self.settings.consortium
            self.consortium = ConsortiumWork(
                node, together.cosign_every_seconds, together.cross_check_every_seconds
            )
            self.exchanger = Exchanger(node, self.settings.exchange.every_seconds)
            self.pinner = Pinner(node)
            self.jobs = BatchJobs(node)
            self.jobs.spool.largest = limits.upload_bytes
            self.bell = Bell(asyncio.get_running_loop())
            self.carrier = Carrier(node, self._told)
            self.carrier.start()
            stack.callback(self.carrier.stop)
            self.watchdog = Watchdog(node, self.carrier, self.consortium, self.settings.watchdog)
            self.watchdog.start()
            stack.callback(self.watchdog.stop)
            self.jobs.start()
            stack.callback(self.jobs.stop)
            self.courier.start()
            stack.callback(self.courier.stop)
            self.collector.start()
            stack.callback(self.collector.stop)
            self.follower.start()
            stack.callback(self.follower.stop)
            self.publisher.start()
            stack.callback(self.publisher.stop)
            self.consortium.start()
            stack.callback(self.consortium.stop)
            for part in (self.exchanger, self.pinner):
                part.start()
                stack.callback(part.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_streams()
        self._stack.close()

    def _grown(self) -> None:
        """There is more of the ledger to be told of."""
        self.carrier.kick()

    def _told(self) -> None:
        """After each round of the carrier, in its thread."""
        self.events.grown(self.node.reader.position().size)
        self.bell.ring()

    def stop_streams(self) -> None:
        """End what would otherwise never end, so that a shutdown need not wait for it."""
        self.stopping.set()
        self.events.close()

    def alarms(self) -> list[str]:
        """What somebody has to look at: that somebody lied, that what must be the same is not, that something stands
        still.
        """
        found = alarms(
            self.node.office,
            witnesses_disagreeing=self.collector.last.disagreeing,
            reading_in_bulk=len(self.recorder.in_bulk()),
        )
        told = self.consortium.agreement.alarm
        return [*found, *([told] if told else []), *(one.value for one in self.watchdog.stalls)]

    # -- what the gate asks ---------------------------------------------------------------------------------------

    def rule(self, method: str, path: str) -> Rule | None:
        return find(method, path, self._pages)

    def is_page(self, method: str, path: str) -> bool:
        asked = "GET" if method == "HEAD" else method
        return (asked, path) in self._pages and (asked, path) not in API

    def is_operator(self, token: str) -> bool:
        """Whether this is the secret of the data directory's operator."""
        return hmac.compare_digest(token.encode(), self._operator.encode())

    def keyed(self, mark: bytes) -> bytes:
        """A hash that cannot be tried out without the data directory's secrets."""
        return hmac.digest(self._operator.encode(), mark, "sha256")

    def origins(self, request: Request) -> Iterable[str]:
        """Origins that our own pages have."""
        own = f"{request.url.scheme}://{request.headers.get('Host', '')}"
        return {own, *self.settings.server.origins}
