"""Asks witnesses to cosign this node's checkpoints, again and again, in a thread of its own."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from sanad_node.cosigning import Cosigned, WitnessDisagrees, collect
from sanad_node.node import Node
from sanad_node.service_address import must_be_address
from sanad_verifier.errors import SanadError

log = structlog.get_logger("sanad.witness")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the last round came to: how many witnesses gave nothing, and how many of them contradict us."""

    failing: int = 0
    disagreeing: int = 0


class Collector:
    """Start with `start`, end with `stop`. Without witnesses it does nothing."""

    def __init__(self, node: Node, witnesses: Sequence[str], every: float) -> None:
        self._node = node
        self._witnesses = [must_be_address(one, "witness.ask") for one in witnesses]
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)
        self.last = Asked()

    def start(self) -> None:
        if self._witnesses:
            self._thread.start()

    def stop(self) -> None:
        """End after the request that is running, which a witness may hold up for ten seconds."""
        self._stopping.set()
        if self._witnesses:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._round()
            self._stopping.wait(self._every)

    def _round(self) -> None:
        try:
            _, told = collect(self._node, self._witnesses, lambda: not self._stopping.is_set())
        except SanadError as error:  # there is no checkpoint to be cosigned: the carrier tells why
            log.warning("not_asked", code=error.code)
            self.last = Asked(failing=len(self._witnesses))
        except Exception as error:  # noqa: BLE001 - a collector that ends is worse than one that complains
            log.error("collector", error=type(error).__name__)
            self.last = Asked(failing=len(self._witnesses))
        else:
            self._note(told)

    def _note(self, told: Sequence[Cosigned]) -> None:
        for one in told:
            if one.code:
                tell = log.error if one.code == WitnessDisagrees.code else log.warning
                tell("not_cosigned", witness=one.witness, code=one.code)
        disagreeing = sum(one.code == WitnessDisagrees.code for one in told)
        self.last = Asked(sum(bool(one.code) for one in told), disagreeing)
