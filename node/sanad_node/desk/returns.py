"""Monthly returns at the desk of a node: what may be asked (`MakesReturns`), and how it is answered (`ReturnsDesk`).

Who may see what: an auditor and the operator every formation's, an office its own. Those who may not read what papers
say (administrators, squads) get no return.
"""

from typing import Literal, Protocol

from sanad_node import checkpointing
from sanad_node.node import Node
from sanad_node.reads import looking
from sanad_node.stock import geojson, returns
from sanad_node.stock.moments import as_of
from sanad_node.stock.returns import Period
from sanad_node.wire.returns import ReturnQuery, ReturnView
from sanad_verifier.returns import Line, Return, line_members, members_of, sign_return

Form = Literal["json", "csv"]


class MakesReturns(Protocol):
    """See `Desk`."""

    def monthly_return(self, query: ReturnQuery) -> ReturnView: ...
    def monthly_file(self, query: ReturnQuery, form: Form = "json") -> bytes: ...
    def seizures(self, query: ReturnQuery) -> bytes: ...


class ReturnsDesk:
    """A part of `LocalDesk`."""

    node: Node

    def monthly_return(self, query: ReturnQuery) -> ReturnView:
        """The return, to be looked at."""
        return view(self.node, query)

    def monthly_file(self, query: ReturnQuery, form: Form = "json") -> bytes:
        """The return as a file: JSON signed by this node, or CSV."""
        return file(self.node, query, form)

    def seizures(self, query: ReturnQuery) -> bytes:
        """The seizures of the months as GeoJSON."""
        return on_a_map(self.node, query)


def view(node: Node, query: ReturnQuery) -> ReturnView:
    """The return with its totals."""
    told = _monthly(node, query)
    members = {name: value for name, value in members_of(told).items() if name != "format"}
    return ReturnView.read({**members, "lines": _lines(told.lines), "totals": _lines(returns.totals(told))})


def file(node: Node, query: ReturnQuery, form: Form = "json") -> bytes:
    """The return as a file. The same block, months and papers held give the same table, and the same JSON by the same
    node.
    """
    told = _monthly(node, query)
    return returns.table(told) if form == "csv" else sign_return(told, checkpointing.signers(node).status)


def on_a_map(node: Node, query: ReturnQuery) -> bytes:
    """The seizures of the months as GeoJSON."""
    node.be_current()
    when = as_of(node, block=query.block, time=query.time)
    made, count = geojson.seizures(node, when, _period(query), query.formation)
    looking.listed(count)
    return made


def _monthly(node: Node, query: ReturnQuery) -> Return:
    node.be_current()
    when = as_of(node, block=query.block, time=query.time)
    told = returns.monthly(node, when, _period(query), query.formation)
    looking.listed(sum(one.things + one.withdrawn for one in told.lines))
    return told


def _period(query: ReturnQuery) -> Period:
    return Period(query.month, query.until or query.month, query.offset)


def _lines(those: tuple[Line, ...]) -> list[dict[str, object]]:
    return [line_members(one) for one in those]
