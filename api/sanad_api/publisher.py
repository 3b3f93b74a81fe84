"""Publishes status lists at the times that the settings ask for, in a thread of its own."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from sanad_node import issuing
from sanad_node.node import Node
from sanad_node.status_lists.publishing import Wanted, ready_to_publish
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.status_lists.document import EVERYONE

log = structlog.get_logger("sanad.status_lists")
LOOKS_EVERY = 30.0
"""Seconds between two looks whether something is due, or is to be tried again."""


class PublishSettingInvalid(InputError):
    """What is to be published is written as the formation that publishes, a blank, and the group."""

    code = "PUBLISH_SETTING_INVALID"


@dataclass(frozen=True, slots=True)
class Series:
    """A formation, and the group whose lists it publishes."""

    formation: str
    group: str

    @classmethod
    def parse(cls, text: str) -> "Series":
        """The series in a setting, `FORMATION GROUP`."""
        formation, blank, group = text.strip().upper().partition(" ")
        if not blank or not group.strip() or " " in group.strip():
            raise PublishSettingInvalid(
                "write the formation that publishes, a blank, and the group", field="status_lists.publish"
            )
        return cls(formation, group.strip())

    def key(self, period: int) -> str:
        """The idempotency key of what is published in a period: a restart does not publish it again."""
        group = "all" if self.group == EVERYONE else self.group
        return f"status-list-{self.formation}-{group}-{period}"


class Publisher:
    """Start with `start`, end with `stop`. Without series it does nothing. `failing` is how many could not be published
    when they were tried last.
    """

    def __init__(self, node: Node, publish: Sequence[str], every: int) -> None:
        self._node = node
        self._series = [Series.parse(one) for one in publish]
        self._every = every
        self._done: dict[Series, int] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self.failing = 0

    def start(self) -> None:
        if self._series:
            self._thread.start()

    def stop(self) -> None:
        """End after the list that is being worked out."""
        self._stopping.set()
        if self._series:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(min(LOOKS_EVERY, self._every))

    def look(self) -> None:
        """Publish what is due."""
        period = int(self._node.clock()) // self._every
        failing = 0
        for series in self._series:
            if self._done.get(series) == period or self._stopping.is_set():
                continue
            try:
                wanted = Wanted(series.group, series.formation)
                issuing.issue(self._node, ready_to_publish(self._node, wanted, key=series.key(period)))
            except SanadError as error:
                log.warning("not_published", formation=series.formation, group=series.group, code=error.code)
                failing += 1
            except Exception as error:  # noqa: BLE001 - a publisher that ends is worse than one that complains
                log.error("publisher", error=type(error).__name__)
                failing += 1
            else:
                self._done[series] = period
        self.failing = failing
