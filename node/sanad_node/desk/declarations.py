"""Declarations at the desk of a node: what may be asked (`Declares`), and how it is answered (`DeclarationsDesk`)."""

from typing import Protocol

from sanad_node import finding
from sanad_node.desk import acts
from sanad_node.drawdown import stages
from sanad_node.node import Node
from sanad_node.reads import looking
from sanad_node.wire import ActView
from sanad_node.wire.declarations import AdvanceRequest, DeclarationLife, PassedView

DECLARATION = "DECLARATION"


class Declares(Protocol):
    """See `Desk`."""

    def advance(self, identifier: str, request: AdvanceRequest, *, key: str | None = None) -> ActView: ...
    def life_of_declaration(self, identifier: str) -> DeclarationLife: ...


class DeclarationsDesk:
    """A part of `LocalDesk`."""

    node: Node

    def advance(self, identifier: str, request: AdvanceRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up_if_possible()
        declaration = finding.document(self.node, identifier, field=DECLARATION)
        done = stages.advance(
            self.node, declaration, stages.STAGES[request.to], formation=request.formation, key=key
        )
        return acts.view_of(self.node, done)

    def life_of_declaration(self, identifier: str) -> DeclarationLife:
        self.node.catch_up_if_possible()
        declaration = finding.document(self.node, identifier, field=DECLARATION)
        passed = stages.life(self.node, declaration)
        looking.shown(declaration.digest.hex())
        return DeclarationLife(
            digest=declaration.digest.hex(),
            issuer=self.node.reader.formation_codes().get(declaration.issuer, "?"),
            passed=[
                PassedView(
                    version=one.version.hex(),
                    what=one.what,
                    time=one.time,
                    by=one.by,
                    reason=one.reason,
                    entry=one.entry,
                )
                for one in passed
            ],
        )
