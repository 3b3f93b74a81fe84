"""Sends what waits for partners, every few seconds and whenever something was put in."""

from collections.abc import Callable

from sanad_api.rounds import Rounds
from sanad_node.exchange import carrying
from sanad_node.node import Node


class Exchanger:
    """Start with `start`, end with `stop`. Where there are no other members it does nothing."""

    def __init__(self, node: Node, every: float) -> None:
        self._node = node
        self._concerned = not node.mirrors and node.bundle is not None
        self._rounds = Rounds("exchange", every, self._carry)

    def start(self) -> None:
        if self._concerned:
            self._rounds.start()

    def stop(self) -> None:
        if self._concerned:
            self._rounds.stop()

    def kick(self) -> None:
        """Something was put in."""
        if self._concerned:
            self._rounds.kick()

    def _carry(self, go_on: Callable[[], bool]) -> None:
        carrying.carry(self._node, go_on)
