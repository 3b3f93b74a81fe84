"""Successions at the desk of a node: what may be asked (`Succeeds`), and how it is answered (`SuccessionDesk`)."""

from typing import Protocol

from sanad_node import governance, standing_in
from sanad_node.desk import acts
from sanad_node.node import Node
from sanad_node.wire import ActView
from sanad_node.wire.successions import OfficeLine, SuccessionRequest, SuccessionView


class Succeeds(Protocol):
    """See `Desk`."""

    def succeed(self, request: SuccessionRequest, *, key: str | None = None) -> ActView: ...
    def line_of_office(self, code: str) -> OfficeLine: ...


class SuccessionDesk:
    """A part of `LocalDesk`."""

    node: Node

    def succeed(self, request: SuccessionRequest, *, key: str | None = None) -> ActView:
        """Propose that offices give way to others; with a threshold of one they do when the act is final."""
        self.node.catch_up()
        decided = governance.succeed(
            self.node, request.predecessors, request.successors, at=request.at, key=key
        )
        return acts.view_of(self.node, decided.act)

    def line_of_office(self, code: str) -> OfficeLine:
        """What an office came from and what became of it; `UnknownFormation` if there is none of this code."""
        self.node.catch_up_if_possible()
        reader, now = self.node.reader, int(self.node.clock())
        office, codes = reader.formation(code, field="CODE"), reader.formation_codes()
        present = standing_in.now_part_of(self.node, office.number)
        return OfficeLine(
            formation=office.code,
            present=[] if present is None else list(present.codes),
            since=0 if present is None else present.since,
            steps=[
                SuccessionView(
                    predecessor=codes[one.predecessor],
                    successor=codes[one.successor],
                    since=one.since,
                    in_effect=one.since <= now,
                    entry=one.entry,
                )
                for one in reader.successions().line_of(office.number)
            ],
        )
